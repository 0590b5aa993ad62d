#include "agent/rule/observation_rules.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/allocations.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace std::chrono_literals;

namespace {

constexpr Time noon = from_unix_ns(1'764'072'000'123'456'789);  // 2025-11-25T12:00:00.123456789Z

struct Message {
  std::uint64_t code = 0;
  std::string_view text;
};
void describe(void const* message, FieldSink& sink) {
  auto const& mine = *static_cast<Message const*>(message);
  sink.field("modbus.function_code", mine.code);
  if (!mine.text.empty()) sink.field("modbus.text", mine.text);
  for (std::uint64_t i = 0; i < 3; ++i) sink.field("modbus.value", i * 100);
}

Flow flow(std::uint8_t client) {
  Flow made;
  made.client = {.ip = Ip::v4(std::array<std::uint8_t, 4>{10, 0, 0, client}),
                 .mac = Mac{0, 0x1B, 0x1B, 1, 2, client},
                 .port = 40'000};
  made.server = {.ip = *parse_ip("2001:db8::1"), .mac = {}, .port = 502};
  made.vlan = 7;
  return made;
}
Observation said(Flow& flow, Message const& message, Time time = noon) {
  Observation made{.time = time, .frame = 12, .flow = flow, .vlan_priority = 4};
  made.protocol = "modbus";
  made.operation = Operation::write;
  made.code = static_cast<std::uint32_t>(message.code);
  made.describe = describe;
  made.message = &message;
  return made;
}

struct Sink final : FindingSink {
  void on_finding(Finding&& finding) override { all.push_back(std::move(finding)); }
  std::vector<Finding> all;
};

rules::RuleSet set(std::string const& detection, std::string const& source = "category: observation, service: modbus") {
  rules::LoadReport report;
  auto made = rules::RuleSet::parse(
      {{"r.yml",
        "title: A write\nid: 22222222-2222-4222-8222-222222222222\nlevel: high\ntags: [attack.t0836]\n"
        "logsource: {product: greywatch, " +
            source + "}\ndetection: " + detection + "\n"}},
      report);
  if (report.refused) FAIL(report.refusals.front());
  return made;
}
ObservationRules rules_of(std::string const& detection, Sink& sink, RuleOptions options = {.node = "n1"}) {
  return {std::move(options), set(detection), 5, nullptr, sink};
}

}  // namespace

TEST_CASE("an observation that a rule matches becomes a finding with the rule's id", "[agent][rule]") {
  Sink sink;
  auto rules = rules_of("{s: {modbus.function_code: 5}, condition: s}", sink);
  CHECK(rules.counters().rules == 1);
  CHECK(rules.counters().version == 5);
  auto talk = flow(9);
  Message const write{5, "coil"}, read{3, ""};
  rules.on_observation(said(talk, read));
  CHECK(sink.all.empty());
  rules.on_observation(said(talk, write));
  REQUIRE(sink.all.size() == 1);
  auto const& finding = sink.all.front();
  CHECK(finding.rule == "22222222-2222-4222-8222-222222222222");
  CHECK(finding.code == "rule.observation.match");
  CHECK(finding.detector == "rule");
  CHECK(finding.node == "n1");
  CHECK(finding.classification == FindingClass::command);  // by what was asked: a write
  CHECK(finding.techniques == std::vector<std::string>{"T0836"});
  CHECK(finding.message == "A write: write by 10.0.0.9 to 2001:db8::1 (modbus)");
  CHECK(finding.frame == 12);
  CHECK(finding.p == 1);
  CHECK(std::ranges::find(finding.fields, Field{"modbus.function_code", std::uint64_t{5}}) != finding.fields.end());
  CHECK(std::ranges::find(finding.fields, Field{"rule.level", std::string("high")}) != finding.fields.end());
  auto const list = std::ranges::find(finding.fields, "modbus.value", &Field::name);
  REQUIRE(list != finding.fields.end());
  CHECK(std::get<std::vector<Scalar>>(list->value).size() == 3);
}

TEST_CASE("a rule can ask for every key of an observation", "[agent][rule]") {
  auto talk = flow(9);
  Message const message{5, "Some Text"};
  Violation const broken{"modbus.length.wrong", "modbus.length", 1, 2};
  auto observation = said(talk, message);
  observation.violations = {&broken, 1};
  for (auto const* detection :
       {"{s: {'@timestamp': '2025-11-25T12:00:00.123456789Z'}, condition: s}",
        "{s: {'@timestamp|hour': 12}, condition: s}", "{s: {event.kind: observation}, condition: s}",
        "{s: {observer.name: n1}, condition: s}", "{s: {source.ip|cidr: 10.0.0.0/8}, condition: s}",
        "{s: {destination.ip: '2001:db8::1'}, condition: s}", "{s: {source.mac: '00:1b:1b:01:02:09'}, condition: s}",
        "{s: {destination.port: 502, source.port|gt: 1024}, condition: s}", "{s: {vlan.id: 7}, condition: s}",
        "{s: {vlan.priority: 4}, condition: s}", "{s: {network.protocol: modbus}, condition: s}",
        "{s: {greywatch.operation: write}, condition: s}",
        "{s: {greywatch.role: request, greywatch.status: none}, condition: s}",
        "{s: {greywatch.violations: modbus.length.wrong}, condition: s}", "{s: {frame.number: 12}, condition: s}",
        "{s: {modbus.value: 200}, condition: s}", "{s: {modbus.text|contains: some}, condition: s}",
        "{s: ['some text'], condition: s}", "{s: {greywatch.malformed.defect: null}, condition: s}"}) {
    INFO(detection);
    Sink sink;
    auto rules = rules_of(detection, sink);
    rules.on_observation(observation);
    CHECK(sink.all.size() == 1);
  }
}

TEST_CASE("rules for findings, other protocols and other products are not evaluated on observations", "[agent][rule]") {
  auto talk = flow(9);
  Message const message{5, ""};
  for (auto const* source :
       {"category: finding, service: modbus", "category: observation, service: iec104", "service: modbus"}) {
    INFO(source);
    Sink sink;
    ObservationRules rules({.node = "n1"}, set("{s: {modbus.function_code: 5}, condition: s}", source), 1, nullptr,
                           sink);
    rules.on_observation(said(talk, message));
    CHECK(sink.all.empty());
  }
}

TEST_CASE("matches of the same two hosts are one onset and updates with their count", "[agent][rule]") {
  Sink sink;
  auto rules = rules_of("{s: {modbus.function_code: 5}, condition: s}", sink);
  auto talk = flow(9), other = flow(8);
  Message const write{5, ""};
  for (int i = 0; i < 200; ++i) rules.on_observation(said(talk, write, noon + i * 1s));
  REQUIRE(sink.all.size() == 3);  // the onset, and updates after one and two more minutes
  CHECK(std::get<std::string>(sink.all[1].fields.back().value) == sink.all[0].id);
  CHECK(sink.all[1].fields.back().name == "greywatch.update_of");
  CHECK(sink.all[1].count == 61);
  rules.on_time(noon + 200s + 6min);
  REQUIRE(sink.all.size() == 4);
  CHECK(sink.all[3].count == 200);
  CHECK(sink.all[3].first == noon);
  CHECK(sink.all[3].last == noon + 199s);
  rules.on_observation(said(other, write, noon + 1h));
  CHECK(sink.all.size() == 5);
  rules.on_observation(said(talk, write, noon + 48h));
  CHECK(sink.all.size() == 6);
  CHECK(rules.counters().onsets == 3);
  CHECK(rules.counters().matches == 202);
}

TEST_CASE("a rule that matches too much is held by its budget, in bounded memory, and counted", "[agent][rule]") {
  Sink sink;
  auto rules = rules_of("{s: {modbus.function_code: 5}, condition: s}", sink,
                        {.node = "n1", .most_open = 4, .per_day = 24, .burst = 6});
  Message const write{5, ""};
  for (int i = 0; i < 100; ++i) {
    auto talk = flow(static_cast<std::uint8_t>(i));
    rules.on_observation(said(talk, write, noon + i * 1s));
  }
  CHECK(sink.all.size() == 6);
  CHECK(rules.counters().held == 94);
  auto talk = flow(200);
  rules.on_observation(said(talk, write, noon + 2h));
  CHECK(sink.all.size() == 7);
}

TEST_CASE("nothing is allocated for an observation that matches no rule", "[agent][rule]") {
  Sink sink;
  auto rules = rules_of(
      "{s: {modbus.function_code: 5, source.ip|cidr: 10.0.0.0/8}, t: {modbus.text|contains: "
      "verylongtextthatisnotthere, "
      "destination.ip|startswith: '2001:'}, u: {source.mac: 'ff:ff:ff:ff:ff:ff'}, condition: s or t or u}",
      sink);
  auto talk = flow(9);
  Message const read{3, "a text that is longer than any short string may be"};
  auto const observation = said(talk, read);
  for (int i = 0; i < 10; ++i) rules.on_observation(observation);
  auto const before = test::allocations();
  for (int i = 0; i < 1000; ++i) rules.on_observation(observation);
  CHECK(test::allocations() == before);
  CHECK(sink.all.empty());
  CHECK(rules.counters().observations == 1010);
}
