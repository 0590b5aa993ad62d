#pragma once
#include <cstring>

#include "agent/net/digest.hpp"
#include "agent/net/flow_key.hpp"
#include "agent/net/link.hpp"
#include "agent/net/tcp.hpp"
#include "agent/packet.hpp"

namespace greywatch::agent {

/// A TCP segment in a whole IPv4 datagram without options in an untagged Ethernet frame of which nothing is missing: by
/// far most of what crosses a plant network, and read in one go. Holds what is found out while it is approached.
struct Plain {
  std::uint64_t number = 0;  ///< of the packet; 0: it is anything else
  FlowKey key{};
  FlowEntry* entry = nullptr;  ///< of its flow, where there was one when the packet was approached
  std::uint64_t digest = 0;    ///< that copies of the packet have, too
  std::uint32_t body = 0;      ///< TcpSegment::digest
};

inline constexpr std::size_t plain_ethernet = 14, plain_ip = 20;
inline constexpr std::uint8_t plain_protocol = 6;  ///< TCP

inline void read_plain(Digest const& digest, Packet const& packet, Plain& plain) {
  plain.number = 0;
  plain.entry = nullptr;
  constexpr std::size_t tcp = 20;
  auto const size = packet.octets.size();
  if (packet.link != LinkType::ethernet || size < plain_ethernet + plain_ip + tcp || packet.original_length > size)
    return;
  auto const* at = packet.octets.data() + plain_ethernet;
  std::size_t const total = load_be16(at + 2), header = tcp_header_octets(at + plain_ip);
  bool const whole =
      load_be16(at - 2) == ethertype_ipv4 && at[0] == 0x45 && at[9] == plain_protocol && !(load_be16(at + 6) & 0x3FFF);
  if (!whole || total > size - plain_ethernet || header < tcp || plain_ip + header > total) return;
  if (load_be16(packet.octets.data() + size - 2) == prp_suffix) return;
  auto const* const ports = at + plain_ip;
  plain.number = packet.number;
  plain.key = flow_key_ipv4(digest, at + 12, at + 16, load_be16(ports), load_be16(ports + 2), plain_protocol, 0);
}

/// What was read: its octets lie in `packet`.
inline Origin plain_origin(Packet const& packet) {
  Origin origin{.frame = packet.number};
  std::memcpy(origin.destination_mac.octets.data(), packet.octets.data(), 6);
  std::memcpy(origin.source_mac.octets.data(), packet.octets.data() + 6, 6);
  return origin;
}
inline TcpSegment plain_segment(IpPacket const& ip) {
  return tcp_segment(ip.payload, tcp_header_octets(ip.payload.data()), 0);
}
inline IpPacket plain_datagram(Packet const& packet) {
  auto const* at = packet.octets.data() + plain_ethernet;
  return {.version = 4,
          .protocol = plain_protocol,
          .source = at + 12,
          .destination = at + 16,
          .id = load_be16(at + 4),
          .payload = Bytes(at + plain_ip, load_be16(at + 2) - plain_ip)};
}

}  // namespace greywatch::agent
