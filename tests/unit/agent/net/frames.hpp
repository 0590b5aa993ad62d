#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/network.hpp"
#include "agent/packet.hpp"
#include "agent/segment.hpp"
#include "tests/support/octets.hpp"

namespace greywatch::agent::test {

using Octets = std::vector<std::uint8_t>;
using greywatch::test::octets;

inline Octets text(std::string_view letters) { return {letters.begin(), letters.end()}; }
inline Octets operator+(Octets a, Octets const& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
inline Octets be16(unsigned value) { return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)}; }
inline Octets be32(std::uint32_t value) { return be16(value >> 16) + be16(value & 0xFFFF); }

// Names of two hosts, everywhere in these tests: a is the client 10.0.0.1, b the server 10.0.0.2.
inline Octets const mac_a = octets("020000000001"), mac_b = octets("020000000002"), mac_m = octets("0200000000ee");
inline Octets const ip_a = octets("0a000001"), ip_b = octets("0a000002");
inline Octets const ip6_a = octets("20010db8000000000000000000000001"),
                    ip6_b = octets("20010db8000000000000000000000002");

inline Octets ethernet(unsigned ethertype, Octets const& payload, Octets const& source = mac_a,
                       Octets const& destination = mac_b) {
  return destination + source + be16(ethertype) + payload;
}

struct Ip4 {
  Octets source = ip_a, destination = ip_b;
  unsigned protocol = 6, id = 0, flags_and_offset = 0, ttl = 64;
  int total = -1;  ///< the true one when negative
};
inline Octets ipv4(Ip4 const& ip, Octets const& payload) {
  auto const total = ip.total < 0 ? static_cast<unsigned>(20 + payload.size()) : static_cast<unsigned>(ip.total);
  return octets("4500") + be16(total) + be16(ip.id) + be16(ip.flags_and_offset) +
         Octets{static_cast<std::uint8_t>(ip.ttl), static_cast<std::uint8_t>(ip.protocol), 0, 0} + ip.source +
         ip.destination + payload;
}
inline Octets ipv6(unsigned next_header, Octets const& payload, Octets const& source = ip6_a,
                   Octets const& destination = ip6_b) {
  return octets("60000000") + be16(static_cast<unsigned>(payload.size())) +
         Octets{static_cast<std::uint8_t>(next_header), 64} + source + destination + payload;
}

inline constexpr unsigned fin = 1, syn = 2, rst = 4, psh = 8, ack = 16;
struct Tcp {
  unsigned source = 49200, destination = 2404;
  std::uint32_t sequence = 0, acknowledgement = 0;
  unsigned flags = psh | ack;
};
inline Octets tcp(Tcp const& header, Octets const& payload = {}) {
  return be16(header.source) + be16(header.destination) + be32(header.sequence) + be32(header.acknowledgement) +
         Octets{0x50, static_cast<std::uint8_t>(header.flags)} + octets("2000 0000 0000") + payload;
}
inline Octets udp(unsigned source, unsigned destination, Octets const& payload) {
  return be16(source) + be16(destination) + be16(static_cast<unsigned>(8 + payload.size())) + octets("0000") + payload;
}

/// Writes down all that the network tells, with owned octets.
class Recorder final : public SegmentSink {
 public:
  struct Said {
    std::uint64_t flow, frame;
    Direction way;
    std::string payload;
    std::uint32_t gap, missing;
  };
  struct Closed {
    std::uint64_t flow;
    FlowState state;
  };
  void on_segment(Segment const& segment) override {
    said.push_back({segment.flow.id,
                    segment.frame,
                    segment.way,
                    {segment.payload.begin(), segment.payload.end()},
                    segment.gap,
                    segment.missing});
    flow = segment.flow;
  }
  void on_state(Flow& changed, std::uint64_t) override { states.push_back(changed.state), flow = changed; }
  void on_conflict(Conflict const& conflict) override {
    conflicts.emplace_back(conflict.payload.begin(), conflict.payload.end());
    conflict_mac = conflict.source_mac;
  }
  void on_close(Flow& closing) override { closed.push_back({closing.id, closing.state}); }

  std::string all(Direction way) const {
    std::string stream;
    for (auto const& one : said) {
      if (one.way == way) stream += one.payload;
    }
    return stream;
  }

  std::vector<Said> said;
  std::vector<FlowState> states;
  std::vector<Closed> closed;
  std::vector<std::string> conflicts;
  Mac conflict_mac;
  Flow flow;  ///< as it was last seen
};

/// A network with a recorder; each packet comes 10 ms after the one before unless told otherwise.
struct Bench {
  explicit Bench(NetworkOptions const& options = {}) : network(options, recorder, HashKey{1, 2}) {}

  void frame(Octets const& octets, LinkType link = LinkType::ethernet, std::uint32_t original_length = 0) {
    now += step;
    Packet const packet{
        .time = now,
        .number = ++number,
        .octets = octets,
        .original_length = original_length ? original_length : static_cast<std::uint32_t>(octets.size()),
        .link = link};
    network.on_packet(packet);
  }
  void ip(Octets const& packet) { frame(packet, LinkType::raw_ip); }
  /// One TCP segment of host a to b's port 2404.
  void a(std::uint32_t sequence, std::string_view payload = {}, unsigned flags = psh | ack,
         std::uint32_t acknowledgement = 0) {
    ip(ipv4({.id = ++id},
            tcp({.sequence = sequence, .acknowledgement = acknowledgement, .flags = flags}, text(payload))));
  }
  /// One of host b to a.
  void b(std::uint32_t sequence, std::string_view payload = {}, unsigned flags = psh | ack,
         std::uint32_t acknowledgement = 0) {
    ip(ipv4({.source = ip_b, .destination = ip_a, .id = ++id}, tcp({.source = 2404,
                                                                    .destination = 49200,
                                                                    .sequence = sequence,
                                                                    .acknowledgement = acknowledgement,
                                                                    .flags = flags},
                                                                   text(payload))));
  }
  /// Handshake: a's stream begins at 1001, b's at 5001.
  void connect() {
    a(1000, {}, syn);
    b(5000, {}, syn | ack, 1001);
    a(1001, {}, ack, 5001);
  }
  NetworkCounters const& counters() const { return network.counters(); }

  Recorder recorder;
  Network network;
  Time now = from_unix_ns(1'700'000'000'000'000'000);
  Duration step = std::chrono::milliseconds(10);
  std::uint64_t number = 0;
  unsigned id = 0;
};

}  // namespace greywatch::agent::test
