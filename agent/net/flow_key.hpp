#pragma once
#include <algorithm>
#include <cstdint>

#include "agent/net/digest.hpp"
#include "agent/net/ip.hpp"
#include "agent/net/link.hpp"
#include "agent/net/load.hpp"

namespace greywatch::agent {

/// What a packet's addresses and ports come to: the same hash for both directions.
struct FlowKey {
  std::uint64_t hash;
  bool sender_is_first;  ///< of the canonical order
};

/// Of IPv4, from the addresses where they lie: an end is a number of 48 bits, address (in whichever order of octets)
/// and port, and the lesser comes first. See flow_key.
inline FlowKey flow_key_ipv4(Digest const& digest, std::uint8_t const* source, std::uint8_t const* destination,
                             std::uint32_t source_port, std::uint32_t destination_port, std::uint8_t protocol,
                             std::uint32_t vlans) {
  auto const sender = std::uint64_t{load_raw<std::uint32_t>(source)} << 16 | source_port;
  auto const receiver = std::uint64_t{load_raw<std::uint32_t>(destination)} << 16 | destination_port;
  auto const low = std::min(sender, receiver), high = std::max(sender, receiver);
  auto const rest = std::uint32_t{protocol} << 24 | vlans;
  return {digest.pair(low << 16 | rest >> 16, high << 16 | (rest & 0xFFFF)), sender <= receiver};
}

/// `vlans` are the packet's tags, or 0. Ports have 16 bits; those of ICMP are its type and what answers it.
inline FlowKey flow_key(Digest const& digest, IpPacket const& ip, std::uint32_t source_port,
                        std::uint32_t destination_port, std::uint32_t vlans) {
  if (ip.version == 4)
    return flow_key_ipv4(digest, ip.source, ip.destination, source_port, destination_port, ip.protocol, vlans);
  auto const rest = [&](std::uint32_t first, std::uint32_t second) {
    return std::uint64_t{first} << 48 | std::uint64_t{second} << 32 | std::uint64_t{ip.protocol} << 24 | vlans;
  };
  auto const order = std::memcmp(ip.source, ip.destination, 16);
  bool const first = order < 0 || (order == 0 && source_port <= destination_port);
  auto const* low = first ? ip.source : ip.destination;
  auto const* high = first ? ip.destination : ip.source;
  auto const ports = first ? rest(source_port, destination_port) : rest(destination_port, source_port);
  auto const ends = digest.pair(digest.pair(load_raw<std::uint64_t>(low), load_raw<std::uint64_t>(low + 8)),
                                digest.pair(load_raw<std::uint64_t>(high), load_raw<std::uint64_t>(high + 8)));
  return {digest.pair(ends, ports), first};
}

/// An Ethernet flow has one direction.
inline FlowKey flow_key(Digest const& digest, LinkFrame const& frame, std::uint32_t vlans) {
  auto const word = [](Mac const& mac) {
    return std::uint64_t{load_be16(mac.octets.data())} << 32 | load_be32(mac.octets.data() + 2);
  };
  auto const tags = std::uint64_t{frame.ethertype} << 32 | vlans;
  return {digest.pair(digest.pair(word(frame.source), word(frame.destination)), tags), true};
}

}  // namespace greywatch::agent
