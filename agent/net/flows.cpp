#include "agent/net/flows.hpp"

namespace greywatch::agent {

/// A conversation is what both ends take part in, beyond a handshake's half, or what goes on for a while.
void Flows::consider(FlowEntry& entry) {
  constexpr std::uint16_t handshake = 3, many = 8;
  constexpr Duration a_while = std::chrono::seconds(10);
  bool const both = entry.client_spoke && entry.server_spoke;
  bool const talks = both && (entry.packets >= handshake || entry.flow.transport != Transport::tcp);
  bool const lasts = entry.packets >= many && entry.flow.last - entry.flow.first >= a_while;
  if (talks || lasts) table_.move(entry, FlowList::established);
}

void Flows::make_room(Time now) {
  // Two for each new one: tombstones cannot pile up.
  for (int n = 0; n < 2; ++n) {
    auto* closed = table_.oldest(FlowList::closed);
    if (!closed || now - closed->flow.last <= options_.closed_linger) break;
    table_.erase(*closed);
  }
  if (!table_.full()) return;
  auto& victim = *table_.victim(now);
  if (victim.list == FlowList::closed) return table_.erase(victim);
  auto& count = victim.list == FlowList::fresh                  ? counters_.flows_evicted_new
                : now - victim.flow.last > options_.stale_after ? counters_.flows_evicted_stale
                                                                : counters_.flows_evicted_established;
  ++count;
  tcp_.end(victim, FlowState::evicted, now);
}

FlowEntry& Flows::insert(FlowKey const& key, LinkFrame const& frame, Time time) {
  make_room(time);
  auto& entry = table_.insert(key.hash);
  auto& flow = entry.flow;
  flow.id = ++counters_.flows_opened;
  ++counters_.flows_live;
  flow.first = flow.last = time;
  flow.ethertype = frame.ethertype;
  if (frame.vlan) flow.vlan = frame.vlan;
  return entry;
}

FlowEntry& Flows::open(Packet const& packet, LinkFrame const& frame, IpPacket const& ip, Ends const& ends,
                       bool sender_is_server) {
  auto& entry = insert(ends.key, frame, packet.time);
  auto& flow = entry.flow;
  auto& sender = sender_is_server ? flow.server : flow.client;
  auto& receiver = sender_is_server ? flow.client : flow.server;
  Bytes const source(ip.source, ip.address_octets()), destination(ip.destination, ip.address_octets());
  sender.ip = ip.version == 4 ? Ip::v4(source) : Ip::v6(source);
  receiver.ip = ip.version == 4 ? Ip::v4(destination) : Ip::v6(destination);
  if (frame.has_macs) sender.mac = frame.source;
  if (frame.has_macs && packet.link == LinkType::ethernet) receiver.mac = frame.destination;
  if (ends.has_ports()) {
    sender.port = ends.source_port;
    receiver.port = ends.destination_port;
  }
  flow.transport = ends.transport;
  flow.ip_protocol = ip.protocol;
  flow.icmp_type = ends.icmp_type;
  flow.icmp_code = ends.icmp_code;
  entry.client_is_first = ends.key.sender_is_first != sender_is_server;
  return entry;
}

FlowEntry& Flows::open_ethernet(Packet const& packet, LinkFrame const& frame, FlowKey const& key) {
  auto& entry = insert(key, frame, packet.time);
  if (frame.has_macs) entry.flow.client.mac = frame.source;
  if (frame.has_macs && packet.link == LinkType::ethernet) entry.flow.server.mac = frame.destination;
  entry.flow.transport = Transport::ethernet;
  entry.client_is_first = key.sender_is_first;
  return entry;
}

}  // namespace greywatch::agent
