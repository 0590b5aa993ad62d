// links: greywatch::agent_dissect
#include "agent/dissect/enip/enip.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using greywatch::agent::Dissector;
  static constexpr Dissector const* tcp[] = {&greywatch::agent::enip::tcp_dissector};
  static constexpr Dissector const* udp[] = {&greywatch::agent::enip::udp_dissector};
  // The top bit of the first octet of flags is free: it chooses the transport.
  bool const datagrams = size > 0 && (data[0] & 0x80) != 0;
  return greywatch::fuzz::dissect(datagrams ? udp : tcp, "enip.", data, size);
}
