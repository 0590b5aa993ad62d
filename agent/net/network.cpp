#include "agent/net/network.hpp"

#include <algorithm>
#include <array>

#include "agent/net/community_id.hpp"
#include "agent/net/digest.hpp"
#include "agent/net/duplicates.hpp"
#include "agent/net/flow_key.hpp"
#include "agent/net/flow_table.hpp"
#include "agent/net/flows.hpp"
#include "agent/net/fragments.hpp"
#include "agent/net/ip.hpp"
#include "agent/net/link.hpp"
#include "agent/net/plain.hpp"
#include "agent/net/server_guess.hpp"
#include "agent/net/tcp.hpp"
#include "agent/net/tunnel.hpp"

namespace greywatch::agent {
namespace {

constexpr std::uint8_t protocol_icmp = 1, protocol_tcp = 6, protocol_udp = 17, protocol_icmp6 = 58, protocol_sctp = 132;

/// Ethernet protocols whose frames count themselves: GOOSE, GSE management, sampled values, PTP.
bool counts_itself(std::uint16_t ethertype) {
  return ethertype == 0x88B8 || ethertype == 0x88B9 || ethertype == 0x88BA || ethertype == 0x88F7;
}

}  // namespace

/// The stations of one packet, in order.
class Network::Line {
 public:
  Line(NetworkOptions const& options, SegmentSink& sink, HashKey key)
      : options_(options),
        sink_(sink),
        digest_(key),
        duplicates_(options, counters_),
        fragments_(options, key, counters_),
        table_(options),
        tcp_(options, table_, sink, digest_, counters_),
        flows_(options_, table_, tcp_, counters_) {}

  void take(Packet const& packet) {
    ++counters_.packets;
    counters_.octets += packet.octets.size();
    if (packet.original_length > packet.octets.size()) {
      ++counters_.snapped;
      counters_.snapped_octets += packet.original_length - packet.octets.size();
    }
    tcp_.expire(packet.time);
    if (next_noted_ < noted_count_) {
      auto const& noted = noted_[next_noted_++];
      if (noted.number && noted.number == packet.number && take_plain(packet, noted, known(noted))) return;
    }
    take_any(packet);
  }

  /// Waits for memory once for all packets instead of once each: first all slots of the flow table are asked for, then
  /// all flows behind them, then what later folders keep of those. Packets of one flow often come in a row: that is one
  /// flow to ask for.
  void approach(std::span<Packet const> packets) {
    packets = packets.first(std::min(packets.size(), noted_.size()));
    std::array<Plain*, PacketSink::most_at_once> turns;  // where another flow than before is next
    std::size_t turn_count = 0;
    std::uint64_t hash = 0;
    for (std::size_t n = 0; n < packets.size(); ++n) {
      auto& plain = noted_[n];
      read_plain(digest_, packets[n], plain);
      if (!plain.number) continue;
      digest_plain(packets[n], plain);
      if (plain.key.hash == hash) continue;
      hash = plain.key.hash;
      turns[turn_count++] = &plain;
      table_.prefetch(hash);
    }
    noted_count_ = packets.size(), next_noted_ = 0;
    auto const distinct = std::span(turns).first(turn_count);
    for (auto const* plain : distinct) table_.approach(plain->key.hash);
    std::array<Flow const*, PacketSink::most_at_once> flows;
    std::size_t flow_count = 0;
    for (auto* plain : distinct) {
      plain->entry = table_.find(plain->key.hash);
      if (!plain->entry) continue;
      flows[flow_count++] = &plain->entry->flow;
      if (plain->entry->packets < 8) __builtin_prefetch(plain->entry);  // who speaks is asked for when it is new
    }
    sink_.approach(std::span(flows).first(flow_count));
  }

  void finish() {
    for (auto list : {FlowList::fresh, FlowList::established}) {
      while (auto* entry = table_.oldest(list)) tcp_.end(*entry, FlowState::stopped, entry->flow.last);
    }
    table_.clear();
    duplicates_.clear();
    fragments_.clear();
    last_ = nullptr;
    noted_count_ = next_noted_ = 0;
  }

  NetworkCounters const& counters() const { return counters_; }

 private:
  /// One IP packet on its way to its flow.
  struct Passing {
    Packet const& packet;
    LinkFrame const& frame;
    IpPacket const& ip;
    bool fresh;      ///< not yet looked at by the duplicate filter
    unsigned depth;  ///< tunnels around it
  };

  /// Kept apart, so that what is plain does not pay for its many variables.
  [[gnu::noinline]] void take_any(Packet const& packet) {
    auto const frame = read_link(packet, counters_);
    if (frame) take_frame(packet, *frame, 0);
  }

  void take_frame(Packet const& packet, LinkFrame const& frame, unsigned depth) {
    if (frame.ethertype == ethertype_ipv4 || frame.ethertype == ethertype_ipv6)
      take_ip(packet, frame, depth);
    else if (frame.ethertype == ethertype_mpls || frame.ethertype == ethertype_mpls_upstream)
      take_inside(packet, read_mpls(frame, counters_), depth);
    else
      take_ethernet(packet, frame);
  }

  void take_inside(Packet const& packet, std::optional<LinkFrame> const& frame, unsigned depth) {
    if (!frame) return;
    if (depth == most_tunnels) return void(++counters_.tunnels_too_deep);
    take_frame(packet, *frame, depth + 1);
  }
  std::uint32_t vlans(LinkFrame const& frame) const {
    return options_.vlan_separates ? frame.vlan | std::uint32_t{frame.inner_vlan} << 12 : 0;
  }

  std::uint32_t macs(LinkFrame const& frame) const {
    return frame.has_macs ? macs(frame.source, frame.destination) : 0;
  }
  std::uint32_t macs(Mac const& source, Mac const& destination) const {
    auto const word = [](Mac const& mac) {
      return std::uint64_t{load_raw<std::uint32_t>(mac.octets.data())} << 16 |
             load_raw<std::uint16_t>(mac.octets.data() + 4);
    };
    return static_cast<std::uint32_t>(digest_.mix(word(source), word(destination)));
  }

  bool is_copy(std::uint64_t digest, LinkFrame const& frame, bool own_identity, Time time) {
    auto const identity = frame.redundancy_sequence ? Identity::redundant
                          : own_identity            ? Identity::own
                                                    : Identity::none;
    if (frame.redundancy_sequence) digest = digest_.mix(digest, *frame.redundancy_sequence);
    return duplicates_.is_copy(digest, macs(frame), identity, time);
  }

  bool is_copy(Passing const& passing, std::uint64_t body, bool own_identity) {
    if (!options_.deduplicate || !passing.fresh) return false;
    bool const identified = own_identity || (passing.ip.version == 4 && passing.ip.id) || passing.ip.fragment;
    return is_copy(digest_.mix(header_digest(passing.ip), body), passing.frame, identified, passing.packet.time);
  }

  /// Of what a router leaves alone: not the TTL, the DSCP, the header checksum, the VLAN, the MAC addresses.
  std::uint64_t header_digest(IpPacket const& ip) const {
    auto const rest = std::uint64_t{ip.id} << 32 | std::uint64_t{ip.protocol} << 24 | (ip.payload.size() + ip.missing);
    auto const place = std::uint64_t{ip.fragment_offset} << 1 | ip.more_fragments;
    if (ip.version == 4) return digest_.mix(load_raw<std::uint64_t>(ip.source), rest ^ place << 48);
    return digest_.mix(digest_(Bytes(ip.source, 32)), rest) ^ place;
  }

  void take_ip(Packet const& packet, LinkFrame const& frame, unsigned depth) {
    auto const ip = read_ip(frame, counters_);
    if (!ip) return;
    Passing const passing{packet, frame, *ip, true, depth};
    if (!ip->fragment) return take_transport(passing);
    if (is_copy(passing, digest_(ip->payload), true)) return;
    auto whole = fragments_.take(*ip, vlans(frame), packet.time);
    if (whole && skip_extensions(*whole, counters_) && !whole->fragment)
      take_transport({packet, frame, *whole, false, depth});
  }

  void take_transport(Passing const& passing) {
    switch (passing.ip.protocol) {
      case protocol_tcp:
        return take_tcp(passing);
      case protocol_udp:
        return take_udp(passing);
      case protocol_sctp:
        return take_sctp(passing);
      case protocol_icmp:
      case protocol_icmp6:
        return take_icmp(passing);
      default:
        if (is_tunnel(passing.ip.protocol))
          return take_inside(passing.packet, read_tunnel(passing.frame, passing.ip, counters_), passing.depth);
        return take_datagram(passing, Ends{.key = key(passing, 0, 0), .transport = Transport::other},
                             passing.ip.payload, passing.ip.missing);
    }
  }

  FlowKey key(Passing const& passing, std::uint32_t source_port, std::uint32_t destination_port) const {
    return flow_key(digest_, passing.ip, source_port, destination_port, vlans(passing.frame));
  }

  void take_tcp(Passing const& passing) {
    auto segment = read_tcp(passing.ip.payload, passing.ip.missing, counters_);
    if (!segment) return;
    Ends const ends{.key = key(passing, segment->source_port, segment->destination_port),
                    .transport = Transport::tcp,
                    .source_port = segment->source_port,
                    .destination_port = segment->destination_port};
    table_.prefetch(ends.key.hash);
    auto const body = digest_payload(*segment);
    table_.approach(ends.key.hash);
    if (is_copy(passing, *segment, body)) return;

    auto* entry = table_.find(ends.key.hash);
    if (entry && entry->list == FlowList::closed) {
      // A closed connection swallows what comes late, until a SYN or a long silence.
      if (!segment->opens() && passing.packet.time - entry->flow.last <= options_.closed_linger) {
        if (!segment->payload.empty()) ++counters_.tcp_after_close;
        return;
      }
      table_.erase(*entry);
      entry = nullptr;
    }
    if (entry && tcp_.begins_anew(*entry, way_of(*entry, ends.key), *segment)) {
      ++counters_.tcp_ports_reused;
      tcp_.end(*entry, FlowState::replaced, passing.packet.time);
      entry = nullptr;
    }
    if (!entry) entry = open_tcp(passing, ends, *segment);
    if (!entry) return;
    Origin const origin{passing.packet.number, passing.frame.source, passing.frame.destination};
    auto const way = way_of(*entry, ends.key);
    flows_.seen(*entry, way, passing.packet.time);
    tcp_.take(*entry, way, *segment, origin, passing.packet.time);
  }

  /// The entry that a packet was approached with, or that of the packet before: one of the two is nearly always right.
  FlowEntry* known(Plain const& noted) {
    if (noted.entry) last_ = noted.entry;
    if (!last_ || !FlowTable::still_holds(*last_, noted.key.hash)) last_ = table_.find(noted.key.hash);
    return last_;
  }

  /// The same for what read_plain read, where it goes on with a flow that is known. False, and nothing is done,
  /// otherwise.
  [[gnu::always_inline]] bool take_plain(Packet const& packet, Plain const& noted, FlowEntry* entry) {
    auto const ip = plain_datagram(packet);
    auto segment = plain_segment(ip);
    if (!entry || entry->list == FlowList::closed || !Tcp::is_usual(*entry, segment)) return false;
    segment.digest = noted.body;
    auto const origin = plain_origin(packet);
    if ((counts(segment) || ip.id) && options_.deduplicate &&
        duplicates_.is_copy(noted.digest, macs(origin.source_mac, origin.destination_mac), Identity::own, packet.time))
      return true;
    auto const way = way_of(*entry, noted.key);
    flows_.seen(*entry, way, packet.time);
    tcp_.take_usual(*entry, way, segment, origin, packet.time);
    return true;
  }

  [[gnu::always_inline]] void digest_plain(Packet const& packet, Plain& plain) {
    auto const ip = plain_datagram(packet);
    auto segment = plain_segment(ip);
    auto const body = digest_payload(segment);
    plain.body = segment.digest;
    plain.digest = digest(ip, segment, body);
    duplicates_.prefetch(plain.digest);
  }

  /// Whole; the half that TCP compares repetitions by stays in the segment.
  std::uint64_t digest_payload(TcpSegment& segment) const {
    auto const body = digest_(segment.payload);
    segment.digest = static_cast<std::uint32_t>(body);
    return body;
  }

  /// A bare ACK without an IP identification may well be said twice, and twice does no harm.
  static bool counts(TcpSegment const& segment) { return !segment.payload.empty() || (segment.flags & 7); }

  std::uint64_t digest(IpPacket const& ip, TcpSegment const& segment, std::uint64_t body) const {
    return digest_.mix(header_digest(ip), digest_.of_many(segment.header, body));
  }

  bool is_copy(Passing const& passing, TcpSegment const& segment, std::uint64_t body) {
    bool const identified = counts(segment) || (passing.ip.version == 4 && passing.ip.id);
    return identified && options_.deduplicate && passing.fresh &&
           is_copy(digest(passing.ip, segment, body), passing.frame, true, passing.packet.time);
  }

  FlowEntry* open_tcp(Passing const& passing, Ends const& ends, TcpSegment const& segment) {
    if (segment.has(TcpSegment::rst_flag)) return ++counters_.tcp_stray_reset, nullptr;
    bool const syn = segment.has(TcpSegment::syn_flag);
    bool const server =
        syn ? segment.has(TcpSegment::ack_flag) : sender_is_server(ends.source_port, ends.destination_port, true);
    auto& entry = flows_.open(passing.packet, passing.frame, passing.ip, ends, server);
    auto& flow = entry.flow;
    flow.midstream = flow.server_guessed = !syn;
    flow.state = segment.opens() ? FlowState::opening : FlowState::open;
    if (!syn) ++counters_.tcp_midstream;
    sink_.on_state(flow, passing.packet.number);
    return &entry;
  }

  void take_udp(Passing const& passing) {
    auto const octets = passing.ip.payload;
    if (octets.size() < 8) return void(++counters_.transport_truncated);
    auto const* at = octets.data();
    std::size_t const length = load_be16(at + 4), carried = octets.size() + passing.ip.missing;
    // Length 0 is that of a jumbogram (RFC 2675, 4) or of segmentation offload.
    if ((length && length < 8) || length > carried) return void(++counters_.transport_bad_length);
    auto payload = octets.subspan(8);
    if (length) payload = payload.first(std::min(payload.size(), length - 8));
    auto const missing = static_cast<std::uint32_t>((length ? length : carried) - 8 - payload.size());
    if (load_be16(at + 2) == port_vxlan) {
      auto const inner = read_vxlan(passing.frame, payload, missing, counters_);
      if (inner) return take_inside(passing.packet, inner, passing.depth);
    }
    take_ports(passing, Transport::udp, payload, missing);
  }

  void take_sctp(Passing const& passing) {
    if (passing.ip.payload.size() < 12) return void(++counters_.transport_truncated);
    take_ports(passing, Transport::sctp, passing.ip.payload.subspan(12), passing.ip.missing);
  }

  void take_ports(Passing const& passing, Transport transport, Bytes payload, std::uint32_t missing) {
    auto const source = load_be16(passing.ip.payload.data()), destination = load_be16(passing.ip.payload.data() + 2);
    take_datagram(passing, {key(passing, source, destination), transport, source, destination}, payload, missing);
  }

  void take_icmp(Passing const& passing) {
    auto const octets = passing.ip.payload;
    if (octets.size() < 4) return void(++counters_.transport_truncated);
    auto const counterpart = icmp_counterpart(passing.ip.protocol == protocol_icmp6, octets[0]);
    // A message without a counterpart has no way back: the mark keeps the reverse direction apart.
    std::uint32_t const other = counterpart ? *counterpart : octets[1] | 0x100u;
    take_datagram(passing,
                  {.key = key(passing, octets[0], other),
                   .transport = Transport::icmp,
                   .icmp_type = octets[0],
                   .icmp_code = octets[1]},
                  octets, passing.ip.missing);
  }

  void take_datagram(Passing const& passing, Ends const& ends, Bytes payload, std::uint32_t missing) {
    table_.prefetch(ends.key.hash);
    if (options_.deduplicate && passing.fresh && is_copy(passing, digest_(passing.ip.payload), false)) return;
    auto* entry = table_.find(ends.key.hash);
    if (!entry) {
      bool const server = ends.has_ports() && sender_is_server(ends.source_port, ends.destination_port, false);
      entry = &flows_.open(passing.packet, passing.frame, passing.ip, ends, server);
      entry->flow.server_guessed = server;
      sink_.on_state(entry->flow, passing.packet.number);
    }
    auto const way = way_of(*entry, ends.key);
    flows_.seen(*entry, way, passing.packet.time);
    deliver(*entry, way, passing.packet, passing.frame, payload, missing);
  }

  void take_ethernet(Packet const& packet, LinkFrame const& frame) {
    auto const key = flow_key(digest_, frame, vlans(frame));
    table_.prefetch(key.hash);
    if (options_.deduplicate) {
      auto const digest = digest_(frame.payload, std::uint64_t{frame.ethertype} << 32 | macs(frame));
      if (is_copy(digest, frame, counts_itself(frame.ethertype), packet.time)) return;
    }
    auto* entry = table_.find(key.hash);
    if (!entry) {
      entry = &flows_.open_ethernet(packet, frame, key);
      sink_.on_state(entry->flow, packet.number);
    }
    flows_.seen(*entry, Direction::to_server, packet.time);
    deliver(*entry, Direction::to_server, packet, frame, frame.payload, frame.missing);
  }

  void deliver(FlowEntry& entry, Direction way, Packet const& packet, LinkFrame const& frame, Bytes payload,
               std::uint32_t missing) {
    if (payload.empty()) return;
    ++counters_.segments;
    counters_.segment_octets += payload.size();
    sink_.on_segment({.time = packet.time,
                      .frame = packet.number,
                      .flow = entry.flow,
                      .way = way,
                      .payload = payload,
                      .missing = missing,
                      .source_mac = frame.source,
                      .destination_mac = frame.destination,
                      .vlan_priority = entry.flow.transport == Transport::ethernet ? frame.priority : std::nullopt});
  }

  NetworkOptions options_;
  SegmentSink& sink_;
  Digest digest_;
  NetworkCounters counters_;
  DuplicateFilter duplicates_;
  FragmentTable fragments_;
  FlowTable table_;
  Tcp tcp_;
  Flows flows_;

  std::array<Plain, PacketSink::most_at_once> noted_{};  ///< of the packets approached last, in their order
  std::size_t noted_count_ = 0, next_noted_ = 0;
  FlowEntry* last_ = nullptr;  ///< of the packet taken last, as far as it was noted; may hold another flow since
};

Network::Network(NetworkOptions const& options, SegmentSink& sink, HashKey key)
    : line_(std::make_unique<Line>(options, sink, key)) {}
Network::~Network() = default;

void Network::on_packet(Packet const& packet) { line_->take(packet); }
void Network::approach(std::span<Packet const> packets) { line_->approach(packets); }
void Network::finish() { line_->finish(); }
NetworkCounters const& Network::counters() const { return line_->counters(); }

}  // namespace greywatch::agent
