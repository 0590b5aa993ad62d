#include "agent/net/fragments.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;

namespace {

constexpr unsigned more = 0x2000;

Octets part(Octets const& whole, std::size_t from, std::size_t to) {
  return {whole.begin() + static_cast<std::ptrdiff_t>(from), whole.begin() + static_cast<std::ptrdiff_t>(to)};
}
Octets fragment(Octets const& whole, std::size_t from, std::size_t to, unsigned id = 9) {
  unsigned const flags = (to < whole.size() ? more : 0) | static_cast<unsigned>(from / 8);
  return ipv4({.protocol = 17, .id = id, .flags_and_offset = flags}, part(whole, from, to));
}
Octets fragment6(Octets const& whole, std::size_t from, std::size_t to, unsigned id = 9) {
  return ipv6(
      44, octets("1100") + be16(static_cast<unsigned>(from | (to < whole.size()))) + be32(id) + part(whole, from, to));
}

Octets const datagram = udp(40000, 2000, text("0123456789abcdefghijklmnopqrstuvwxyz"));  // 44 octets
std::string const said = "0123456789abcdefghijklmnopqrstuvwxyz";

}  // namespace

TEST_CASE("fragments in any order become one datagram", "[agent][net][fragments]") {
  for (bool six : {false, true}) {
    std::vector<std::pair<std::size_t, std::size_t>> pieces{{0, 16}, {16, 24}, {24, 44}};
    std::sort(pieces.begin(), pieces.end());
    do {
      Bench bench;
      for (auto [from, to] : pieces) bench.ip(six ? fragment6(datagram, from, to) : fragment(datagram, from, to));
      REQUIRE(bench.recorder.said.size() == 1);
      CHECK(bench.recorder.said[0].payload == said);
      CHECK(bench.recorder.said[0].frame == 3);
      CHECK(bench.counters().fragments == 3);
      CHECK(bench.counters().fragments_reassembled == 1);
    } while (std::next_permutation(pieces.begin(), pieces.end()));
  }
}

TEST_CASE("overlapping IPv4 fragments keep what arrived first and count the conflict", "[agent][net][fragments]") {
  Bench bench;
  auto evil = datagram;
  for (std::size_t n = 16; n < 32; ++n) evil[n] = '!';
  bench.ip(fragment(datagram, 0, 24));
  bench.ip(fragment(evil, 16, 32));
  bench.ip(fragment(datagram, 32, 44));
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].payload == said.substr(0, 16) + "!!!!!!!!" + said.substr(24));
  CHECK(bench.counters().fragments_conflicting == 1);
}

TEST_CASE("overlapping IPv6 fragments void the datagram, copies do not", "[agent][net][fragments]") {
  Bench bench;
  bench.ip(fragment6(datagram, 0, 24));
  bench.ip(fragment6(datagram, 0, 24));
  bench.ip(fragment6(datagram, 24, 44));
  CHECK(bench.recorder.said.size() == 1);
  bench.ip(fragment6(datagram, 0, 24, 10));
  bench.ip(fragment6(datagram, 16, 44, 10));
  CHECK(bench.recorder.said.size() == 1);
  CHECK(bench.counters().fragments_overlapping == 1);
}

TEST_CASE("fragments with impossible lengths are refused", "[agent][net][fragments]") {
  Bench bench;
  bench.ip(ipv4({.protocol = 17, .id = 1, .flags_and_offset = more}, text("odd")));
  bench.ip(ipv4({.protocol = 17, .id = 2, .flags_and_offset = 0x1FFF}, Octets(64)));  // beyond 65535
  bench.ip(ipv4({.protocol = 17, .id = 3, .flags_and_offset = 4}, Octets(8)));        // the end at 40
  bench.ip(ipv4({.protocol = 17, .id = 3, .flags_and_offset = 8}, Octets(8)));        // the end at 72
  CHECK(bench.counters().fragments_bad == 3);
}

TEST_CASE("a full table drops the datagram that waits longest", "[agent][net][fragments]") {
  Bench bench({.fragment_datagrams = 2});
  bench.ip(fragment(datagram, 0, 16, 1));
  bench.ip(fragment(datagram, 0, 16, 2));
  bench.ip(fragment(datagram, 0, 16, 3));
  CHECK(bench.counters().fragments_table_full == 1);
  bench.ip(fragment(datagram, 16, 44, 2));
  bench.ip(fragment(datagram, 16, 44, 3));
  CHECK(bench.recorder.said.size() == 2);
}

TEST_CASE("what waits when the capture ends is given up and counted, and no part of the next capture's",
          "[agent][net][fragments]") {
  Bench bench;
  bench.ip(fragment(datagram, 0, 16, 1));
  bench.network.finish();
  CHECK(bench.counters().fragments_timed_out == 1);
  bench.ip(fragment(datagram, 16, 44, 1));
  CHECK(bench.recorder.said.empty());
}

TEST_CASE("the memory of fragments is bounded", "[agent][net][fragments]") {
  Bench bench({.fragment_octets = 3 * 8192});
  for (unsigned id = 1; id <= 5; ++id) bench.ip(fragment(datagram, 0, 16, id));
  CHECK(bench.counters().fragments_octets_full == 2);
  bench.ip(ipv4({.protocol = 17, .id = 77, .flags_and_offset = more | 2000}, Octets(64)));  // needs more than there is
  bench.ip(fragment(datagram, 16, 44, 77));
  CHECK(bench.recorder.said.empty());
}

TEST_CASE("a datagram whose rest does not come is given up by packet time", "[agent][net][fragments]") {
  Bench bench;
  bench.ip(fragment(datagram, 0, 16));
  bench.now += std::chrono::seconds(31);
  bench.ip(fragment(datagram, 16, 44));
  CHECK(bench.counters().fragments_timed_out == 1);
  CHECK(bench.recorder.said.empty());
}

TEST_CASE("a fragment that the capture cut short completes nothing", "[agent][net][fragments]") {
  Bench bench;
  auto const first = fragment(datagram, 0, 24);
  bench.frame(Octets(first.begin(), first.end() - 8), LinkType::raw_ip, static_cast<std::uint32_t>(first.size()));
  bench.ip(fragment(datagram, 24, 44));
  CHECK(bench.recorder.said.empty());
  CHECK(bench.counters().snapped == 1);
}
