#include "agent/net/duplicates.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;
using namespace std::chrono_literals;

namespace {

Octets poll(unsigned id, unsigned ttl = 64) {
  return ipv4({.protocol = 17, .id = id, .ttl = ttl}, udp(40000, 40001, text("poll")));
}

/// Both packets on one network, `distance` apart; how many were delivered.
std::size_t delivered(Octets const& first, Octets const& second, Duration distance, NetworkCounters* counters = nullptr,
                      NetworkOptions const& options = {}) {
  Bench bench(options);
  bench.step = distance;
  bench.frame(first);
  bench.frame(second);
  if (counters) *counters = bench.counters();
  return bench.recorder.said.size();
}

}  // namespace

TEST_CASE("the second copy of a mirror is dropped and counted", "[agent][net][duplicates]") {
  NetworkCounters counters;
  auto const frame = ethernet(0x0800, poll(7));
  CHECK(delivered(frame, frame, 100us, &counters) == 1);
  CHECK(counters.duplicates_mirror == 1);
  CHECK(counters.duplicate_ratio() == 0.5);
}

TEST_CASE("a copy behind a router is told from one of a mirror", "[agent][net][duplicates]") {
  NetworkCounters counters;
  auto const routed = ethernet(0x8100, octets("0014 0800") + poll(7, 63), mac_m, mac_b);
  CHECK(delivered(ethernet(0x0800, poll(7)), routed, 1ms, &counters) == 1);
  CHECK(counters.duplicates_forwarded == 1);
}

TEST_CASE("the same words said again are no copy", "[agent][net][duplicates]") {
  auto const one = ethernet(0x0800, poll(7)), next = ethernet(0x0800, poll(8));
  CHECK(delivered(one, next, 100us) == 2);  // another identification
  CHECK(delivered(one, one, 5ms) == 2);     // beyond the window
  auto const anonymous = ethernet(0x0800, poll(0));
  CHECK(delivered(anonymous, anonymous, 1ms) == 2);  // no identification: a short window only
  CHECK(delivered(anonymous, anonymous, 100us) == 1);
  auto const cyclic = ethernet(0x8892, text("same process data"));
  CHECK(delivered(cyclic, cyclic, 1ms) == 2);
  auto const goose = ethernet(0x88B8, text("with its own sqNum"));
  CHECK(delivered(goose, goose, 1ms) == 1);
}

TEST_CASE("what another capture holds is no copy", "[agent][net][duplicates]") {
  auto const frame = ethernet(0x0800, poll(7));
  Bench bench;
  bench.step = 0us;
  bench.frame(frame);
  bench.network.finish();
  bench.frame(frame);
  CHECK(bench.recorder.said.size() == 2);
  CHECK(bench.counters().duplicates_mirror == 0);
}

TEST_CASE("the option turns duplicate recognition off", "[agent][net][duplicates]") {
  auto const frame = ethernet(0x0800, poll(7));
  CHECK(delivered(frame, frame, 10us, nullptr, {.deduplicate = false}) == 2);
}

TEST_CASE("the copy of the other LAN or ring direction is dropped", "[agent][net][duplicates]") {
  NetworkCounters counters;
  auto const lan = [](std::string_view trailer) {
    return ethernet(0x8892, octets("0001000A00000000 6100") + octets(trailer));
  };
  CHECK(delivered(lan("1234 A010 88FB"), lan("1234 B010 88FB"), 10ms, &counters) == 1);
  CHECK(counters.duplicates_redundant == 1);
  CHECK(delivered(lan("1234 A010 88FB"), lan("1235 B010 88FB"), 10ms) == 2);
  auto const ring = [](std::string_view tag) { return ethernet(0x892F, octets(tag) + octets("88BA 4000 0001")); };
  CHECK(delivered(ring("000A 0042"), ring("100A 0042"), 10ms) == 1);
}

TEST_CASE("a TCP retransmission after its timer is no copy, and neither is one with other octets",
          "[agent][net][duplicates]") {
  auto const segment = [](unsigned id, std::string_view payload) {
    return ethernet(0x0800, ipv4({.id = id}, tcp({.sequence = 1}, text(payload))));
  };
  NetworkCounters counters;
  delivered(segment(1, "abcd"), segment(2, "abcd"), 200ms, &counters);
  CHECK(counters.tcp_retransmissions == 1);
  CHECK(counters.duplicate_ratio() == 0);
  delivered(segment(1, "abcd"), segment(1, "abXd"), 100us, &counters);
  CHECK(counters.duplicate_ratio() == 0);
  CHECK(counters.tcp_conflicts == 1);
}

TEST_CASE("a packet time that goes back a little still finds the copy", "[agent][net][duplicates]") {
  Bench bench;
  bench.frame(ethernet(0x0800, poll(7)));
  bench.step = -100us;
  bench.frame(ethernet(0x0800, poll(7)));
  CHECK(bench.recorder.said.size() == 1);
}

TEST_CASE("a digest that was pushed out of the table lets its copy pass", "[agent][net][duplicates]") {
  Bench bench({.duplicate_entries = 4});
  bench.step = 1us;
  for (unsigned id = 1; id <= 5; ++id) bench.frame(ethernet(0x0800, poll(id)));
  bench.frame(ethernet(0x0800, poll(1)));
  CHECK(bench.recorder.said.size() == 6);
  bench.frame(ethernet(0x0800, poll(5)));
  CHECK(bench.recorder.said.size() == 6);
}
