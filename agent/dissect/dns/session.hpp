#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

namespace greywatch::agent::dns {

/// What a flow remembers of its last queries. Zeroed octets are a fresh one.
struct Session {
  static constexpr std::size_t most_asked = 6;
  struct Asked {
    std::uint64_t question;  ///< mark of name, type and class
    std::uint16_t id;
  };
  std::array<Asked, most_asked> asked;
  std::uint8_t next, count;

  void ask(std::uint16_t id, std::uint64_t question) {
    asked[next] = {question, id};
    next = static_cast<std::uint8_t>((next + 1) % most_asked);
    count = static_cast<std::uint8_t>(std::min<std::size_t>(count + 1u, most_asked));
  }
  /// The last query with this identifier; null when there is none.
  Asked const* find(std::uint16_t id) const {
    for (std::size_t n = 1; n <= count; ++n) {
      auto const& one = asked[(next + most_asked - n) % most_asked];
      if (one.id == id) return &one;
    }
    return nullptr;
  }
};
static_assert(std::is_trivially_copyable_v<Session> && sizeof(Session) <= 256);

}  // namespace greywatch::agent::dns
