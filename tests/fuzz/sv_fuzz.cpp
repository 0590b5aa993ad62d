// links: greywatch::agent_dissect
#include "agent/dissect/sv/sv.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::sv::dissector};
  static constexpr greywatch::agent::Dissector const* routed[] = {&greywatch::agent::sv::routed_dissector};
  greywatch::fuzz::dissect(rows, "sv.", data, size);
  return greywatch::fuzz::dissect(routed, "sv.", data, size);
}
