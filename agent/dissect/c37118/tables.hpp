#pragma once
#include <cstdint>

#include "agent/observation.hpp"

namespace greywatch::agent::c37118 {

/// What a CMD word asks for. IEEE C37.118.2-2011, table 15. Null for reserved words.
struct Command {
  std::uint16_t first, last;  ///< words
  Operation operation;
};
Command const* find_command(std::uint16_t word);

inline constexpr std::uint16_t turn_off = 1, turn_on = 2, extended_frame = 8;

}  // namespace greywatch::agent::c37118
