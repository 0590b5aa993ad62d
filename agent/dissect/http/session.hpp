#pragma once
#include <cstdint>
#include <type_traits>

#include "agent/segment.hpp"

namespace greywatch::agent::http {

/// What a connection remembers. Zeroed octets are a fresh one.
struct Session {
  /// Of requests that wait for their answer, the oldest in the lowest bits: two bits each.
  enum Kind : std::uint8_t { plain, head, connect };
  static constexpr std::uint8_t most_waiting = 32;

  std::uint64_t waiting;
  std::uint8_t count;
  std::uint8_t chunked[2];  ///< by direction: chunks come, not a head
  std::uint8_t tunnel;      ///< upgraded, or connected through: nothing is HTTP any more

  void ask(Kind kind) {
    if (count == most_waiting) return;
    waiting |= std::uint64_t{kind} << 2 * count++;
  }
  Kind next() const { return count == 0 ? plain : static_cast<Kind>(waiting & 3); }
  void answer() {
    if (count == 0) return;
    --count;
    waiting >>= 2;
  }
  std::uint8_t& chunks(Direction way) { return chunked[way == Direction::to_server ? 0 : 1]; }
  bool has_chunks(Direction way) const { return chunked[way == Direction::to_server ? 0 : 1] != 0; }
};
static_assert(std::is_trivially_copyable_v<Session>);

}  // namespace greywatch::agent::http
