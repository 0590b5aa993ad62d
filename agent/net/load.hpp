#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

namespace greywatch::agent {

// Unchecked loads for headers whose length was checked once as a whole: per-field checks cost a third of the packet's
// time.

inline std::uint16_t load_be16(std::uint8_t const* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }
inline std::uint32_t load_be32(std::uint8_t const* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

/// In the machine's own order: for hashing and comparing only.
template <class Word>
Word load_raw(std::uint8_t const* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace greywatch::agent
