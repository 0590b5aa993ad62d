#pragma once
#include <optional>

#include "agent/net/counters.hpp"
#include "agent/net/ip.hpp"
#include "agent/net/link.hpp"

namespace greywatch::agent {

/// How deep tunnels may lie in tunnels.
inline constexpr unsigned most_tunnels = 4;

inline constexpr std::uint16_t ethertype_mpls = 0x8847, ethertype_mpls_upstream = 0x8848;
inline constexpr std::uint16_t port_vxlan = 4789;

constexpr bool is_tunnel(std::uint8_t ip_protocol) {
  return ip_protocol == 4 || ip_protocol == 41 || ip_protocol == 47;
}

/// What a tunnel carries, as a frame: from the IP header on, or a whole Ethernet frame that was opened. Mirrored
/// traffic comes so from remote switches, and other people's secrets too. Borrows the packet. Nothing when it is none,
/// or broken, or carries what is not read; the last two are counted.
///
/// IP in IP (RFC 2003, RFC 4213), GRE with its options (RFC 2784, RFC 2890; NVGRE, RFC 7637), ERSPAN types I to III
/// (draft-foschiano-erspan-03; clauses from memory).
std::optional<LinkFrame> read_tunnel(LinkFrame const& outer, IpPacket const& ip, NetworkCounters& counters);

/// VXLAN over UDP, from the octet behind the UDP header on (RFC 7348, 5): the I flag alone, an Ethernet frame behind.
std::optional<LinkFrame> read_vxlan(LinkFrame const& outer, Bytes datagram, std::uint32_t missing,
                                    NetworkCounters& counters);

/// The stack of MPLS labels at the front of the frame (RFC 3032, 2.1) is taken off. What lies under it is told by its
/// first half octet: IPv4, IPv6, or an Ethernet pseudowire with a control word (RFC 4385, 3; RFC 4448, 4.6).
std::optional<LinkFrame> read_mpls(LinkFrame const& outer, NetworkCounters& counters);

}  // namespace greywatch::agent
