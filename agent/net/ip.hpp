#pragma once
#include <optional>

#include "agent/net/counters.hpp"
#include "agent/net/link.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent {

/// The part of an IP packet that later steps need. Borrows the packet.
struct IpPacket {
  std::uint8_t version = 0;                   ///< 4 or 6
  std::uint8_t protocol = 0;                  ///< IANA number of what `payload` begins with
  std::uint8_t const* source = nullptr;       ///< 4 or 16 octets
  std::uint8_t const* destination = nullptr;  ///< 4 or 16 octets
  std::uint32_t id = 0;                       ///< identification: of every IPv4 packet, of IPv6 fragments; else 0
  bool fragment = false;
  bool more_fragments = false;
  std::uint32_t fragment_offset = 0;  ///< octets
  Bytes payload;
  std::uint32_t missing = 0;  ///< octets behind `payload` that the capture cut off

  std::size_t address_octets() const { return version == 4 ? 4 : 16; }
};

/// Reads an IPv4 header (RFC 791, 3.1) or an IPv6 header with its extension headers (RFC 8200, 4). Padding behind the
/// total length is cut off; total length 0, as segmentation offload leaves it in captures, stands for all that was
/// captured. Nothing when the header is broken; counted.
std::optional<IpPacket> read_ip(LinkFrame const& frame, NetworkCounters& counters);

/// Walks over IPv6 extension headers at the front of `ip.payload`, as far as the upper layer or the first fragment
/// header; for what a reassembled datagram begins with. False when they are broken; counted.
bool skip_extensions(IpPacket& ip, NetworkCounters& counters);

}  // namespace greywatch::agent
