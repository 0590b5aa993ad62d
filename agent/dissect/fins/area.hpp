#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::fins {

/// A memory area, and in what an element of it is read. W342, 5-2-2 (CS, CJ, CP and NJ/NX) and W227, 3-5 (CV).
struct Area {
  std::uint8_t code = 0;
  std::string_view name;       ///< as the manual calls it
  std::string_view prefix;     ///< as people write it in front of the number
  std::uint8_t octets = 2;     ///< of one element
  bool bits = false;           ///< an element is one bit, or flag
  std::uint16_t counters = 0;  ///< of timers and counters: the address of the first counter; else 0
};
/// The row of a code; null for codes that no manual lists.
Area const* find_area(std::uint8_t code);

/// Where in memory: an area, a word, a bit.
struct Place {
  std::uint8_t area = 0;
  std::uint16_t address = 0;
  std::uint8_t bit = 0;

  std::uint32_t number() const { return std::uint32_t{area} << 24 | address << 8 | bit; }
};
using Name = text::Fixed<48>;
/// "D100", "W10.03", "T5", "E0_100"; "area 0x5e 100.00" where the area is unknown.
void write_place(Place const& place, Name& out);

}  // namespace greywatch::agent::fins
