#include "agent/dissect/enip/out.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace greywatch::agent::enip {

void Out::opaque(std::string_view name, Bytes octets) {
  if (octets.empty()) return;
  constexpr std::size_t most = 512;
  std::array<char, 2 * most> text;
  auto const shown = std::min(octets.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    text[2 * i] = "0123456789abcdef"[octets[i] >> 4];
    text[2 * i + 1] = "0123456789abcdef"[octets[i] & 15];
  }
  sink_.field(name, std::string_view(text.data(), 2 * shown));
}

void Out::address(std::string_view name, Bytes octets) {
  if (octets.size() != 4) return;
  char text[16];
  int const length = std::snprintf(text, sizeof text, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
  sink_.field(name, std::string_view(text, static_cast<std::size_t>(length)));
}

}  // namespace greywatch::agent::enip
