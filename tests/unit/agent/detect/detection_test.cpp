#include "agent/detect/detection.hpp"

#include <catch2/catch.hpp>

#include "plant.hpp"

using namespace greywatch;
using namespace greywatch::test;
using namespace std::chrono_literals;

namespace {

/// A plant that has learned an hour of polls and now operates.
std::unique_ptr<Plant> trained(DetectionOptions options = {}, unsigned rounds = 360) {
  auto plant = std::make_unique<Plant>(options);
  plant->detection.learn();
  poll(*plant, rounds);
  plant->detection.operate();
  return plant;
}

bool covers(std::vector<Finding> const& findings, Time time, Ip const& source, Ip const& destination) {
  return std::ranges::any_of(findings, [&](Finding const& finding) {
    return finding.first <= time && time <= finding.last && finding.source.ip == source &&
           finding.destination.ip == destination;
  });
}

}  // namespace

TEST_CASE("what was learned is no finding afterwards", "[detect]") {
  auto plant = trained();
  poll(*plant, 360);
  plant->finish();
  CHECK(plant->findings.alerts() == 0);
}

TEST_CASE("nothing is a finding while the user says that it is free of attacks", "[detect]") {
  Plant plant;
  plant.detection.learn();
  poll(plant, 100);
  auto& flow = plant.open(9, 101);
  Malformed const why{Defect::bad_value, 2, "mbap.protocol"};
  for (int i = 0; i < 40; ++i)
    plant.exchange(flow, {.operation = Operation::write, .code = 16, .object = 1000u + static_cast<unsigned>(i)},
                   Status::unknown_object);
  plant.say(flow, Direction::to_server, Role::request, {}, Status::malformed, {{"iec104.sequence.send_gap", "f", 1, 2}},
            &why);
  plant.close(flow);
  plant.finish();
  CHECK(plant.findings.all.empty());
}

TEST_CASE("a stranger that commands is found at its first message, and both directions of its whole flow are covered",
          "[detect]") {
  auto plant = trained();
  auto& flow = plant->open(77, 102);
  auto const syn = plant->now;
  plant->pass(100ms);
  plant->exchange(flow, {.operation = Operation::write, .code = 5, .object = 2, .value = 1.0});
  plant->pass(300ms);
  auto const fin = plant->now;
  plant->close(flow);
  poll(*plant, 30);
  plant->finish();

  auto const client = plant->findings.with("modbus.client.new");
  REQUIRE_FALSE(client.empty());
  CHECK(client.front().classification == FindingClass::access);
  CHECK(client.front().p < 0.02);
  CHECK(client.front().traits == std::vector<std::string>{"address:192.0.2.77"});
  CHECK(client.front().message.find("192.0.2.77") != std::string::npos);
  CHECK(client.front().message.find("192.0.2.1") != std::string::npos);
  auto const master = plant->findings.with("modbus.command.new_master");
  REQUIRE_FALSE(master.empty());
  CHECK(master.front().message.find("function 5 (write) on address 2 of unit 1, value 1") != std::string::npos);
  CHECK(master.front().techniques == std::vector<std::string>{"T1692.001", "T0848", "T0836"});
  CHECK(master.front().framework == "MITRE ATT&CK for ICS v19");
  for (auto time : {syn, fin}) {
    CHECK(covers(plant->findings.all, time, flow.client.ip, flow.server.ip));
    CHECK(covers(plant->findings.all, time, flow.server.ip, flow.client.ip));
  }
  for (auto const& finding : plant->findings.all)
    if (finding.kind == FindingKind::alert) CHECK(finding.last <= fin);
}

TEST_CASE("a detector that is off says nothing", "[detect]") {
  for (auto const* off : {"talker", "operation", "scan", "session", "malformed", "violation", "transition"}) {
    DetectionOptions options;
    for (auto const* word : {"talker", "operation", "scan", "session", "malformed", "violation", "transition"})
      if (std::string_view(word) != off) options.words.emplace_back(word);
    auto plant = trained(options);
    auto& flow = plant->open(77, 102);
    Malformed const why{Defect::bad_value, 2, "mbap.protocol"};
    for (std::uint64_t i = 0; i < 40; ++i)
      plant->exchange(flow, {.operation = Operation::write, .code = 16, .object = i * 100}, Status::unknown_object);
    plant->say(flow, Direction::to_server, Role::request, {}, Status::malformed,
               {{"iec104.sequence.send_gap", "f", 1, 2}}, &why);
    plant->finish();
    CHECK(plant->findings.alerts() > 0);
    for (auto const& finding : plant->findings.all) CHECK(finding.detector != off);
  }
  DetectionOptions options;
  options.none = true;
  auto plant = trained(options);
  plant->exchange(plant->open(77, 102), {.operation = Operation::write, .code = 16});
  plant->finish();
  CHECK(plant->findings.alerts() == 0);
}

TEST_CASE("a word that names no detector is refused", "[detect]") {
  DetectionOptions options;
  options.words = {"talker", "oracle"};
  Findings findings;
  CHECK_THROWS_AS(Detection(options, findings, nullptr, HashKey{}), std::invalid_argument);
}

TEST_CASE("the first write of a client that only read is a finding", "[detect]") {
  Plant plant;
  plant.detection.learn();
  poll(plant, 360, 4, 0);
  plant.detection.operate();
  auto& flow = plant.open(1, 103);
  plant.exchange(flow, {.operation = Operation::write, .code = 16, .object = 40'001, .value = 5.0});
  plant.finish();
  auto const found = plant.findings.with("modbus.command.new_master");
  REQUIRE(found.size() == 1);
  CHECK(found[0].p < 0.01);
}

TEST_CASE("a new address is a finding where addresses are few and often written, and none where they vary",
          "[detect]") {
  for (bool varied : {false, true}) {
    Plant plant;
    plant.detection.learn();
    for (std::uint64_t i = 0; i < 200; ++i) {
      auto& flow = plant.open(1, 101);
      plant.exchange(flow, {.operation = Operation::write, .code = 6, .object = varied ? i : i % 4});
      plant.close(flow);
      plant.pass(10s);
    }
    plant.detection.operate();
    plant.exchange(plant.open(1, 101), {.operation = Operation::write, .code = 6, .object = 5000});
    plant.finish();
    CHECK(plant.findings.with("modbus.command.new_object").size() == (varied ? 0 : 1));
    CHECK(plant.findings.alerts() == (varied ? 0 : 1));
  }
}

TEST_CASE("without a word from the user, young relations are quiet and exact rules are not", "[detect]") {
  Plant plant;
  poll(plant, 60);
  plant.exchange(plant.open(1, 101), {.operation = Operation::read, .code = 4, .object = 500});
  plant.exchange(plant.open(9, 101), {.operation = Operation::read, .code = 4, .object = 500});
  CHECK(plant.findings.alerts() == 0);
  auto& flow = plant.open(1, 102);
  plant.say(flow, Direction::to_server, Role::request, {}, Status::none,
            {{"iec104.sequence.send_gap", "iec104.send_sequence_number", 4, 9}});
  auto const found = plant.findings.with("iec104.sequence.send_gap");
  REQUIRE(found.size() == 1);
  CHECK(found[0].message.find("is 9 where 4 is expected") != std::string::npos);
  CHECK(std::ranges::count(found[0].fields, Field{"greywatch.learning", true}) == 1);
  CHECK(std::ranges::count(found[0].fields, Field{"greywatch.violation.expected", std::int64_t{4}}) == 1);
}

TEST_CASE("after the time of learning departures are findings", "[detect]") {
  DetectionOptions options;
  options.learning = 30min;
  Plant plant(options);
  poll(plant, 360);
  CHECK(plant.findings.alerts() == 0);
  plant.exchange(plant.open(9, 101), {.operation = Operation::read, .code = 4, .object = 500});
  CHECK(plant.findings.with("modbus.client.new").size() == 1);
}

TEST_CASE("a malformed message in an established relation is a finding with its defect", "[detect]") {
  auto plant = trained();
  auto& flow = plant->open(1, 101);
  Malformed const why{Defect::bad_length, 4, "mbap.length"};
  plant->say(flow, Direction::to_server, Role::request, {}, Status::malformed, {}, &why);
  auto const found = plant->findings.with("modbus.message.malformed");
  REQUIRE(found.size() == 1);
  CHECK(found[0].message.find("bad_length at octet 4 in mbap.length") != std::string::npos);
}

TEST_CASE("a sweep over objects is found after nine refusals", "[detect]") {
  auto plant = trained();
  auto& flow = plant->open(1, 101);
  std::size_t needed = 0;
  for (std::uint64_t i = 0; i < 40 && needed == 0; ++i) {
    plant->exchange(flow, {.operation = Operation::read, .code = 4, .object = 5000 + i}, Status::unknown_object);
    if (!plant->findings.with("modbus.scan.objects").empty()) needed = i + 1;
  }
  CHECK(needed == 9);
}

TEST_CASE("a sweep over units that do not answer is found", "[detect]") {
  auto plant = trained();
  auto& flow = plant->open(77, 101);
  plant->exchange(flow, {});
  for (std::uint32_t unit = 2; unit < 30; ++unit) plant->ask(flow, {.unit = unit});
  plant->finish();
  CHECK_FALSE(plant->findings.with("modbus.scan.units").empty());
}

TEST_CASE("a sweep over servers that do not answer is found", "[detect]") {
  auto plant = trained();
  for (unsigned server = 150; server < 190; ++server) {
    auto& flow = plant->open(1, server);
    plant->ask(flow, {});
    plant->close(flow);
    plant->pass(1s);
  }
  plant->finish();
  CHECK_FALSE(plant->findings.with("modbus.scan.servers").empty());
}

TEST_CASE("a flood of alarms is gathered in one record per class that counts them all", "[detect]") {
  auto plant = trained();
  for (unsigned client = 2; client < 100; ++client) {
    auto& flow = plant->open(client, 101);
    plant->ask(flow, {});
    plant->pass(1s);
    plant->close(flow);
  }
  plant->finish();
  CHECK(plant->findings.with("modbus.client.new").size() < 98);
  auto const gathered = plant->findings.with("node.alarms.aggregated");
  REQUIRE_FALSE(gathered.empty());
  CHECK(gathered.back().classification == FindingClass::access);
  std::uint64_t told = gathered.back().count;
  for (auto const& finding : plant->findings.with("modbus.client.new"))
    if (std::ranges::none_of(finding.fields, [](Field const& field) { return field.name == "greywatch.update_of"; }))
      told += finding.count;
  CHECK(told == 98);
}

TEST_CASE("a flood under one key is one alarm with a few updates, and the last one counts all", "[detect]") {
  auto plant = trained();
  auto& flow = plant->open(77, 102);
  for (int i = 0; i < 20'000; ++i) {
    plant->ask(flow, {.operation = Operation::write, .code = 6, .object = 7});
    plant->pass(100ms);
  }
  plant->finish();
  auto const all = plant->findings.with("modbus.client.new");
  CHECK(all.size() < 10);
  CHECK(all.back().count == 20'000);
  CHECK(all.back().fields.back().name == "greywatch.update_of");
  CHECK(std::get<std::string>(all.back().fields.back().value) == all.front().id);
}

TEST_CASE("a departure that stays for many days becomes normal, and shouting does not hasten it", "[detect]") {
  auto plant = trained();
  for (int i = 0; i < 5000; ++i) plant->exchange(plant->open(77, 102), {});
  plant->pass(24h);
  auto const before = plant->findings.with("modbus.client.new").size();
  CHECK(before > 0);
  for (int day = 0; day < 12; ++day) {
    poll(*plant, 10);
    plant->exchange(plant->open(77, 102), {});
    plant->pass(24h);
  }
  plant->finish();
  CHECK(plant->detection.counters().accepted == 1);
  auto const after = plant->findings.all.size();
  plant->pass(48h);
  plant->exchange(plant->open(77, 102), {});
  std::size_t more = 0;
  for (std::size_t i = after; i < plant->findings.all.size(); ++i)
    more += plant->findings.all[i].kind == FindingKind::alert;
  CHECK(more == 0);
}

TEST_CASE("each day ends with a summary per class that was tested", "[detect]") {
  auto plant = trained();
  poll(*plant, 9000);
  plant->finish();
  std::map<FindingClass, int> days;
  for (auto const& finding : plant->findings.all) {
    if (finding.kind != FindingKind::summary) continue;
    ++days[finding.classification];
    CHECK(finding.p > 0);
    CHECK(finding.p <= 1);
  }
  CHECK(days[FindingClass::access] >= 2);
  CHECK(days[FindingClass::recon] >= 2);
}

TEST_CASE("findings do not depend on the hash key", "[detect]") {
  auto const run = [](HashKey key) {
    Plant plant({}, key);
    plant.detection.learn();
    poll(plant, 100);
    plant.detection.operate();
    for (unsigned i = 0; i < 20; ++i) {
      auto& flow = plant.open(50 + i % 5, 101 + i % 7);
      for (std::uint64_t n = 0; n < 30; ++n)
        plant.exchange(flow,
                       {.operation = n % 3 ? Operation::read : Operation::write,
                        .code = 3 + static_cast<std::uint32_t>(n % 4),
                        .object = n * 50},
                       n % 2 ? Status::unknown_object : Status::ok);
      plant.close(flow);
    }
    plant.finish();
    return plant.findings.all;
  };
  CHECK(run({1, 2}) == run({0xfeed, 0xbeef}));
}

TEST_CASE("of a protocol without habits only what breaks its rules is told, of one among peers also who speaks",
          "[detect]") {
  for (auto const habit : {Habit::none, Habit::peers, Habit::all}) {
    auto plant = trained();
    plant->habit = habit;
    auto& flow = plant->open(9, 101);
    plant->ask(flow, {.operation = Operation::write, .code = 6, .object = 77});
    plant->say(flow, Direction::to_client, Role::response, {.operation = Operation::write, .code = 6, .object = 77},
               Status::ok, {{"iec104.sequence.send_gap", "iec104.send_sequence_number", 4, 9}});
    plant->finish();
    auto const told = [&](std::string_view code) {
      return std::ranges::any_of(plant->findings.all, [&](Finding const& finding) { return finding.code == code; });
    };
    CHECK(told("iec104.sequence.send_gap"));
    CHECK(told("modbus.client.new") == (habit != Habit::none));
    CHECK(told("modbus.command.new_master") == (habit == Habit::all));
  }
}
