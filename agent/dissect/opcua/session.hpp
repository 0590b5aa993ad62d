#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/opcua/build_info.hpp"

namespace greywatch::agent::opcua {

/// What one end said so far. All zero: nothing is known.
struct Side {
  std::uint32_t sequence;  ///< SequenceNumber said last
  std::uint32_t channel;   ///< … in this SecureChannel
  std::uint32_t request;   ///< RequestId of the message whose chunks are kept
  bool known;
  bool collecting;  ///< chunks of a message are kept
  bool spoilt;      ///< … but not all of them
};

/// How far the content of a connection can be read.
enum class Secrecy : std::uint8_t { unknown, clear, secured };

/// Dissector::session_size octets a connection; all zero is a new one.
struct Session {
  std::array<Side, 2> sides;  ///< by Direction
  Secrecy secrecy;
  PendingBuildReads build_reads;

  /// What the number should have been, when it is another. OPC 10000-6, 6.7.2.4: one more than the last one; it turns
  /// over to below 1024 once it has passed 4294966271.
  std::optional<std::uint32_t> take(std::size_t way, std::uint32_t channel, std::uint32_t sequence) {
    auto& side = sides[way];
    auto const last = side.sequence;
    bool const follows = side.known && side.channel == channel;
    side.sequence = sequence;
    side.channel = channel;
    side.known = true;
    bool const turned = last > 4'294'966'271U && sequence < 1024;
    if (!follows || sequence == last + 1 || turned) return std::nullopt;
    return last + 1;
  }
};

}  // namespace greywatch::agent::opcua
