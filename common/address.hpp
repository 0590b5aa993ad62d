#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"

namespace greywatch {

/// An IEEE 802 MAC address.
struct Mac {
  std::array<std::uint8_t, 6> octets{};
  auto operator<=>(Mac const&) const = default;
};

/// An IPv4 or IPv6 address, or none (version 0). IPv4 keeps its four octets first, the rest zero.
struct Ip {
  std::array<std::uint8_t, 16> octets{};
  std::uint8_t version = 0;  ///< 4, 6 or 0
  auto operator<=>(Ip const&) const = default;
  explicit operator bool() const { return version != 0; }
  Bytes bytes() const { return Bytes(octets).first(version == 4 ? 4 : version == 6 ? 16 : 0); }
  static Ip v4(Bytes four);     ///< `four` holds four octets
  static Ip v6(Bytes sixteen);  ///< `sixteen` holds sixteen octets
};

/// A network prefix in CIDR notation.
struct Prefix {
  Ip base;
  std::uint8_t bits = 0;
  bool contains(Ip const& address) const;
};

std::string to_string(Mac const& mac);  ///< "00:1b:1b:0a:0b:0c"
std::string to_string(Ip const& ip);    ///< dotted quad, or RFC 5952; empty when none
std::optional<Mac> parse_mac(std::string_view text);
std::optional<Ip> parse_ip(std::string_view text);
std::optional<Prefix> parse_prefix(std::string_view text);  ///< "10.0.0.0/8"; a bare address is its own prefix

}  // namespace greywatch
