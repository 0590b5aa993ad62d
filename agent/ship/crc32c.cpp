#include "agent/ship/crc32c.hpp"

#include <array>

namespace greywatch::agent {

namespace {

/// Slicing by four: table[k][x] is the register after octet x and k zero octets.
constexpr auto tables = [] {
  constexpr std::uint32_t reversed_polynomial = 0x82F63B78;
  std::array<std::array<std::uint32_t, 256>, 4> out{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    auto value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? reversed_polynomial : 0);
    out[0][i] = value;
  }
  for (std::size_t k = 1; k < 4; ++k)
    for (std::size_t i = 0; i < 256; ++i) out[k][i] = out[k - 1][i] >> 8 ^ out[0][out[k - 1][i] & 0xFF];
  return out;
}();

}  // namespace

std::uint32_t crc32c(Bytes octets, std::uint32_t before) {
  auto value = ~before;
  while (octets.size() >= 4) {
    value ^= static_cast<std::uint32_t>(octets[0] | octets[1] << 8 | octets[2] << 16) | std::uint32_t{octets[3]} << 24;
    value =
        tables[3][value & 0xFF] ^ tables[2][value >> 8 & 0xFF] ^ tables[1][value >> 16 & 0xFF] ^ tables[0][value >> 24];
    octets = octets.subspan(4);
  }
  for (auto octet : octets) value = value >> 8 ^ tables[0][(value ^ octet) & 0xFF];
  return ~value;
}

}  // namespace greywatch::agent
