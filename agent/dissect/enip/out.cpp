#include "agent/dissect/enip/out.hpp"

#include <cstdio>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::enip {

void Out::opaque(std::string_view name, Bytes octets) {
  if (!octets.empty()) sink_.field(name, text::hex<512>(octets).view());
}

void Out::address(std::string_view name, Bytes octets) {
  if (octets.size() != 4) return;
  char text[16];
  int const length = std::snprintf(text, sizeof text, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
  sink_.field(name, std::string_view(text, static_cast<std::size_t>(length)));
}

}  // namespace greywatch::agent::enip
