#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "agent/ship/uplink.hpp"
#include "tests/e2e/link_support.hpp"

using namespace greywatch;
using namespace greywatch::test;
using std::chrono::milliseconds;

namespace {

/// Each number from 0 to below `count` is in the store once, and nothing else.
void check_exactly_once(MemoryStore const& store, std::uint64_t count) {
  std::map<std::uint64_t, int> seen;
  for (auto const& [id, finding] : store.findings()) ++seen[finding.frame];
  CHECK(seen.size() == count);
  CHECK(std::ranges::all_of(seen, [&](auto const& entry) { return entry.first < count && entry.second == 1; }));
}

}  // namespace

TEST_CASE("a finding on a healthy link reaches the store at once", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> left(200), arrived(200);
  store.on_new = [&](Finding const& finding) { arrived[finding.frame] = Clock::now(); };
  auto ingest = started(plant.ingest_options(), store);
  auto shipper = started(plant.ship_options(ingest->port(), "sub-1"));
  REQUIRE(eventually([&] { return shipper->counters().uplink.connected; }));
  for (std::uint64_t i = 0; i < 200; ++i) {
    left[i] = Clock::now();
    REQUIRE(shipper->offer(numbered_finding(i)));
    std::this_thread::sleep_for(milliseconds{3});
  }
  REQUIRE(eventually([&] { return store.size() == 200; }));
  std::vector<double> took;
  for (std::size_t i = 0; i < 200; ++i)
    took.push_back(std::chrono::duration<double, std::milli>(arrived[i] - left[i]).count());
  std::ranges::sort(took);
  WARN("finding to store: median " << took[100] << " ms, p99 " << took[198] << " ms");
  CHECK(took[198] < 100);
  check_exactly_once(store, 200);
  auto const finding = store.findings().begin()->second;
  CHECK(finding.id.starts_with("sub-1-" + std::to_string(shipper->epoch()) + "-"));
  CHECK(finding.node == "sub-1");
  REQUIRE(eventually([&] { return shipper->counters().spool.waiting == 0; }));
  CHECK(shipper->counters().offered == 200);
  CHECK(shipper->counters().refused == 0);
  CHECK(store.duplicates() == 0);
}

TEST_CASE("every finding is stored exactly once although the collector dies again and again", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto options = plant.ingest_options();
  auto ingest = started(options, store);
  options.port = ingest->port();
  auto ship = plant.ship_options(ingest->port(), "sub-1");
  ship.uplink.batch_octets = 2000;
  ship.uplink.retry_first = ship.uplink.retry_most = milliseconds{2};
  auto shipper = started(ship);
  std::uint64_t sent = 0;
  std::minstd_rand random(1);
  for (int round = 0; round < 25; ++round) {
    for (int i = 0; i < 200; ++i) REQUIRE(shipper->offer(numbered_finding(sent++)));
    std::this_thread::sleep_for(std::chrono::microseconds{10'000 + random() % 60'000});
    ingest.reset();
    if (round % 3 == 0) std::this_thread::sleep_for(milliseconds{random() % 30});
    ingest = started(options, store);
  }
  REQUIRE(eventually([&] { return store.size() == sent; }));
  check_exactly_once(store, sent);
  CHECK(shipper->counters().uplink.connects > 3);
  WARN("connects " << shipper->counters().uplink.connects << ", duplicates that the store dropped "
                   << store.duplicates());
}

TEST_CASE("every finding is stored exactly once although the agent restarts in the middle", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  std::uint64_t sent = 0;
  for (int round = 0; round < 10; ++round) {
    auto shipper = started(plant.ship_options(ingest->port(), "sub-1"));
    for (int i = 0; i < 300; ++i) REQUIRE(shipper->offer(numbered_finding(sent++)));
    std::this_thread::sleep_for(milliseconds{round});
    shipper->stop();
    CHECK_FALSE(shipper->offer(numbered_finding(0)));
  }
  auto const shipper = started(plant.ship_options(ingest->port(), "sub-1"));
  REQUIRE(eventually([&] { return store.size() == sent; }));
  check_exactly_once(store, sent);
}

TEST_CASE("findings wait in the spool until there is a collector", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto options = plant.ingest_options();
  options.port = started(options, store)->port();  // free again
  auto shipper = started(plant.ship_options(options.port, "sub-1"));
  for (std::uint64_t i = 0; i < 5000; ++i) REQUIRE(shipper->offer(numbered_finding(i)));
  REQUIRE(eventually([&] { return shipper->counters().spool.waiting == 5000; }));
  CHECK(shipper->counters().uplink.trouble.find("refused") != std::string::npos);
  auto const ingest = started(options, store);
  REQUIRE(eventually([&] { return store.size() == 5000; }));
  check_exactly_once(store, 5000);
  // Many findings a batch, well compressed.
  REQUIRE(eventually([&] { return shipper->counters().spool.waiting == 0; }));
  CHECK(shipper->counters().uplink.batches < 50);
  CHECK(shipper->counters().uplink.octets < 5000 * 40);
}

TEST_CASE("a store that is full or fails holds findings back and loses none", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto shipper = started(plant.ship_options(ingest->port(), "sub-1"));
  REQUIRE(eventually([&] { return shipper->counters().uplink.connected; }));
  store.set_full(true);
  for (std::uint64_t i = 0; i < 100; ++i) REQUIRE(shipper->offer(numbered_finding(i)));
  REQUIRE(eventually([&] { return ingest->counters().queue_full > 3; }));
  CHECK(store.size() == 0);
  store.set_full(false);
  REQUIRE(eventually([&] { return store.size() == 100; }));

  store.set_failing(true);
  for (std::uint64_t i = 100; i < 200; ++i) REQUIRE(shipper->offer(numbered_finding(i)));
  REQUIRE(eventually([&] { return ingest->counters().commit_failures > 1; }));
  CHECK(eventually([&] { return shipper->counters().uplink.refusals > 0; }));
  store.set_failing(false);
  REQUIRE(eventually([&] { return store.size() == 200; }));
  check_exactly_once(store, 200);
}

TEST_CASE("heartbeats show health, coverage, clock and spool of an agent", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto shipper = started(plant.ship_options(ingest->port(), "sub-1"));
  shipper->set_health(
      {{"capture.eth0.packets", 12}, {"Bad Name", 1}, {"nan", std::numeric_limits<double>::quiet_NaN()}}, 0.75);
  shipper->offer(numbered_finding(0));
  REQUIRE(eventually([&] {
    auto const agents = ingest->agents();
    return agents.size() == 1 && agents[0].coverage && agents[0].clock_offset_seconds &&
           shipper->counters().uplink.clock_offset_seconds;
  }));
  auto const agent = ingest->agents().front();
  CHECK(agent.node == "sub-1");
  CHECK(agent.connected);
  CHECK(agent.address == "127.0.0.1");
  CHECK(agent.version == "0.1.0-test");
  CHECK(agent.protocol == link::protocol_version);
  CHECK_FALSE(agent.skewed);
  CHECK(agent.coverage == 0.75);
  CHECK(agent.health == std::vector<link::Health>{{"capture.eth0.packets", 12}});
  CHECK(std::abs(*agent.clock_offset_seconds) < 0.2);
  CHECK(std::abs(*shipper->counters().uplink.clock_offset_seconds) < 0.2);
  CHECK(*agent.round_trip_seconds < 0.5);
  CHECK(agent.certificate_expires > 0);
  CHECK(agent.last_seen > agent.since - std::chrono::seconds{1});
  CHECK(ingest->counters().connected_agents == 1);
  shipper.reset();
  REQUIRE(eventually([&] { return !ingest->agents().front().connected; }));
  CHECK(ingest->counters().connected_agents == 0);
  CHECK(ingest->counters().open == 0);
}

TEST_CASE("a spool that was restored from an old copy loses nothing", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto const ship = plant.ship_options(ingest->port(), "sub-1");
  {
    auto shipper = started(ship);
    shipper->offer(numbered_finding(0));
    REQUIRE(eventually([&] { return shipper->counters().spool.waiting == 0 && store.size() == 1; }));
    // The collector knows of more than this copy of the spool ever gave.
    store.set_position("sub-1", shipper->epoch(), 1'000'000);
  }
  auto shipper = started(ship);
  for (std::uint64_t i = 1; i < 50; ++i) shipper->offer(numbered_finding(i));
  REQUIRE(eventually([&] { return store.size() == 50; }));
  check_exactly_once(store, 50);
}

TEST_CASE("a second connection of the same agent takes over from the first", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto first = started(plant.ship_options(ingest->port(), "sub-1"));
  REQUIRE(eventually([&] { return ingest->counters().connected_agents == 1; }));
  auto other = plant.ship_options(ingest->port(), "sub-1");
  other.spool.directory = plant / "another";
  auto second = started(other);
  REQUIRE(eventually([&] {
    auto const refused = ingest->counters().refused;
    return refused[static_cast<std::size_t>(link::RefuseCause::superseded)] > 0;
  }));
  CHECK(ingest->agents().size() == 1);
  // Both get their findings through all the same.
  first->offer(numbered_finding(0));
  second->offer(numbered_finding(1));
  CHECK(eventually([&] { return store.size() == 2; }));
}

TEST_CASE("a collector that says nothing is left, and an agent that says nothing is shown out", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto options = plant.ingest_options();
  options.greeting_timeout = milliseconds{200};
  auto ingest = started(options, store);
  {
    // Connects and never speaks.
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(ingest->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    CHECK(eventually([&] { return ingest->counters().timeouts == 1; }));
    ::close(fd);
  }
  // A listener that accepts by its backlog and never answers.
  int const mute = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(mute, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
  REQUIRE(::listen(mute, 4) == 0);
  socklen_t size = sizeof here;
  REQUIRE(::getsockname(mute, reinterpret_cast<sockaddr*>(&here), &size) == 0);
  auto ship = plant.ship_options(ntohs(here.sin_port), "sub-1");
  ship.uplink.greeting_timeout = milliseconds{100};
  auto shipper = started(ship);
  CHECK(eventually(
      [&] { return shipper->counters().uplink.trouble.find("no answer to the TLS handshake") != std::string::npos; }));
  shipper->stop();
  ::close(mute);
}

TEST_CASE("a full queue refuses at once and counts", "[e2e][link]") {
  Plant plant;
  auto ship = plant.ship_options(1, "sub-1");
  ship.queue = 4;
  auto opened = agent::Shipper::open(ship);
  REQUIRE(opened);
  auto& shipper = **opened;  // not started: nobody takes
  for (std::uint64_t i = 0; i < 10; ++i) CHECK(shipper.offer(numbered_finding(i)) == (i < 4));
  shipper.stop();
  CHECK(shipper.counters().offered == 4);
  CHECK(shipper.counters().refused == 6);
  CHECK(shipper.counters().spool.waiting == 4);
}

TEST_CASE("many threads offer and each finding arrives", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto shipper = started(plant.ship_options(ingest->port(), "sub-1"));
  std::atomic<std::uint64_t> taken{0};
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < 1500; ++i) taken += shipper->offer(numbered_finding(t * 1500 + i));
      });
  }
  REQUIRE(eventually([&] { return store.size() == taken; }));
  CHECK(taken + shipper->counters().refused == 6000);
}
