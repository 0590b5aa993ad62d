#include "agent/net/flow_table.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;

TEST_CASE("the table agrees with a map under random insertion and removal, at stable addresses",
          "[agent][net][flow_table]") {
  FlowTable table({.flows = 200});
  std::map<std::uint64_t, FlowEntry*> model;
  std::mt19937_64 random(7);
  for (int n = 0; n < 20000; ++n) {
    // Few distinct homes: long probes, and removals that have to move slots back.
    std::uint64_t const hash = random() % 300 * 0x100000001 + (random() % 4 << 40);
    auto* found = table.find(hash);
    auto const known = model.find(hash);
    REQUIRE(found == (known == model.end() ? nullptr : known->second));
    if (found) {
      table.erase(*found);
      model.erase(known);
    } else if (!table.full()) {
      model[hash] = &table.insert(hash);
    }
    REQUIRE(table.size() == model.size());
  }
  for (auto const& [hash, entry] : model) CHECK(table.find(hash) == entry);
}

TEST_CASE("a cleared table is empty and begins anew", "[agent][net][flow_table]") {
  FlowTable table({.flows = 3});
  for (int turn = 0; turn < 3; ++turn) {
    for (std::uint64_t hash = 1; hash <= 3; ++hash) table.insert(hash).packets = 9;
    table.move(*table.find(2), FlowList::closed);
    if (turn == 1) table.erase(*table.find(3));
    table.clear();
    CHECK(table.size() == 0);
    for (auto list : {FlowList::fresh, FlowList::established, FlowList::closed}) CHECK(!table.oldest(list));
    for (std::uint64_t hash = 1; hash <= 3; ++hash) CHECK(!table.find(hash));
  }
  CHECK(table.insert(2).packets == 0);
}

TEST_CASE("closed flows go first, then fresh ones, then stale ones, then the youngest established one",
          "[agent][net][flow_table]") {
  FlowTable table({.flows = 5, .stale_after = std::chrono::hours(1)});
  auto const noon = from_unix_ns(1'700'000'000'000'000'000);
  auto const add = [&](std::uint64_t hash, FlowList list, Duration silent) -> FlowEntry* {
    auto& entry = table.insert(hash);
    entry.flow.last = noon - silent;
    if (list != FlowList::fresh) table.move(entry, list);
    return &entry;
  };
  auto* const old = add(1, FlowList::established, {});
  auto* const stale = add(2, FlowList::established, std::chrono::hours(2));
  auto* const young = add(3, FlowList::established, {});
  auto* const fresh = add(4, FlowList::fresh, {});
  auto* const closed = add(5, FlowList::closed, {});
  REQUIRE(table.full());
  for (auto* expected : {closed, fresh, stale, young, old}) {
    auto* const victim = table.victim(noon);
    CHECK(victim == expected);
    table.erase(*victim);
  }
}

TEST_CASE("a flood of one-packet flows does not push out a conversation", "[agent][net][flow_table]") {
  Bench bench({.flows = 64});
  bench.step = std::chrono::microseconds(10);
  bench.connect();
  for (unsigned port = 1024; port < 11024; ++port) {
    bench.ip(ipv4({.id = port}, tcp({.source = port, .destination = 80, .sequence = port, .flags = syn})));
  }
  bench.a(1001, "still the same session", psh | ack, 5001);
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].flow == 1);
  CHECK(bench.counters().flows_evicted_established == 0);
  CHECK(bench.counters().flows_evicted_new == 10000 - 63);
  CHECK(bench.counters().flows_live == 64);
}

TEST_CASE("a flood of whole handshakes pushes out its own flows, not the old one", "[agent][net][flow_table]") {
  Bench bench({.flows = 64});
  bench.step = std::chrono::microseconds(10);
  bench.connect();
  for (unsigned port = 1024; port < 2024; ++port) {
    bench.ip(ipv4({.id = port}, tcp({.source = port, .destination = 80, .sequence = 1, .flags = syn})));
    bench.ip(ipv4({.source = ip_b, .destination = ip_a, .id = port},
                  tcp({.source = 80, .destination = port, .sequence = 1, .acknowledgement = 2, .flags = syn | ack})));
    bench.ip(ipv4({.id = port + 1},
                  tcp({.source = port, .destination = 80, .sequence = 2, .acknowledgement = 2, .flags = ack})));
  }
  CHECK(bench.counters().flows_evicted_established > 900);
  bench.a(1001, "still here", psh | ack, 5001);
  CHECK(bench.recorder.said.back().flow == 1);
}

TEST_CASE("a session that is silent for months goes on", "[agent][net][flow_table]") {
  Bench bench;
  bench.connect();
  bench.now += std::chrono::hours(24 * 90);
  bench.a(1001, "good morning", psh | ack, 5001);
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].flow == 1);
}

TEST_CASE("tombstones of closed connections are taken away and live flows counted without them",
          "[agent][net][flow_table]") {
  Bench bench({.flows = 8});
  for (unsigned port = 2000; port < 2100; ++port) {
    bench.ip(ipv4({.id = port}, tcp({.source = port, .destination = 80, .sequence = 1, .flags = syn})));
    bench.ip(ipv4({.source = ip_b, .destination = ip_a, .id = port},
                  tcp({.source = 80, .destination = port, .acknowledgement = 2, .flags = rst | ack})));
  }
  CHECK(bench.counters().flows_live == 0);
  CHECK(bench.recorder.closed.size() == 100);
  CHECK(bench.counters().flows_evicted_new == 0);
}
