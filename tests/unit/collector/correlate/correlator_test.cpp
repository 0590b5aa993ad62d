#include "collector/correlate/correlator.hpp"

#include <catch2/catch.hpp>

#include "collector/correlate/examples.hpp"
#include "collector/correlate/level.hpp"
#include "collector/correlate/memory.hpp"
#include "common/rule/rule_set.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using Catch::Matchers::Contains;

namespace {

constexpr char const* rule_text = R"(
title: A master that was never seen commands
id: r-new-master
logsource: {product: greywatch, category: finding}
detection: {s: {event.code|endswith: .command.new_master}, condition: s}
level: high
tags: [attack.t1692.001]
greywatch: {class: command}
---
title: Somebody new
id: r-new-client
name: new_client
logsource: {product: greywatch, category: finding}
detection: {s: {event.code|endswith: .client.new}, condition: s}
---
title: The same new address at several nodes
id: c-roaming
correlation:
  type: value_count
  rules: new_client
  group-by: source.ip
  timespan: 1h
  condition: {field: observer.name, gte: 2}
level: critical
)";

Correlator correlator() {
  rules::LoadReport report;
  auto set = rules::RuleSet::parse({{"r.yml", rule_text}}, report);
  REQUIRE(report.refusals.empty());
  return Correlator(std::move(set));
}

int sequence = 0;

Finding finding(std::string code, std::string node, std::int64_t second, double p = 0.01) {
  Finding out;
  out.time = from_unix_ns((1'700'000'000 + second) * 1'000'000'000);
  out.id = node + "-1-" + std::to_string(++sequence);
  out.code = std::move(code);
  out.node = std::move(node);
  out.message = "what happened";
  out.source.ip = *parse_ip("192.0.2.66");
  out.classification = FindingClass::access;
  out.techniques = {"T0848"};
  out.traits = {"address:192.0.2.66"};
  out.p = p;
  return out;
}

std::vector<Indicator> take(Correlator& correlator, Finding const& finding) {
  std::vector<Indicator> out;
  correlator.on_finding(finding, out);
  return out;
}

}  // namespace

TEST_CASE("a finding becomes an indicator as it is", "[correlate]") {
  auto rules = correlator();
  auto const one = finding("modbus.scan.units", "n1", 0, 1e-7);
  auto const out = take(rules, one);
  REQUIRE(out.size() == 1);
  CHECK(out[0].id == one.id);
  CHECK(out[0].rule == "");
  CHECK(out[0].title == "modbus.scan.units");
  CHECK(out[0].level == "high");
  CHECK(out[0].nodes == std::vector<std::string>{"n1"});
  CHECK(out[0].findings == std::vector<std::string>{one.id});
  CHECK(out[0].techniques == one.techniques);
  CHECK(out[0].traits == one.traits);
  CHECK(out[0].p == 1e-7);
}

TEST_CASE("summaries and coverage records pass through as what they are", "[correlate]") {
  auto rules = correlator();
  auto summary = finding("iec104.command.new_master", "n1", 0);
  summary.kind = FindingKind::summary;
  auto const passed = take(rules, summary);
  REQUIRE(passed.size() == 1);
  CHECK(passed[0].kind == FindingKind::summary);
  CHECK(passed[0].level == "informational");
  Finding coverage;
  coverage.kind = FindingKind::coverage;
  coverage.id = "n1-1-9";
  coverage.node = "n1";
  coverage.coverage = 0.25;
  auto const covered = take(rules, coverage);
  REQUIRE(covered.size() == 1);
  CHECK(covered[0].kind == FindingKind::coverage);
  CHECK(covered[0].coverage == 0.25);
}

TEST_CASE("a detection adds its own indicator behind the finding's", "[correlate]") {
  auto rules = correlator();
  auto const one = finding("iec104.command.new_master", "n1", 0);
  auto const out = take(rules, one);
  REQUIRE(out.size() == 2);
  CHECK(out[0].rule == "");
  CHECK(out[1].rule == "r-new-master");
  CHECK(out[1].id == "r-new-master:" + one.id);
  CHECK(out[1].title == "A master that was never seen commands");
  CHECK(out[1].level == "high");
  CHECK(out[1].classification == FindingClass::command);
  CHECK(out[1].techniques == std::vector<std::string>{"T1692.001"});
  CHECK(out[1].findings == std::vector<std::string>{one.id});
  CHECK(out[1].message == "A master that was never seen commands: what happened");
}

TEST_CASE("a correlation over nodes names them, their findings and the smallest p", "[correlate]") {
  auto rules = correlator();
  auto const first = finding("iec104.client.new", "n1", 0, 1e-4);
  auto const second = finding("modbus.client.new", "n2", 600, 1e-2);
  CHECK(take(rules, first).size() == 1);
  CHECK(take(rules, finding("iec104.client.new", "n1", 60)).size() == 1);
  auto const out = take(rules, second);
  REQUIRE(out.size() == 2);
  CHECK(out[1].rule == "c-roaming");
  CHECK(out[1].level == "critical");
  CHECK(out[1].node == "n2");
  CHECK(out[1].nodes == std::vector<std::string>{"n1", "n2"});
  CHECK(out[1].classification == FindingClass::access);
  CHECK(out[1].techniques == std::vector<std::string>{"T0848"});
  CHECK(out[1].findings.size() == 2);
  CHECK(out[1].findings.back() == second.id);
  CHECK(
      out[1].message ==
      "The same new address at several nodes: 2 values of observer.name within 1 hour for source.ip 192.0.2.66 at n1, "
      "n2; the last: what happened");
  CHECK(rules.counters().rule_indicators == 1);
  CHECK(rules.counters().findings == 3);
}

TEST_CASE("an update of a finding is the same event", "[correlate]") {
  auto rules = correlator();
  auto const onset = finding("iec104.command.new_master", "n1", 0);
  CHECK(take(rules, onset).size() == 2);
  auto update = finding("iec104.command.new_master", "n1", 60);
  update.fields.push_back({"greywatch.update_of", onset.id});
  CHECK(take(rules, update).size() == 1);
  auto const first = finding("iec104.client.new", "n1", 0);
  take(rules, first);
  auto again = finding("iec104.client.new", "n1", 3000);
  again.fields.push_back({"greywatch.update_of", first.id});
  take(rules, again);
  // More than an hour after the first, but not after its update.
  auto const out = take(rules, finding("iec104.client.new", "n2", 5000));
  REQUIRE(out.size() == 2);
  CHECK(out[1].findings.front() == first.id);
}

TEST_CASE("a restart in between changes nothing", "[correlate]") {
  auto before = correlator();
  auto const first = finding("iec104.client.new", "n1", 0, 1e-4);
  auto const second = finding("modbus.client.new", "n2", 600);
  take(before, first);
  auto const saved = before.save();
  auto after = correlator();
  REQUIRE(after.load_state(saved));
  CHECK(after.save() == saved);
  CHECK(take(after, second) == take(before, second));
}

TEST_CASE("a broken state is refused and leaves an empty correlator", "[correlate]") {
  auto rules = correlator();
  take(rules, finding("iec104.client.new", "n1", 0));
  auto const saved = rules.save();
  auto const empty = correlator().save();
  for (std::size_t cut = 0; cut + 1 < saved.size(); ++cut) {
    auto fresh = correlator();
    auto const loaded = fresh.load_state(saved.substr(0, cut));
    INFO(cut);
    // The first lines alone are a whole state when cut at the end of the correlations' own first line.
    if (!loaded) CHECK(fresh.save() == empty);
  }
  CHECK_FALSE(correlator().load_state("{\"greywatch.correlator\":2}\n"));
  CHECK_FALSE(correlator().load_state(""));
}

TEST_CASE("remembered findings are bounded, the oldest goes", "[correlate]") {
  FindingMemory memory(3);
  for (int i = 0; i < 5; ++i) {
    auto one = finding("a.client.new", "n1", i);
    one.id = "f" + std::to_string(i);
    memory.add(one.id, one);
    memory.add(one.id, one);
  }
  CHECK(memory.size() == 3);
  CHECK(memory.find("f1") == nullptr);
  REQUIRE(memory.find("f2") != nullptr);
  CHECK(memory.find("f2")->node == "n1");
}

TEST_CASE("the level of a finding follows its class and p", "[correlate]") {
  auto const level = [](FindingClass classification, double p) {
    auto one = finding("a", "n", 0, p);
    one.classification = classification;
    return std::string(level_of(one));
  };
  CHECK(level(FindingClass::command, 1e-6) == "high");
  CHECK(level(FindingClass::command, 1e-3) == "medium");
  CHECK(level(FindingClass::access, 0.5) == "low");
  CHECK(level(FindingClass::loss, 1e-9) == "medium");
  CHECK(level(FindingClass::market, 1e-4) == "low");
  CHECK(level(FindingClass::recon, 1e-4) == "low");
  CHECK(level(FindingClass::recon, 0.1) == "informational");
}

TEST_CASE("a folder with a broken rule is refused with its place", "[correlate]") {
  auto const missing = Correlator::load("/nonexistent/rules");
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().text, Contains("is no folder of rules"));
}

TEST_CASE("examples of rules are run and those that lie are told", "[correlate]") {
  auto const run = [](std::string const& examples) {
    rules::LoadReport report;
    auto set = rules::RuleSet::parse(
        {{"r.yml",
          "title: T\nlogsource: {product: greywatch}\ndetection: {s: {event.code: a.b}, condition: "
          "s}\ngreywatch:\n  examples: " +
              examples + "\n"}},
        report);
    REQUIRE(report.refusals.empty());
    return run_examples(set);
  };
  auto const good = run("{hit: [{event.code: a.b}], miss: [{event.code: a.c}]}");
  CHECK(good.examples == 2);
  CHECK(good.failures.empty());
  CHECK(good.bare.empty());
  auto const bad = run("{hit: [{event.code: a.c}], miss: [{event.code: a.b}]}");
  REQUIRE(bad.failures.size() == 2);
  CHECK(bad.failures[0] == "r.yml:5:20: \"T\" should hit but misses {\"event.code\":\"a.c\"}");
  CHECK_THAT(bad.failures[1], Contains("should miss but hits"));
  CHECK_THAT(run("{hit: [{event_code: a.b}]}").failures.at(0), Contains("\"event_code\" is no key of a finding"));
  CHECK_THAT(run("{hit: [{event.code: a.b, source.port: x}]}").failures.at(0),
             Contains("source.port is no whole number"));
  CHECK_THAT(run("{hit: [{event.code: a.b}]}").bare.at(0), Contains("has no example that misses"));
}
