#include <catch2/catch.hpp>

#include "plant.hpp"
#include "tests/support/allocations.hpp"

using namespace greywatch;
using namespace greywatch::test;
using namespace std::chrono_literals;

TEST_CASE("nothing is allocated while nothing is odd", "[detect][resources]") {
  Plant plant;
  plant.detection.learn();
  poll(plant, 100);
  plant.detection.operate();
  std::vector<Flow*> flows;
  for (unsigned server = 0; server < 4; ++server) flows.push_back(&plant.open(1, 101 + server));
  auto const before = allocations();
  for (int round = 0; round < 500; ++round) {
    for (auto* flow : flows) {
      plant.exchange(*flow, {.operation = Operation::read, .code = 3, .object = 8});
      plant.exchange(*flow, {.operation = Operation::read, .code = 1, .object = 0});
    }
    plant.pass(10s);
  }
  for (auto* flow : flows) plant.close(*flow);
  CHECK(allocations() == before);
  CHECK(plant.findings.alerts() == 0);
  CHECK(plant.detection.counters().live_chains == 0);
}

TEST_CASE("100,000 live relations fit, in 18.5 MiB", "[detect][resources]") {
  Plant plant;
  plant.detection.learn();
  for (unsigned server = 0; server < 50'000; ++server)
    for (unsigned client = 1; client <= 2; ++client) plant.ask(plant.open(client, server), {});
  auto const counters = plant.detection.counters();
  CHECK(counters.relations == 100'000);
  CHECK(counters.live_chains == 100'000);
  CHECK(counters.chains_refused == 0);
  CHECK(counters.octets <= 37u << 19);
}

TEST_CASE("full tables are counted and keep the baseline", "[detect][resources]") {
  DetectionOptions options;
  options.bounds = {.hosts = 64,
                    .relations = 32,
                    .conversations = 64,
                    .operations = 200,
                    .transitions = 64,
                    .sources = 16,
                    .sessions = 4,
                    .alarms = 8};
  Plant plant(options);
  plant.detection.learn();
  poll(plant, 60);
  plant.detection.operate();
  for (unsigned i = 0; i < 3000; ++i) {
    auto& flow = plant.open(2 + i % 200, 200 + i);
    for (std::uint32_t unit = 0; unit < 3; ++unit) plant.ask(flow, {.object = i * 100, .unit = unit});
  }
  CHECK(plant.detection.counters().replaced > 0);
  CHECK(plant.detection.counters().chains_refused > 0);
  auto const before =
      plant.findings.with("modbus.command.new_master").size() + plant.findings.with("modbus.command.new_object").size();
  poll(plant, 60);
  CHECK(plant.findings.with("modbus.command.new_master").size() +
            plant.findings.with("modbus.command.new_object").size() ==
        before);
}
