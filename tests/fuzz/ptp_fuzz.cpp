// links: greywatch::agent_dissect
#include "agent/dissect/ptp/ptp.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  namespace ptp = greywatch::agent::ptp;
  static constexpr greywatch::agent::Dissector const* over_ethernet[] = {&ptp::ethernet_dissector};
  static constexpr greywatch::agent::Dissector const* over_udp[] = {&ptp::udp_dissector};
  if (size == 0) return 0;
  return greywatch::fuzz::dissect(data[0] & 1 ? over_udp : over_ethernet, "ptp.", data + 1, size - 1);
}
