#include "common/address.hpp"

#include <catch2/catch.hpp>

using namespace greywatch;

TEST_CASE("addresses read back what was written", "[common][address]") {
  for (auto text : {"192.0.2.7", "2001:db8::1", "::1"}) CHECK(to_string(parse_ip(text).value()) == text);
  CHECK(to_string(parse_mac("00:1b:1b:0a:0b:0c").value()) == "00:1b:1b:0a:0b:0c");
  for (auto text : {"", "1.2.3", "1.2.3.256", "::g"}) CHECK_FALSE(parse_ip(text));
  for (auto text : {"", "00:1b:1b:0a:0b", "00:1b:1b:0a:0b:0g", "00-1b:1b 0a:0b:0c"}) CHECK_FALSE(parse_mac(text));
}

TEST_CASE("a prefix contains its addresses and no others", "[common][address]") {
  auto const prefix = parse_prefix("10.1.128.0/17").value();
  CHECK(prefix.contains(parse_ip("10.1.200.1").value()));
  CHECK_FALSE(prefix.contains(parse_ip("10.1.127.255").value()));
  CHECK_FALSE(prefix.contains(parse_ip("::1").value()));
  CHECK(parse_prefix("2001:db8::/32")->contains(parse_ip("2001:db8:ffff::1").value()));
  for (auto text : {"10.0.0.0/33", "10.0.0.0/", "/8", "10.0.0.0/8x"}) CHECK_FALSE(parse_prefix(text));
}
