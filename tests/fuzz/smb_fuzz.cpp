// links: greywatch::agent_dissect
#include "agent/dissect/smb/smb.hpp"
#include "tests/fuzz/dissector.hpp"

/// The first octet chooses the transport. What pipes carry has fields of another name.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* stream[] = {&greywatch::agent::smb::dissector};
  static constexpr greywatch::agent::Dissector const* datagrams[] = {&greywatch::agent::smb::datagram_dissector};
  if (size == 0) return 0;
  return data[0] & 1 ? greywatch::fuzz::dissect(datagrams, "smb.", data + 1, size - 1)
                     : greywatch::fuzz::dissect(stream, "", data + 1, size - 1);
}
