#include "agent/net/tunnel.hpp"

namespace greywatch::agent {
namespace {

constexpr std::uint16_t transparent_bridging = 0x6558, erspan_1_and_2 = 0x88BE, erspan_3 = 0x22EB;

/// The frame of what lies in the tunnel; without MAC addresses and VLAN of its own as long as none are read.
LinkFrame inside(LinkFrame const& outer, Bytes payload, std::uint32_t missing, std::uint16_t ethertype) {
  return {.payload = payload,
          .missing = missing,
          .ethertype = ethertype,
          .vlan = outer.vlan,
          .source = outer.source,
          .destination = outer.destination,
          .has_macs = outer.has_macs};
}

std::optional<LinkFrame> bridged(Bytes payload, std::uint32_t missing, NetworkCounters& counters) {
  std::optional<LinkFrame> frame(std::in_place);
  frame->payload = payload;
  frame->missing = missing;
  if (!read_ethernet(*frame, counters)) frame.reset();
  return frame;
}

std::optional<LinkFrame> refuse(std::uint64_t& count) {
  ++count;
  return std::nullopt;
}

/// ERSPAN behind GRE. Type I has no header of its own and GRE no sequence number; II has 8 octets, III 12 and perhaps 8
/// more (O flag).
std::optional<LinkFrame> read_erspan(Reader& in, std::uint16_t protocol, bool sequenced, std::uint32_t missing,
                                     NetworkCounters& counters) {
  if (protocol == erspan_3) {
    in.skip(11);
    if (in.u8() & 1) in.skip(8);
  } else if (sequenced) {
    in.skip(8);
  }
  if (!in) return refuse(counters.tunnels_truncated);
  ++counters.tunnels_erspan;
  return bridged(in.rest(), missing, counters);
}

std::optional<LinkFrame> read_gre(LinkFrame const& outer, IpPacket const& ip, NetworkCounters& counters) {
  Reader in(ip.payload);
  auto const flags = in.be16();
  auto const protocol = in.be16();
  bool const sequenced = (flags & 0x1000) != 0;
  if ((flags & 0x8000) != 0) in.skip(4);  // checksum
  if ((flags & 0x2000) != 0) in.skip(4);  // key
  if (sequenced) in.skip(4);
  if (!in) return refuse(counters.tunnels_truncated);
  if ((flags & 0x4007) != 0) return refuse(counters.tunnels_unknown);  // routing (RFC 1701), or another version
  switch (protocol) {
    case ethertype_ipv4:
    case ethertype_ipv6:
    case ethertype_mpls:
    case ethertype_mpls_upstream:
      ++counters.tunnels_gre;
      return inside(outer, in.rest(), ip.missing, protocol);
    case transparent_bridging:
      ++counters.tunnels_gre;
      return bridged(in.rest(), ip.missing, counters);
    case erspan_1_and_2:
    case erspan_3:
      return read_erspan(in, protocol, sequenced, ip.missing, counters);
    default:
      return refuse(counters.tunnels_unknown);
  }
}

}  // namespace

std::optional<LinkFrame> read_tunnel(LinkFrame const& outer, IpPacket const& ip, NetworkCounters& counters) {
  switch (ip.protocol) {
    case 4:
      ++counters.tunnels_ip;
      return inside(outer, ip.payload, ip.missing, ethertype_ipv4);
    case 41:
      ++counters.tunnels_ip;
      return inside(outer, ip.payload, ip.missing, ethertype_ipv6);
    case 47:
      return read_gre(outer, ip, counters);
    default:
      return std::nullopt;
  }
}

std::optional<LinkFrame> read_vxlan(LinkFrame const&, Bytes datagram, std::uint32_t missing,
                                    NetworkCounters& counters) {
  constexpr std::size_t header = 8, ethernet = 14;
  if (datagram.size() < header + ethernet) return std::nullopt;
  Reader in(datagram);
  auto const flags = in.be32();
  auto const network = in.be32();
  if (flags != 0x08000000 || (network & 0xFF) != 0) return std::nullopt;
  ++counters.tunnels_vxlan;
  return bridged(in.rest(), missing, counters);
}

std::optional<LinkFrame> read_mpls(LinkFrame const& outer, NetworkCounters& counters) {
  constexpr int most_labels = 16;
  Reader in(outer.payload);
  for (int labels = 0;; ++labels) {
    if (labels == most_labels) return refuse(counters.tunnels_too_deep);
    auto const entry = in.be32();
    if (!in) return refuse(counters.tunnels_truncated);
    if ((entry & 0x100) != 0) break;  // bottom of stack
  }
  auto payload = in.rest();
  if (payload.empty()) return refuse(counters.tunnels_truncated);
  switch (payload[0] >> 4) {
    case 4:
      ++counters.tunnels_mpls;
      return inside(outer, payload, outer.missing, ethertype_ipv4);
    case 6:
      ++counters.tunnels_mpls;
      return inside(outer, payload, outer.missing, ethertype_ipv6);
    case 0:
      if (payload.size() < 4) return refuse(counters.tunnels_truncated);
      ++counters.tunnels_mpls;
      return bridged(payload.subspan(4), outer.missing, counters);
    default:
      return refuse(counters.tunnels_unknown);
  }
}

}  // namespace greywatch::agent
