#include "agent/net/link.hpp"

#include "agent/net/load.hpp"

namespace greywatch::agent {
namespace {

constexpr std::uint16_t hsr_tag = 0x892F, first_ethertype = 0x0600;
constexpr int most_vlan_tags = 4;

bool is_vlan(std::uint16_t ethertype) {
  return ethertype == 0x8100 || ethertype == 0x88A8 || ethertype == 0x9100 || ethertype == 0x9200;
}

bool take(LinkFrame& frame, std::size_t octets) {
  if (frame.payload.size() < octets) return false;
  frame.payload = frame.payload.subspan(octets);
  return true;
}

/// Redundancy control trailer of PRP: sequence number, LAN (A or B), size of the LSDU with the trailer, suffix.
void strip_prp(LinkFrame& frame, NetworkCounters& counters) {
  auto const size = frame.payload.size();
  if (size < 6 || frame.missing) return;
  auto const* trailer = frame.payload.data() + size - 6;
  if (load_be16(trailer + 4) != prp_suffix) return;
  auto const lan_and_size = load_be16(trailer + 2);
  auto const lan = lan_and_size >> 12;
  if ((lan != 0xA && lan != 0xB) || (lan_and_size & 0xFFF) != size) return;
  frame.redundancy_sequence = load_be16(trailer);
  frame.payload = frame.payload.first(size - 6);
  ++counters.prp_frames;
}

/// Everything from the ethertype on; `frame.payload` begins behind it.
bool read_tags(LinkFrame& frame, NetworkCounters& counters) {
  for (int tags = 0; is_vlan(frame.ethertype); ++tags) {
    if (tags == most_vlan_tags) return ++counters.vlan_too_deep, false;
    if (frame.payload.size() < 4) return ++counters.link_truncated, false;
    auto const id = static_cast<std::uint16_t>(load_be16(frame.payload.data()) & 0xFFF);
    if (!frame.priority) frame.priority = static_cast<std::uint8_t>(frame.payload[0] >> 5);
    if (frame.vlan == 0)
      frame.vlan = id;
    else if (id)
      frame.inner_vlan = id;
    frame.ethertype = load_be16(frame.payload.data() + 2);
    take(frame, 4);
  }
  if (frame.ethertype == hsr_tag) {
    if (frame.payload.size() < 6) return ++counters.link_truncated, false;
    frame.redundancy_sequence = load_be16(frame.payload.data() + 2);
    frame.ethertype = load_be16(frame.payload.data() + 4);
    take(frame, 6);
    ++counters.hsr_frames;
  } else {
    strip_prp(frame, counters);
  }
  if (frame.ethertype < first_ethertype) {
    std::size_t const length = frame.ethertype, captured = frame.payload.size();
    if (length && length <= captured) frame.payload = frame.payload.first(length), frame.missing = 0;
    if (length > captured && frame.missing > length - captured)
      frame.missing = static_cast<std::uint32_t>(length - captured);
    frame.ethertype = 0;
  }
  return true;
}

/// LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2.
bool read_cooked(LinkFrame& frame, NetworkCounters& counters, bool second) {
  std::size_t const header = second ? 20 : 16;
  if (frame.payload.size() < header) return ++counters.link_truncated, false;
  auto const* at = frame.payload.data();
  frame.ethertype = load_be16(at + (second ? 0 : 14));
  auto const address_length = second ? at[11] : load_be16(at + 4);
  if (address_length == 6) {
    std::memcpy(frame.source.octets.data(), at + (second ? 12 : 6), 6);
    frame.has_macs = true;
  }
  take(frame, header);
  // Protocols 1 (IEEE 802.3) and 4 (IEEE 802.2) of Linux are no lengths.
  if (frame.ethertype < first_ethertype) frame.ethertype = 0;
  return read_tags(frame, counters);
}

bool read_raw(LinkFrame& frame, NetworkCounters& counters) {
  if (frame.payload.empty()) return ++counters.link_truncated, false;
  auto const version = frame.payload[0] >> 4;
  if (version != 4 && version != 6) return ++counters.link_unknown, false;
  frame.ethertype = version == 4 ? ethertype_ipv4 : ethertype_ipv6;
  return true;
}

/// LINKTYPE_NULL has the address family in the byte order of the machine that captured, LINKTYPE_LOOP in that of the
/// net.
bool read_bsd(LinkFrame& frame, NetworkCounters& counters) {
  if (frame.payload.size() < 4) return ++counters.link_truncated, false;
  auto family = load_be32(frame.payload.data());
  if (family > 0xFFFF) family = __builtin_bswap32(family);
  take(frame, 4);
  constexpr std::uint32_t inet = 2, inet6[] = {10, 24, 28, 30};
  if (family == inet) {
    frame.ethertype = ethertype_ipv4;
    return true;
  }
  for (auto known : inet6) {
    if (family == known) {
      frame.ethertype = ethertype_ipv6;
      return true;
    }
  }
  return ++counters.link_unknown, false;
}

}  // namespace

bool read_ethernet(LinkFrame& frame, NetworkCounters& counters) {
  if (frame.payload.size() < 14) return ++counters.link_truncated, false;
  auto const* at = frame.payload.data();
  std::memcpy(frame.destination.octets.data(), at, 6);
  std::memcpy(frame.source.octets.data(), at + 6, 6);
  frame.has_macs = true;
  frame.ethertype = load_be16(at + 12);
  take(frame, 14);
  return read_tags(frame, counters);
}

std::optional<LinkFrame> read_link(Packet const& packet, NetworkCounters& counters) {
  std::optional<LinkFrame> result(std::in_place);
  LinkFrame& frame = *result;
  frame.payload = packet.octets;
  auto const captured = packet.octets.size();
  frame.missing = packet.original_length > captured ? static_cast<std::uint32_t>(packet.original_length - captured) : 0;
  bool good = false;
  switch (packet.link) {
    case LinkType::ethernet:
      good = read_ethernet(frame, counters);
      break;
    case LinkType::linux_sll:
      good = read_cooked(frame, counters, false);
      break;
    case LinkType::linux_sll2:
      good = read_cooked(frame, counters, true);
      break;
    case LinkType::raw_ip:
    case LinkType::ipv4:
    case LinkType::ipv6:
      good = read_raw(frame, counters);
      break;
    case LinkType::bsd_null:
    case LinkType::bsd_loop:
      good = read_bsd(frame, counters);
      break;
    default:
      ++counters.link_unknown;
      break;
  }
  if (!good) result.reset();
  return result;
}

}  // namespace greywatch::agent
