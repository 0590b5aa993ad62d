#pragma once
#include <cstdint>
#include <string_view>

namespace greywatch::agent {

/// What agent/net saw, gave up and found odd. Counts packets unless the name says octets or flows.
struct NetworkCounters {
  // Seen.
  std::uint64_t packets = 0, octets = 0, segments = 0, segment_octets = 0;
  std::uint64_t flows_opened = 0, flows_live = 0;

  // Dropped: something that was captured, or should have been, never became a segment.
  std::uint64_t link_truncated = 0, link_unknown = 0, vlan_too_deep = 0;
  std::uint64_t tunnels_truncated = 0, tunnels_unknown = 0, tunnels_too_deep = 0;  ///< what they carry was not read
  std::uint64_t ip_truncated = 0, ip_bad_version = 0, ip_bad_length = 0, ip_too_many_extensions = 0;
  std::uint64_t transport_truncated = 0, transport_bad_length = 0;
  std::uint64_t fragments_table_full = 0, fragments_octets_full = 0, fragments_timed_out = 0, fragments_bad = 0;
  std::uint64_t fragments_overlapping = 0;  ///< datagrams of IPv6 given up because fragments overlap
  std::uint64_t flows_evicted_new = 0, flows_evicted_stale = 0, flows_evicted_established = 0;
  std::uint64_t tcp_hole_table_full = 0, tcp_stream_full = 0, tcp_reassembly_full = 0;  ///< holes skipped early
  std::uint64_t tcp_gaps = 0;                                                           ///< holes skipped in all
  std::uint64_t tcp_gap_octets = 0;  ///< octets in them, as far as known
  std::uint64_t tcp_out_of_window = 0, tcp_stray_reset = 0, tcp_bad_reset = 0, tcp_after_close = 0, tcp_after_fin = 0;
  std::uint64_t snapped = 0, snapped_octets = 0;  ///< packets the capture had cut short, and by how much
  std::uint64_t duplicates_mirror = 0;            ///< the same frame twice
  std::uint64_t duplicates_forwarded = 0;  ///< the same IP packet with other MAC addresses: a router, or a man between
  std::uint64_t duplicates_redundant = 0;  ///< the copy of the other LAN or ring direction

  // Noted: nothing was lost, but it is not everyday.
  std::uint64_t tcp_retransmissions = 0, tcp_retransmissions_unverified = 0, tcp_keepalives = 0, tcp_conflicts = 0;
  std::uint64_t tcp_out_of_order = 0, tcp_midstream = 0, tcp_resynchronised = 0, tcp_ports_reused = 0;
  std::uint64_t fragments = 0, fragments_reassembled = 0;
  std::uint64_t fragments_conflicting = 0;  ///< IPv4 fragments that overlap with other octets: the first to arrive won
  std::uint64_t prp_frames = 0, hsr_frames = 0;
  std::uint64_t tunnels_ip = 0, tunnels_gre = 0, tunnels_erspan = 0, tunnels_vxlan = 0, tunnels_mpls = 0;  ///< opened

  /// Share of packets that were copies of earlier ones, 0 to 1.
  double duplicate_ratio() const {
    auto const copies = duplicates_mirror + duplicates_forwarded + duplicates_redundant;
    return packets ? static_cast<double>(copies) / static_cast<double>(packets) : 0;
  }

  /// Calls `take(std::string_view name, std::uint64_t value)` for every cause of loss; names fit for label values.
  template <class Take>
  void for_each(Take take) const;
  /// The same for what was noted and seen.
  template <class Take>
  void for_each_event(Take take) const;

 private:
  struct Row {
    std::string_view name;
    std::uint64_t NetworkCounters::* value;
  };
  static Row const drops[];
  static Row const events[];
};

#define GREYWATCH_ROW(counter) {#counter, &NetworkCounters::counter}
inline constexpr NetworkCounters::Row NetworkCounters::drops[] = {GREYWATCH_ROW(link_truncated),
                                                                  GREYWATCH_ROW(link_unknown),
                                                                  GREYWATCH_ROW(vlan_too_deep),
                                                                  GREYWATCH_ROW(tunnels_truncated),
                                                                  GREYWATCH_ROW(tunnels_unknown),
                                                                  GREYWATCH_ROW(tunnels_too_deep),
                                                                  GREYWATCH_ROW(ip_truncated),
                                                                  GREYWATCH_ROW(ip_bad_version),
                                                                  GREYWATCH_ROW(ip_bad_length),
                                                                  GREYWATCH_ROW(ip_too_many_extensions),
                                                                  GREYWATCH_ROW(transport_truncated),
                                                                  GREYWATCH_ROW(transport_bad_length),
                                                                  GREYWATCH_ROW(fragments_table_full),
                                                                  GREYWATCH_ROW(fragments_octets_full),
                                                                  GREYWATCH_ROW(fragments_timed_out),
                                                                  GREYWATCH_ROW(fragments_bad),
                                                                  GREYWATCH_ROW(fragments_overlapping),
                                                                  GREYWATCH_ROW(flows_evicted_new),
                                                                  GREYWATCH_ROW(flows_evicted_stale),
                                                                  GREYWATCH_ROW(flows_evicted_established),
                                                                  GREYWATCH_ROW(tcp_hole_table_full),
                                                                  GREYWATCH_ROW(tcp_stream_full),
                                                                  GREYWATCH_ROW(tcp_reassembly_full),
                                                                  GREYWATCH_ROW(tcp_gaps),
                                                                  GREYWATCH_ROW(tcp_gap_octets),
                                                                  GREYWATCH_ROW(tcp_out_of_window),
                                                                  GREYWATCH_ROW(tcp_stray_reset),
                                                                  GREYWATCH_ROW(tcp_bad_reset),
                                                                  GREYWATCH_ROW(tcp_after_close),
                                                                  GREYWATCH_ROW(tcp_after_fin),
                                                                  GREYWATCH_ROW(snapped),
                                                                  GREYWATCH_ROW(snapped_octets),
                                                                  GREYWATCH_ROW(duplicates_mirror),
                                                                  GREYWATCH_ROW(duplicates_forwarded),
                                                                  GREYWATCH_ROW(duplicates_redundant)};
inline constexpr NetworkCounters::Row NetworkCounters::events[] = {GREYWATCH_ROW(segments),
                                                                   GREYWATCH_ROW(segment_octets),
                                                                   GREYWATCH_ROW(flows_opened),
                                                                   GREYWATCH_ROW(flows_live),
                                                                   GREYWATCH_ROW(tcp_retransmissions),
                                                                   GREYWATCH_ROW(tcp_retransmissions_unverified),
                                                                   GREYWATCH_ROW(tcp_keepalives),
                                                                   GREYWATCH_ROW(tcp_conflicts),
                                                                   GREYWATCH_ROW(tcp_out_of_order),
                                                                   GREYWATCH_ROW(tcp_midstream),
                                                                   GREYWATCH_ROW(tcp_resynchronised),
                                                                   GREYWATCH_ROW(tcp_ports_reused),
                                                                   GREYWATCH_ROW(fragments),
                                                                   GREYWATCH_ROW(fragments_reassembled),
                                                                   GREYWATCH_ROW(fragments_conflicting),
                                                                   GREYWATCH_ROW(prp_frames),
                                                                   GREYWATCH_ROW(hsr_frames),
                                                                   GREYWATCH_ROW(tunnels_ip),
                                                                   GREYWATCH_ROW(tunnels_gre),
                                                                   GREYWATCH_ROW(tunnels_erspan),
                                                                   GREYWATCH_ROW(tunnels_vxlan),
                                                                   GREYWATCH_ROW(tunnels_mpls)};
#undef GREYWATCH_ROW

template <class Take>
void NetworkCounters::for_each(Take take) const {
  for (auto const& row : drops) take(row.name, this->*row.value);
}

template <class Take>
void NetworkCounters::for_each_event(Take take) const {
  for (auto const& row : events) take(row.name, this->*row.value);
}

}  // namespace greywatch::agent
