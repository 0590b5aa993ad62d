#include "agent/net/tunnel.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;

namespace {

Octets const ip_c = octets("c0000201"), ip_d = octets("c0000202");  // the tunnel's ends: 192.0.2.1 and .2
Octets const hello = ipv4({.protocol = 17, .id = 7}, udp(40000, 2000, text("hello")));
Octets const hello_frame = ethernet(0x0800, hello, mac_b, mac_a);

Octets between(unsigned protocol, Octets const& payload) {
  return ipv4({.source = ip_c, .destination = ip_d, .protocol = protocol, .id = 9}, payload);
}
Octets gre(std::string_view header, Octets const& payload) { return between(47, octets(header) + payload); }

struct Case {
  char const* name;
  Octets packet;
  std::uint64_t NetworkCounters::* counter;
};

std::vector<Case> cases() {
  return {
      {"IP in IP", between(4, hello), &NetworkCounters::tunnels_ip},
      {"IPv6 in IPv4", between(41, ipv6(17, udp(40000, 2000, text("hello")))), &NetworkCounters::tunnels_ip},
      {"GRE", gre("0000 0800", hello), &NetworkCounters::tunnels_gre},
      {"GRE with checksum, key and sequence", gre("B000 0800 00000000 00000001 00000002", hello),
       &NetworkCounters::tunnels_gre},
      {"NVGRE", gre("2000 6558 00123400", hello_frame), &NetworkCounters::tunnels_gre},
      {"ERSPAN I", gre("0000 88BE", hello_frame), &NetworkCounters::tunnels_erspan},
      {"ERSPAN II", gre("1000 88BE 00000001 1000 0001 00000000", hello_frame), &NetworkCounters::tunnels_erspan},
      {"ERSPAN III", gre("1000 22EB 00000001 2000 0001 00000000 0000 0000", hello_frame),
       &NetworkCounters::tunnels_erspan},
      {"ERSPAN III with a platform header",
       gre("1000 22EB 00000001 2000 0001 00000000 0000 0001 0102030405060708", hello_frame),
       &NetworkCounters::tunnels_erspan},
      {"VXLAN", between(17, udp(50000, 4789, octets("08000000 00007B00") + hello_frame)),
       &NetworkCounters::tunnels_vxlan},
      {"GRE with MPLS", gre("0000 8847", octets("00010140") + hello), &NetworkCounters::tunnels_mpls},
  };
}

}  // namespace

TEST_CASE("what a tunnel carries is read as if it had been captured there", "[agent][net][tunnel]") {
  for (auto const& one : cases()) {
    INFO(one.name);
    Bench bench;
    bench.frame(ethernet(0x0800, one.packet));
    REQUIRE(bench.recorder.said.size() == 1);
    CHECK(bench.recorder.said[0].payload == "hello");
    CHECK(bench.recorder.said[0].frame == 1);
    CHECK(bench.recorder.flow.client.port == 40000);
    CHECK(bench.network.counters().*one.counter == 1);
  }
}

TEST_CASE("labels of MPLS are taken off, over IP and over an Ethernet pseudowire", "[agent][net][tunnel]") {
  for (auto const& frame :
       {ethernet(0x8847, octets("00010040 00020140") + hello), ethernet(0x8848, octets("00020140") + hello),
        ethernet(0x8847, octets("00020140 00000000") + hello_frame)}) {
    Bench bench;
    bench.frame(frame);
    REQUIRE(bench.recorder.said.size() == 1);
    CHECK(bench.recorder.said[0].payload == "hello");
    CHECK(bench.network.counters().tunnels_mpls == 1);
  }
}

TEST_CASE("the inner frame's addresses and VLAN are those of its flow", "[agent][net][tunnel]") {
  Bench bench;
  auto const inner = mac_b + mac_a + octets("8100 0005 0800") + hello;
  bench.frame(ethernet(0x0800, gre("0000 88BE", inner), mac_m, mac_m));
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.flow.vlan == 5);
  REQUIRE(bench.recorder.flow.client.mac);
  CHECK(to_string(*bench.recorder.flow.client.mac) == "02:00:00:00:00:01");
}

TEST_CASE("every prefix of a tunnelled packet is survived and delivers nothing false", "[agent][net][tunnel]") {
  for (auto const& one : cases()) {
    INFO(one.name);
    for (std::size_t length = 20; length < one.packet.size(); ++length) {
      Bench bench;
      bench.frame(
          ethernet(0x0800, Octets(one.packet.begin(), one.packet.begin() + static_cast<std::ptrdiff_t>(length))));
      for (auto const& said : bench.recorder.said) CHECK(said.payload.size() < 5);
    }
  }
}

TEST_CASE("tunnels in tunnels are opened four deep and no deeper", "[agent][net][tunnel]") {
  auto packet = hello;
  for (int depth = 1; depth <= 6; ++depth) {
    packet = between(4, packet);
    Bench bench;
    bench.ip(packet);
    CHECK(bench.recorder.said.size() == (depth <= 4 ? 1 : 0));
    CHECK(bench.network.counters().tunnels_too_deep == (depth <= 4 ? 0 : 1));
  }
}

TEST_CASE("what looks like a tunnel only by its port or version is left alone", "[agent][net][tunnel]") {
  Bench bench;
  bench.ip(between(17, udp(50000, 4789, octets("0C000000 00007B00") + hello_frame)));
  CHECK(bench.recorder.said.size() == 1);
  CHECK(bench.network.counters().tunnels_vxlan == 0);
  bench.ip(gre("0001 880B 00000000", hello));  // PPTP: version 1
  bench.ip(gre("0000 9000", hello));
  CHECK(bench.network.counters().tunnels_unknown == 2);
  CHECK(bench.recorder.said.size() == 1);
}

TEST_CASE("a mirrored copy in a tunnel is a copy of the packet beside it", "[agent][net][tunnel]") {
  Bench bench;
  bench.step = std::chrono::microseconds(10);
  bench.frame(ethernet(0x0800, hello));
  bench.frame(ethernet(0x0800, gre("0000 88BE", ethernet(0x0800, hello)), mac_m, mac_m));
  CHECK(bench.recorder.said.size() == 1);
}
