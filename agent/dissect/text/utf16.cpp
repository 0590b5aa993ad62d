#include "agent/dissect/text/utf16.hpp"

namespace greywatch::agent::text {
namespace {

constexpr std::size_t most = 320;

/// One character as UTF-8, all of it or nothing.
void put(Name& name, std::uint32_t letter) {
  char octets[4];
  std::size_t length = 0;
  auto const add = [&](std::uint32_t octet) { octets[length++] = static_cast<char>(octet); };
  if (letter < 0x80) {
    add(letter);
  } else if (letter < 0x800) {
    add(0xc0 | letter >> 6);
  } else if (letter < 0x10000) {
    add(0xe0 | letter >> 12);
    add(0x80 | (letter >> 6 & 0x3f));
  } else {
    add(0xf0 | letter >> 18);
    add(0x80 | (letter >> 12 & 0x3f));
    add(0x80 | (letter >> 6 & 0x3f));
  }
  if (letter >= 0x80) add(0x80 | (letter & 0x3f));
  if (most - name.size() >= length) name.put(std::string_view(octets, length));
}

bool is_high(std::uint32_t unit) { return unit >> 10 == 0xd800 >> 10; }
bool is_low(std::uint32_t unit) { return unit >> 10 == 0xdc00 >> 10; }

}  // namespace

Name from_utf16(Bytes octets) {
  Name name;
  Reader in(octets);
  while (in.left() >= 2 && name.size() < most) {
    std::uint32_t unit = in.le16();
    if (is_high(unit) && in.left() >= 2) {
      auto const next = Reader(octets.subspan(in.at())).le16();
      if (is_low(next)) {
        in.skip(2);
        put(name, 0x10000 + ((unit & 0x3ff) << 10 | (next & 0x3ffU)));
        continue;
      }
    }
    put(name, is_high(unit) || is_low(unit) ? 0xfffd : unit);
  }
  return name;
}

Name from_oem(Bytes octets) {
  Name name;
  for (auto octet : octets) put(name, octet < 0x80 ? octet : 0xfffd);
  return name;
}

}  // namespace greywatch::agent::text
