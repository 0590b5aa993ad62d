// links: greywatch::agent_dissect
#include "agent/dissect/fins/fins.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  // The first octet chooses the transport.
  static constexpr greywatch::agent::Dissector const* over_udp[] = {&greywatch::agent::fins::udp_dissector};
  static constexpr greywatch::agent::Dissector const* over_tcp[] = {&greywatch::agent::fins::tcp_dissector};
  if (size == 0) return 0;
  if (data[0] & 1) return greywatch::fuzz::dissect(over_tcp, "fins.", data + 1, size - 1);
  return greywatch::fuzz::dissect(over_udp, "fins.", data + 1, size - 1);
}
