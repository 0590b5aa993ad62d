// links: greywatch::agent_dissect
#include "agent/dissect/bacnet/bacnet.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::bacnet::dissector};
  return greywatch::fuzz::dissect(rows, "bacnet.", data, size);
}
