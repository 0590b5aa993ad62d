// links: greywatch::agent_dissect
#include "agent/dissect/tftp/tftp.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::tftp::dissector};
  return greywatch::fuzz::dissect(rows, "tftp.", data, size);
}
