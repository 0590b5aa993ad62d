// links: greywatch::agent_dissect
#include "agent/dissect/rdp/rdp.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::rdp::dissector};
  return greywatch::fuzz::dissect(rows, "rdp.", data, size);
}
