#pragma once
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

/// `vlans` are the packet's tags, or 0. The ports of ICMP are its type and what answers it.
inline FlowKey flow_key(Digest const& digest, IpPacket const& ip, std::uint32_t source_port,
                        std::uint32_t destination_port, std::uint32_t vlans) {
  auto const rest = [&](std::uint32_t first, std::uint32_t second) {
    return std::uint64_t{first} << 48 | std::uint64_t{second} << 32 | std::uint64_t{ip.protocol} << 24 | vlans;
  };
  if (ip.version == 4) {
    auto const source = load_be32(ip.source), destination = load_be32(ip.destination);
    bool const first = source < destination || (source == destination && source_port <= destination_port);
    auto const low = first ? source : destination, high = first ? destination : source;
    auto const ports = first ? rest(source_port, destination_port) : rest(destination_port, source_port);
    return {digest.pair(std::uint64_t{low} << 32 | high, ports), first};
  }
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
