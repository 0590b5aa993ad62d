#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "agent/dissect/text/text.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::rpc {

/// Integers as the data representation of a message has them. C706, 14.1.
struct Order {
  bool little = true;
  std::uint16_t u16(Reader& in) const { return little ? in.le16() : in.be16(); }
  std::uint32_t u32(Reader& in) const { return little ? in.le32() : in.be32(); }
};

/// C706, appendix A.
struct Uuid {
  std::uint32_t time_low = 0;
  std::uint16_t time_mid = 0, time_high = 0;
  std::array<std::uint8_t, 8> rest{};  ///< clock sequence and node, octet by octet

  bool operator==(Uuid const&) const = default;
  bool is_nil() const { return *this == Uuid{}; }
};
Uuid read_uuid(Reader& in, Order order);

/// "367abb81-9844-35f1-ad32-98f038001003"
text::Fixed<36> uuid_text(Uuid const& uuid);

/// Of a literal in that form; what is none does not compile.
consteval Uuid uuid(std::string_view literal) {
  std::array<std::uint8_t, 16> octets{};
  std::size_t digits = 0;
  for (char letter : literal) {
    if (letter == '-') continue;
    auto const digit = letter >= 'a' ? letter - 'a' + 10 : letter - '0';
    if (digit < 0 || digit > 15) throw "no hexadecimal digit";
    octets.at(digits / 2) = static_cast<std::uint8_t>(octets.at(digits / 2) << 4 | digit);
    ++digits;
  }
  if (digits != 32) throw "a UUID has 32 digits";
  Uuid made{.time_low = static_cast<std::uint32_t>(octets[0]) << 24 | static_cast<std::uint32_t>(octets[1]) << 16 |
                        static_cast<std::uint32_t>(octets[2]) << 8 | octets[3],
            .time_mid = static_cast<std::uint16_t>(octets[4] << 8 | octets[5]),
            .time_high = static_cast<std::uint16_t>(octets[6] << 8 | octets[7])};
  for (std::size_t at = 0; at < 8; ++at) made.rest[at] = octets[8 + at];
  return made;
}

}  // namespace greywatch::agent::rpc
