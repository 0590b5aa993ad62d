// links: greywatch::agent_dissect
#include "agent/dissect/dcerpc/dcerpc.hpp"
#include "tests/fuzz/dissector.hpp"

// The first octet chooses: datagrams, or a stream.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* streams[] = {&greywatch::agent::dcerpc::over_tcp};
  static constexpr greywatch::agent::Dissector const* datagrams[] = {&greywatch::agent::dcerpc::over_udp};
  if (size == 0) return 0;
  return greywatch::fuzz::dissect((data[0] & 1) != 0 ? datagrams : streams, "dcerpc.", data + 1, size - 1);
}
