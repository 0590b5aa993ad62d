#pragma once
#include <cstdint>

#include "agent/dissect/dissector.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::smb {

inline constexpr std::size_t session_header = 4;  ///< of the session service, or of direct TCP
inline constexpr std::size_t header1 = 32, header2 = 64, transform_header = 52, compression_header = 16;
inline constexpr std::size_t most_read = 60'000;  ///< octets of one packet that are looked at

/// Packet types of the session service. RFC 1002, 4.3.1.
enum class PacketType : std::uint8_t {
  message = 0,
  request = 0x81,
  positive = 0x82,
  negative = 0x83,
  retarget = 0x84,
  keep_alive = 0x85
};

/// What the protocol identifier at the front of a message says.
enum class Kind : std::uint8_t { none, smb1, smb2, encrypted, compressed };
Kind kind_of(Bytes message);

Likeness probe(Bytes octets, Direction way);
Frame frame(Bytes octets);

/// A name of NetBIOS as RFC 1001, 14.1 encodes it: 16 octets, the last one tells the service.
struct NetbiosName {
  std::uint8_t octets[16];
  bool good;
};
NetbiosName read_netbios_name(Reader& in);
/// "CONTROL<20>", without the blanks behind; what is not to be printed as "<01>", too.
using NetbiosText = text::Fixed<64>;
NetbiosText netbios_text(NetbiosName const& name);

}  // namespace greywatch::agent::smb
