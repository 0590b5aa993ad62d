#include "tests/support/allocations.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;

namespace {

struct Silent final : SegmentSink {
  void on_segment(Segment const& segment) override { octets += segment.payload.size(); }
  void on_close(Flow&) override {}
  std::size_t octets = 0;
};

/// Opens, talks with holes, repetitions, fragments and datagrams, and closes; the same packets each round.
std::vector<Octets> traffic() {
  std::vector<Octets> packets;
  unsigned id = 0;
  for (unsigned port = 40000; port < 40020; ++port) {
    auto const up = [&](std::uint32_t sequence, std::string_view payload, unsigned flags) {
      packets.push_back(
          ipv4({.id = ++id},
               tcp({.source = port, .sequence = sequence, .acknowledgement = 501, .flags = flags}, text(payload))));
    };
    up(100, "", syn);
    packets.push_back(
        ipv4({.source = ip_b, .destination = ip_a, .id = ++id},
             tcp({.source = 2404, .destination = port, .sequence = 500, .acknowledgement = 101, .flags = syn | ack})));
    up(101, "abcd", psh | ack);
    up(109, "ijkl", psh | ack);
    up(105, "efgh", psh | ack);
    up(105, "efgh", psh | ack);
    up(113, "", rst | ack);
    auto const datagram = udp(port, 40001, text("0123456789abcdef"));
    packets.push_back(ipv4({.protocol = 17, .id = ++id, .flags_and_offset = 0x2000},
                           Octets(datagram.begin(), datagram.begin() + 16)));
    packets.push_back(
        ipv4({.protocol = 17, .id = id, .flags_and_offset = 2}, Octets(datagram.begin() + 16, datagram.end())));
  }
  return packets;
}

}  // namespace

TEST_CASE("after warm-up no packet allocates", "[agent][net]") {
  Silent sink;
  Network network({}, sink, HashKey{1, 2});
  auto const packets = traffic();
  auto now = from_unix_ns(1'700'000'000'000'000'000);
  std::uint64_t number = 0;
  auto const round = [&] {
    for (auto const& packet : packets) {
      now += std::chrono::milliseconds(10);
      network.on_packet({.time = now,
                         .number = ++number,
                         .octets = packet,
                         .original_length = static_cast<std::uint32_t>(packet.size()),
                         .link = LinkType::raw_ip});
    }
  };
  round();
  auto const before = greywatch::test::allocations(), octets = sink.octets;
  for (int n = 0; n < 10; ++n) round();
  CHECK(greywatch::test::allocations() == before);
  CHECK(sink.octets == 11 * octets);
}
