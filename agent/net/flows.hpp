#pragma once
#include "agent/net/counters.hpp"
#include "agent/net/flow_key.hpp"
#include "agent/net/flow_table.hpp"
#include "agent/net/options.hpp"
#include "agent/net/tcp.hpp"

namespace greywatch::agent {

/// Who speaks to whom in one packet.
struct Ends {
  FlowKey key;
  Transport transport = Transport::other;
  std::uint16_t source_port = 0, destination_port = 0;  ///< where the transport has ports
  std::uint8_t icmp_type = 0, icmp_code = 0;

  bool has_ports() const {
    return transport == Transport::tcp || transport == Transport::udp || transport == Transport::sctp;
  }
};

/// Which way a packet of a flow goes.
inline Direction way_of(FlowEntry const& entry, FlowKey const& key) {
  return key.sender_is_first == entry.client_is_first ? Direction::to_server : Direction::to_client;
}

/// Begins flows, makes room for them and tells conversations from noise.
class Flows {
 public:
  Flows(NetworkOptions const& options, FlowTable& table, Tcp& tcp, NetworkCounters& counters)
      : options_(options), table_(table), tcp_(tcp), counters_(counters) {}

  /// A new flow, whose key the table must not hold. May evict another one.
  FlowEntry& open(Packet const& packet, LinkFrame const& frame, IpPacket const& ip, Ends const& ends,
                  bool sender_is_server);
  FlowEntry& open_ethernet(Packet const& packet, LinkFrame const& frame, FlowKey const& key);
  /// Notes a packet of the flow.
  void seen(FlowEntry& entry, Direction way, Time time) {
    entry.flow.last = time;
    if (entry.packets != 0xFFFF) ++entry.packets;
    if (way == Direction::to_server)
      entry.client_spoke = true;
    else
      entry.server_spoke = true;
    if (entry.list == FlowList::fresh) consider(entry);
  }

 private:
  FlowEntry& insert(FlowKey const& key, LinkFrame const& frame, Time time);
  void make_room(Time now);
  void consider(FlowEntry& entry);

  NetworkOptions const& options_;
  FlowTable& table_;
  Tcp& tcp_;
  NetworkCounters& counters_;
};

}  // namespace greywatch::agent
