#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "agent/dissect/fix/message.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::fix {

/// What one end of a connection said so far. All zero: nothing is known.
struct Side {
  std::uint32_t next;      ///< MsgSeqNum expected
  std::uint32_t ends;      ///< of SenderCompID and TargetCompID
  bool known, ends_known;  ///< whether these mean something
};

/// Dissector::session_size octets a connection; all zero is one from its start. A session outlives its connections, so
/// a connection may begin with any number; from then on each message must have the next one (FIXT 1.1, volume 2,
/// "Message delivery guarantee").
class Session {
 public:
  static constexpr std::size_t most_broken = 4;

  /// The rules that the message breaks, written to `broken`; how many.
  std::size_t take(Message const& message, Direction way, bool from_start, Violation* broken);
  void gap(Direction way);

 private:
  std::array<Side, 2> sides_;  ///< by Direction
  bool logged_on_, lost_;
};

}  // namespace greywatch::agent::fix
