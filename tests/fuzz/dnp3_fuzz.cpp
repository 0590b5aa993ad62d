// links: greywatch::agent_dissect
#include "agent/dissect/dnp3/dnp3.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* stream[] = {&greywatch::agent::dnp3::over_tcp};
  static constexpr greywatch::agent::Dissector const* datagrams[] = {&greywatch::agent::dnp3::over_udp};
  greywatch::fuzz::dissect(datagrams, "dnp3.", data, size);
  return greywatch::fuzz::dissect(stream, "dnp3.", data, size);
}
