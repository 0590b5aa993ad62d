// links: greywatch::agent_dissect
#include "agent/dissect/dns/dns.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* datagrams[] = {&greywatch::agent::dns::dissector};
  static constexpr greywatch::agent::Dissector const* streams[] = {&greywatch::agent::dns::dissector_tcp};
  greywatch::fuzz::dissect(datagrams, "dns.", data, size);
  return greywatch::fuzz::dissect(streams, "dns.", data, size);
}
