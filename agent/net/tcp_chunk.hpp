#pragma once
#include <utility>

#include "agent/net/tcp.hpp"

namespace greywatch::agent {

/// What is left to do of one TCP segment.
struct Tcp::Chunk {
  std::uint32_t sequence;  ///< of the first octet of `payload`
  Bytes payload;
  std::uint32_t missing;
  bool fin, pushed;
  std::uint32_t gap;  ///< octets skipped before it
  Origin const& origin;
  Time time;

  std::uint32_t end() const { return sequence + static_cast<std::uint32_t>(payload.size()) + missing; }
  void advance(std::size_t octets) {
    payload = payload.subspan(octets);
    sequence += static_cast<std::uint32_t>(octets);
  }
  /// Its first octets, as a segment; the gap and what was cut off go with the first and the last part.
  Segment segment(Flow& flow, Direction way, Bytes part) {
    return {.time = time,
            .frame = origin.frame,
            .flow = flow,
            .way = way,
            .payload = part,
            .gap = std::exchange(gap, 0),
            .missing = part.size() == payload.size() ? missing : 0,
            .source_mac = origin.source_mac,
            .destination_mac = origin.destination_mac};
  }
};

}  // namespace greywatch::agent
