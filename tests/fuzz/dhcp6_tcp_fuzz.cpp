// links: greywatch::agent_dissect
#include "agent/dissect/dhcp/dhcp.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::dhcp::dissector6_tcp};
  // Messages of IPv4 that are carried keep the names of their fields.
  return greywatch::fuzz::dissect(rows, "dhcp", data, size);
}
