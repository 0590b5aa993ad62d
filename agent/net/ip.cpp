#include "agent/net/ip.hpp"

#include "agent/net/load.hpp"

namespace greywatch::agent {
namespace {

constexpr int most_extensions = 16;

/// Fits `ip.payload` to the length that the header claims.
bool fit(IpPacket& ip, std::size_t claimed, std::uint32_t missing, NetworkCounters& counters) {
  auto const captured = ip.payload.size();
  if (claimed <= captured) {
    ip.payload = ip.payload.first(claimed);
    return true;
  }
  // Longer than the frame was on the wire: every receiver drops it, and so must we.
  if (claimed - captured > missing) return ++counters.ip_bad_length, false;
  ip.missing = static_cast<std::uint32_t>(claimed - captured);
  return true;
}

bool read_ipv4(IpPacket& ip, LinkFrame const& frame, NetworkCounters& counters) {
  auto const octets = frame.payload;
  if (octets.size() < 20) return ++counters.ip_truncated, false;
  auto const* at = octets.data();
  if (at[0] >> 4 != 4) return ++counters.ip_bad_version, false;
  std::size_t const header = (at[0] & 0xFu) * 4u;
  std::size_t const total = load_be16(at + 2);
  if (header < 20 || (total && total < header)) return ++counters.ip_bad_length, false;
  if (octets.size() < header) return ++counters.ip_truncated, false;
  ip.version = 4;
  ip.id = load_be16(at + 4);
  auto const flags = load_be16(at + 6);
  ip.more_fragments = flags & 0x2000;
  ip.fragment_offset = (flags & 0x1FFFu) * 8;
  ip.fragment = ip.more_fragments || ip.fragment_offset;
  ip.protocol = at[9];
  ip.source = at + 12;
  ip.destination = at + 16;
  ip.payload = octets.subspan(header);
  if (total) return fit(ip, total - header, frame.missing, counters);
  ip.missing = frame.missing;
  return true;
}

bool read_ipv6(IpPacket& ip, LinkFrame const& frame, NetworkCounters& counters) {
  auto const octets = frame.payload;
  if (octets.size() < 40) return ++counters.ip_truncated, false;
  auto const* at = octets.data();
  if (at[0] >> 4 != 6) return ++counters.ip_bad_version, false;
  ip.version = 6;
  ip.protocol = at[6];
  ip.source = at + 8;
  ip.destination = at + 24;
  ip.payload = octets.subspan(40);
  std::size_t const length = load_be16(at + 4);
  if (length) {
    if (!fit(ip, length, frame.missing, counters)) return false;
  } else {
    ip.missing = frame.missing;
  }
  return skip_extensions(ip, counters);
}

}  // namespace

bool skip_extensions(IpPacket& ip, NetworkCounters& counters) {
  for (int n = 0;; ++n) {
    std::size_t length = 0;
    switch (ip.protocol) {
      case 0:
      case 43:
      case 60:
      case 135:
      case 139:
      case 140:  // hop-by-hop, routing, destination, mobility, HIP, shim6
        if (ip.payload.size() >= 2) length = (ip.payload[1] + 1u) * 8u;
        break;
      case 51:  // authentication header, RFC 4302
        if (ip.payload.size() >= 2) length = (ip.payload[1] + 2u) * 4u;
        break;
      case 44:
        length = 8;
        break;
      case 59:  // nothing follows; what does is padding
        ip.payload = {};
        ip.missing = 0;
        return true;
      default:
        return true;
    }
    if (n == most_extensions) return ++counters.ip_too_many_extensions, false;
    if (length == 0 || ip.payload.size() < length) return ++counters.ip_truncated, false;
    auto const* at = ip.payload.data();
    bool const fragment = ip.protocol == 44;
    ip.protocol = at[0];
    ip.payload = ip.payload.subspan(length);
    if (!fragment) continue;
    auto const offset = load_be16(at + 2);
    ip.fragment_offset = offset & 0xFFF8u;
    ip.more_fragments = offset & 1;
    ip.id = load_be32(at + 4);
    ip.fragment = ip.more_fragments || ip.fragment_offset;  // neither is an atomic fragment, RFC 6946
    if (ip.fragment) return true;  // what follows a fragment header belongs to the whole datagram
  }
}

std::optional<IpPacket> read_ip(LinkFrame const& frame, NetworkCounters& counters) {
  std::optional<IpPacket> result(std::in_place);
  bool const good =
      frame.ethertype == ethertype_ipv4 ? read_ipv4(*result, frame, counters) : read_ipv6(*result, frame, counters);
  if (!good) result.reset();
  return result;
}

}  // namespace greywatch::agent
