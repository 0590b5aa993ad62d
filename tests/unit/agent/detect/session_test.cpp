#include <catch2/catch.hpp>

#include "plant.hpp"

using namespace greywatch;
using namespace greywatch::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t startdt = 256 + 0x07;

Said start() { return {.operation = Operation::session, .code = startdt, .unit = 0}; }
Said interrogate() { return {.operation = Operation::read, .code = 100, .unit = 4, .subcode = 6}; }
Said command(std::uint64_t object, Operation operation = Operation::control) {
  return {.operation = operation, .code = 46, .object = object, .unit = 4, .subcode = 6, .value = 1.0};
}
Said measurement() { return {.operation = Operation::report, .code = 13, .object = 700, .unit = 4, .subcode = 3}; }

/// A master that starts, interrogates, and for an hour hears measurements and selects and operates object 11.
Flow& run_station(Plant& plant, bool selects) {
  auto& flow = plant.open(1, 101, "iec104");
  plant.ask(flow, start());
  plant.exchange(flow, interrogate());
  for (int i = 0; i < 360; ++i) {
    plant.tell(flow, measurement());
    if (i % 5 == 0) {
      if (selects) plant.exchange(flow, command(11, Operation::select));
      plant.exchange(flow, command(11));
    }
    plant.pass(10s);
  }
  return flow;
}

}  // namespace

TEST_CASE("a second client that starts data transfer beside the master is found, and interrogates as a stranger",
          "[detect][session]") {
  Plant plant;
  plant.detection.learn();
  run_station(plant, false);
  plant.detection.operate();
  auto& flow = plant.open(66, 101, "iec104");
  plant.ask(flow, start());
  plant.exchange(flow, interrogate());
  auto const second = plant.findings.with("iec104.session.second_client");
  REQUIRE(second.size() == 1);
  CHECK(second[0].message.find("while 192.0.2.1 has it started") != std::string::npos);
  CHECK(plant.findings.with("iec104.interrogation.new_master").size() == 1);
  CHECK(plant.findings.with("iec104.client.new").size() == 1);
}

TEST_CASE("a client whose connection was closed, or that fell silent, is no second client's trouble",
          "[detect][session]") {
  for (bool closed : {true, false}) {
    Plant plant;
    plant.detection.learn();
    auto& master = run_station(plant, false);
    auto& other = plant.open(2, 102, "iec104");
    plant.exchange(other, interrogate());
    plant.detection.operate();
    if (closed)
      plant.close(master);
    else
      plant.pass(5min);
    plant.ask(plant.open(2, 101, "iec104"), start());
    CHECK(plant.findings.with("iec104.session.second_client").empty());
  }
}

TEST_CASE("commands in a row with nothing in between are a run", "[detect][session]") {
  Plant plant;
  plant.detection.learn();
  auto& flow = run_station(plant, false);
  plant.detection.operate();
  for (int i = 0; i < 10; ++i) plant.exchange(flow, command(11));
  CHECK(plant.findings.with("iec104.command.run").empty());
  for (int i = 0; i < 10; ++i) plant.exchange(flow, command(11));
  plant.finish();
  auto const run = plant.findings.with("iec104.command.run");
  REQUIRE_FALSE(run.empty());
  CHECK(std::ranges::count(run.front().fields, Field{"greywatch.transition", std::string("C-to-C")}) == 1);
}

TEST_CASE("execution without selection is found where selection is the habit, and only there", "[detect][session]") {
  for (bool selects : {true, false}) {
    Plant plant;
    plant.detection.learn();
    auto& flow = run_station(plant, selects);
    plant.detection.operate();
    plant.exchange(flow, command(11));
    CHECK(plant.findings.with("iec104.command.without_select").size() == (selects ? 1 : 0));
  }
}

TEST_CASE("a clock set by a client that never did is found", "[detect][session]") {
  Plant plant;
  plant.detection.learn();
  auto& flow = run_station(plant, false);
  plant.detection.operate();
  plant.exchange(flow, {.operation = Operation::time, .code = 103, .object = 0, .unit = 4, .subcode = 6});
  CHECK(plant.findings.with("iec104.time.new_master").size() == 1);
  CHECK(plant.findings.with("iec104.command.new_code").empty());
}

TEST_CASE("a transition never seen names both ends, its class and how often the classes came", "[detect][transition]") {
  Plant plant;
  plant.detection.learn();
  auto& flow = plant.open(1, 101, "iec104");
  for (int i = 0; i < 2000; ++i) {
    plant.tell(flow, measurement());
    plant.ask(flow, command(11));
    plant.pass(5s);
    plant.tell(flow, {.operation = Operation::report, .code = 30, .object = 9000, .unit = 4, .subcode = 11});
    plant.pass(5s);
  }
  plant.detection.operate();
  plant.tell(flow, measurement());
  plant.ask(flow, command(11));
  plant.ask(flow, command(11));
  auto const found = plant.findings.with("iec104.transition.unseen");
  REQUIRE(found.size() == 1);
  CHECK(std::ranges::count(found[0].fields, Field{"greywatch.transition", std::string("C-to-C")}) == 1);
  CHECK(std::ranges::count(found[0].fields, Field{"greywatch.transitions.command_command", std::uint64_t{0}}) == 1);
  CHECK(std::ranges::count(found[0].fields, Field{"greywatch.transitions.monitor_command", std::uint64_t{2000}}) == 1);
  CHECK(found[0].message.find("type 46 (control) with cause 6 on object 11") != std::string::npos);
}
