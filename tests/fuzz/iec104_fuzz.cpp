// links: greywatch::agent_dissect
#include "agent/dissect/iec104/iec104.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::iec104::dissector};
  return greywatch::fuzz::dissect(rows, "iec104.", data, size);
}
