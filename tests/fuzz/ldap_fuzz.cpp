// links: greywatch::agent_dissect
#include "agent/dissect/ldap/ldap.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  // The lowest bit of the first octet chooses the transport.
  static constexpr greywatch::agent::Dissector const* udp[] = {&greywatch::agent::ldap::udp_dissector};
  static constexpr greywatch::agent::Dissector const* tcp[] = {&greywatch::agent::ldap::tcp_dissector};
  if (size == 0) return 0;
  return greywatch::fuzz::dissect((data[0] & 1) != 0 ? tcp : udp, "ldap.", data + 1, size - 1);
}
