#include "agent/net/ip.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;

TEST_CASE("Ethernet padding behind the IP total length is not payload", "[agent][net][ip]") {
  Bench bench;
  bench.frame(ethernet(0x0800, ipv4({.protocol = 17}, udp(40000, 2000, text("abc"))) + Octets(12, 0)));
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].payload == "abc");
  bench.frame(ethernet(0x0800, ipv4({}, tcp({.flags = syn})) + Octets(6, 0)));
  CHECK(bench.recorder.said.size() == 1);
}

TEST_CASE("total length 0, as segmentation offload leaves it, stands for the captured length", "[agent][net][ip]") {
  Bench bench;
  bench.ip(ipv4({.total = 0}, tcp({.sequence = 1}, text("offloaded"))));
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].payload == "offloaded");
}

TEST_CASE("a packet that claims more octets than the wire had is dropped as receivers do", "[agent][net][ip]") {
  Bench bench;
  bench.ip(ipv4({.protocol = 17, .total = 200}, udp(1, 2, text("x"))));
  CHECK(bench.recorder.said.empty());
  CHECK(bench.counters().ip_bad_length == 1);
}

TEST_CASE("what a short snap length kept is delivered and the rest is told as missing", "[agent][net][ip]") {
  Bench bench;
  auto const whole = ipv4({.protocol = 17}, udp(40000, 2000, text("0123456789")));
  bench.frame(Octets(whole.begin(), whole.end() - 4), LinkType::raw_ip, static_cast<std::uint32_t>(whole.size()));
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].payload == "012345");
  CHECK(bench.recorder.said[0].missing == 4);
  CHECK(bench.counters().snapped == 1);
  CHECK(bench.counters().snapped_octets == 4);
}

TEST_CASE("IPv6 extension headers are stepped over", "[agent][net][ip]") {
  // Hop-by-hop (router alert, RFC 2711), routing, destination options; RFC 8200, 4.
  auto const inner = udp(40000, 2000, text("deep"));
  auto const chain = octets("2B00 05020000 0100") + octets("3C00 000000000000") + octets("1100 0104 00000000") + inner;
  Bench bench;
  bench.ip(ipv6(0, chain));
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].payload == "deep");
  CHECK(bench.recorder.flow.ip_protocol == 17);
  CHECK(to_string(bench.recorder.flow.client.ip) == "2001:db8::1");
}

TEST_CASE("an endless or cut chain of extension headers is dropped and counted", "[agent][net][ip]") {
  Bench bench;
  Octets chain;
  for (int n = 0; n < 20; ++n) chain = chain + octets("3C00 010400000000");
  bench.ip(ipv6(60, chain));
  CHECK(bench.counters().ip_too_many_extensions == 1);
  bench.ip(ipv6(60, octets("1105 010400000000")));
  CHECK(bench.counters().ip_truncated == 1);
}

TEST_CASE("an atomic IPv6 fragment is a whole datagram", "[agent][net][ip]") {
  Bench bench;  // RFC 6946
  bench.ip(ipv6(44, octets("1100 0000 00000009") + udp(40000, 2000, text("atom"))));
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].payload == "atom");
  CHECK(bench.counters().fragments == 0);
}

TEST_CASE("UDP lengths are believed only as far as the packet goes", "[agent][net][ip]") {
  Bench bench;
  bench.ip(ipv4({.protocol = 17, .id = 1}, octets("9C40 07D0 0007 0000") + text("x")));
  bench.ip(ipv4({.protocol = 17, .id = 2}, octets("9C40 07D0 0100 0000") + text("x")));
  CHECK(bench.counters().transport_bad_length == 2);
  bench.ip(ipv4({.protocol = 17, .id = 3}, octets("9C40 07D0 000A 0000") + text("okpad")));
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].payload == "ok");
}

TEST_CASE("SCTP, ICMP and other IP protocols have flows and payloads", "[agent][net][ip]") {
  Bench bench;
  bench.ip(ipv4({.protocol = 132}, octets("0B59 0B59 00000000 00000000") + text("chunks")));
  CHECK(bench.recorder.flow.transport == Transport::sctp);
  CHECK(bench.recorder.said.back().payload == "chunks");
  bench.ip(ipv4({.protocol = 1}, octets("0800 0000 0001 0001") + text("ping")));
  CHECK(bench.recorder.flow.transport == Transport::icmp);
  CHECK(bench.recorder.said.back().payload.size() == 12);
  bench.ip(ipv4({.source = ip_b, .destination = ip_a, .protocol = 1}, octets("0000 0000 0001 0001") + text("pong")));
  CHECK(bench.recorder.said.back().way == Direction::to_client);
  CHECK(bench.recorder.flow.icmp_type == 8);
  bench.ip(ipv4({.protocol = 89}, text("ospf")));
  CHECK(bench.recorder.flow.transport == Transport::other);
  CHECK(bench.recorder.flow.ip_protocol == 89);
  CHECK(bench.counters().flows_live == 3);
}

TEST_CASE("who spoke first on UDP is the client unless the ports say otherwise", "[agent][net][ip]") {
  Bench bench;
  bench.ip(ipv4({.protocol = 17, .id = 1}, udp(50000, 50001, text("q"))));
  CHECK(bench.recorder.flow.client.port == 50000);
  CHECK_FALSE(bench.recorder.flow.server_guessed);
  bench.ip(ipv4({.protocol = 17, .id = 2}, udp(47808, 50001, text("answer to a question before the capture"))));
  CHECK(bench.recorder.flow.server.port == 47808);
  CHECK(bench.recorder.flow.server_guessed);
  CHECK(bench.recorder.said.back().way == Direction::to_client);
}
