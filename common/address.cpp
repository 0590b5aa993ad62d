#include "common/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace greywatch {

Ip Ip::v4(Bytes four) {
  Ip ip;
  ip.version = 4;
  std::copy_n(four.begin(), 4, ip.octets.begin());
  return ip;
}

Ip Ip::v6(Bytes sixteen) {
  Ip ip;
  ip.version = 6;
  std::copy_n(sixteen.begin(), 16, ip.octets.begin());
  return ip;
}

bool Prefix::contains(Ip const& address) const {
  if (address.version != base.version) return false;
  std::size_t const whole = bits / 8;
  if (!std::equal(address.octets.begin(), address.octets.begin() + whole, base.octets.begin())) return false;
  if (bits % 8 == 0) return true;
  auto const mask = static_cast<std::uint8_t>(0xFF << (8 - bits % 8));
  return (address.octets[whole] & mask) == (base.octets[whole] & mask);
}

std::string to_string(Mac const& mac) {
  auto const& o = mac.octets;
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", o[0], o[1], o[2], o[3], o[4], o[5]);
}

std::string to_string(Ip const& ip) {
  if (!ip) return {};
  char text[INET6_ADDRSTRLEN];
  inet_ntop(ip.version == 4 ? AF_INET : AF_INET6, ip.octets.data(), text, sizeof text);
  return text;
}

std::optional<Mac> parse_mac(std::string_view text) {
  Mac mac;
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < 6; ++i) {
    auto const* begin = text.data() + i * 3;
    auto const [end, error] = std::from_chars(begin, begin + 2, mac.octets[i], 16);
    if (error != std::errc{} || end != begin + 2) return std::nullopt;
    if (i < 5 && begin[2] != ':' && begin[2] != '-') return std::nullopt;
  }
  return mac;
}

std::optional<Ip> parse_ip(std::string_view text) {
  std::string const copy(text);
  Ip ip;
  if (inet_pton(AF_INET, copy.c_str(), ip.octets.data()) == 1) {
    ip.version = 4;
  } else if (inet_pton(AF_INET6, copy.c_str(), ip.octets.data()) == 1) {
    ip.version = 6;
  } else {
    return std::nullopt;
  }
  return ip;
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  auto const slash = text.find('/');
  auto const ip = parse_ip(text.substr(0, slash));
  if (!ip) return std::nullopt;
  unsigned const most = ip->version == 4 ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    auto const tail = text.substr(slash + 1);
    auto const [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), bits);
    if (error != std::errc{} || end != tail.data() + tail.size() || bits > most) return std::nullopt;
  }
  return Prefix{*ip, static_cast<std::uint8_t>(bits)};
}

}  // namespace greywatch
