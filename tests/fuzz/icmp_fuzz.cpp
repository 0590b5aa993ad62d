// links: greywatch::agent_dissect
#include "agent/dissect/icmp/icmp.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::icmp::dissector};
  static constexpr greywatch::agent::Dissector const* rows6[] = {&greywatch::agent::icmp::dissector6};
  greywatch::fuzz::dissect(rows, "icmp.", data, size);
  return greywatch::fuzz::dissect(rows6, "icmpv6.", data, size);
}
