// links: greywatch::agent_dissect
#include "agent/dissect/s7comm/s7comm.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::s7comm::dissector};
  return greywatch::fuzz::dissect(rows, "s7comm.", data, size);
}
