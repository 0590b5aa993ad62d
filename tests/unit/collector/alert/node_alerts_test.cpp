#include "collector/alert/node_alerts.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

using namespace greywatch;
using namespace greywatch::collector;
using namespace std::chrono_literals;

namespace {

constexpr Time monday = from_unix_ns(1'763'942'400'000'000'000);  // 2025-11-24T00:00:00Z

Inventory inventory() {
  Inventory result;
  for (int i = 0; i < 12; ++i) {
    Node node;
    node.name = fmt::format("n{}", i);
    node.operator_name = fmt::format("op{}", i % 4);
    node.region = i < 8 ? "north" : "south";
    result.nodes.push_back(node);
  }
  return result;
}

NodeAlertOptions options() {
  NodeAlertOptions made;
  made.enabled = true;
  made.looks = 1;
  return made;
}

Finding alarm(int node, Time time, double p = 1e-12, FindingClass kind = FindingClass::command) {
  Finding finding;
  finding.time = finding.first = finding.last = time;
  finding.node = fmt::format("n{}", node);
  finding.id = fmt::format("n{}-1-{}", node, unix_ns(time) / 1'000'000'000);
  finding.code = "iec104.command.new_master";
  finding.message = "10.0.0.9 commands for the first time";
  finding.classification = kind;
  finding.techniques = {"T1692.001"};
  finding.p = p;
  return finding;
}

std::vector<Alert> take(NodeAlerts& alerts, Finding const& finding) {
  std::vector<Alert> out;
  alerts.on_finding(finding, out);
  return out;
}
std::vector<Alert> at(NodeAlerts& alerts, Time time) {
  std::vector<Alert> out;
  alerts.advance(time, out);
  return out;
}

}  // namespace

TEST_CASE("an alarm that stands out by itself is told once, with why, and ends when the node is quiet",
          "[collector][alert]") {
  NodeAlerts alerts(inventory(), options());
  auto const told = take(alerts, alarm(0, monday));
  REQUIRE(told.size() == 1);
  CHECK(told[0].scope == "node:n0");
  CHECK(told[0].severity == "watch");
  CHECK(told[0].firing);
  CHECK(told[0].id.starts_with("node-n0-20251124T00Z-"));
  CHECK(told[0].title == "watch: iec104.command.new_master at n0");
  CHECK(told[0].text.find("e-value 5e+05; 52.2 were needed: it is test 1 of this month in region north") !=
        std::string::npos);
  CHECK(told[0].operators == std::vector<std::string>{"op0"});
  CHECK(told[0].techniques == std::vector<std::string>{"T1692.001"});
  CHECK(told[0].score.score == 0);
  CHECK(alerts.firing().size() == 1);
  CHECK(take(alerts, alarm(0, monday + 1h)).empty());                               // the same trouble
  CHECK(take(alerts, alarm(0, monday + 2h, 1e-12, FindingClass::access)).empty());  // joins
  CHECK(alerts.firing()[0].findings.size() == 2);
  CHECK(alerts.counters().repeats == 1);
  CHECK(alerts.counters().joined == 1);
  CHECK(at(alerts, monday + 25h).empty());
  auto const ended = at(alerts, monday + 26h);
  REQUIRE(ended.size() == 1);
  CHECK_FALSE(ended[0].firing);
  CHECK(ended[0].id == told[0].id);
  CHECK(ended[0].updated == monday + 26h);
  CHECK(alerts.firing().empty());
}

TEST_CASE("what an agent calls common, what is expected, what is no onset and strange nodes are not told",
          "[collector][alert]") {
  NodeAlerts alerts(inventory(), options());
  CHECK(take(alerts, alarm(0, monday, 1e-3)).empty());
  Declared storm{.published = monday, .start = monday, .end = monday + 6h, .kind = "weather", .group_kind = "region"};
  storm.group_name = "north";
  storm.classes = {FindingClass::loss};
  alerts.declare(storm);
  CHECK(take(alerts, alarm(1, monday + 1h, 1e-12, FindingClass::loss)).empty());
  CHECK(alerts.counters().expected == 1);
  CHECK(take(alerts, alarm(1, monday + 1h)).size() == 1);                             // of another class
  CHECK(take(alerts, alarm(8, monday + 1h, 1e-12, FindingClass::loss)).size() == 1);  // elsewhere
  CHECK(take(alerts, alarm(2, monday + 6h, 1e-12, FindingClass::loss)).size() == 1);  // over
  auto update = alarm(3, monday);
  update.fields.push_back({"greywatch.update_of", std::string("n3-1-1")});
  CHECK(take(alerts, update).empty());
  auto summary = alarm(3, monday);
  summary.kind = FindingKind::summary;
  CHECK(take(alerts, summary).empty());
  CHECK(take(alerts, alarm(99, monday)).empty());
  at(alerts, monday + 1h);
  CHECK(take(alerts, alarm(4, monday + 48h)).empty());  // a clock that is wrong would move the region's month
  CHECK(alerts.counters().refused == 2);
  CHECK(alerts.counters().tests == 5);
}

TEST_CASE("a region that always alarms raises its own bar and no other's", "[collector][alert]") {
  auto wide = options();
  wide.region = wide.node = {1000, 1000};
  NodeAlerts alerts(inventory(), wide);
  for (int day = 0; day < 5; ++day)
    for (int node = 0; node < 8; ++node)
      for (auto const kind : {FindingClass::recon, FindingClass::loss})
        take(alerts, alarm(node, monday + day * 24h + node * 1min, 1e-2, kind));
  CHECK(take(alerts, alarm(7, monday + 5 * 24h, 1e-5)).empty());
  CHECK(take(alerts, alarm(9, monday + 5 * 24h, 1e-5)).size() == 1);
}

TEST_CASE("what the budgets hold back waits, is named by the next alert and told when there are tokens again",
          "[collector][alert]") {
  auto tight = options();
  tight.region = {2, 2};
  NodeAlerts alerts(inventory(), tight);
  CHECK(take(alerts, alarm(0, monday)).size() == 1);
  CHECK(take(alerts, alarm(1, monday)).size() == 1);
  CHECK(take(alerts, alarm(2, monday, 1e-10)).empty());
  CHECK(take(alerts, alarm(3, monday, 1e-14)).empty());
  CHECK(alerts.counters().deferred == 2);
  CHECK(take(alerts, alarm(8, monday)).size() == 1);  // the south has a budget of its own
  CHECK(at(alerts, monday + 11h).empty());
  auto const next = at(alerts, monday + 12h);
  REQUIRE(next.size() == 1);
  CHECK(next[0].scope == "node:n3");  // the clearest first
  CHECK(next[0].text.find("1 more alarms of this region wait for the budget: iec104.command.new_master at n2") !=
        std::string::npos);
  auto const last = at(alerts, monday + 24h);
  CHECK(std::ranges::count(last, "node:n2", &Alert::scope) == 1);
  CHECK(alerts.counters().told == 5);
}

TEST_CASE("a node's own budget keeps it from using up the region's", "[collector][alert]") {
  auto short_lived = options();
  short_lived.quiet = 1h;
  short_lived.refractory = 0s;
  short_lived.node = {1, 1};
  NodeAlerts alerts(inventory(), short_lived);
  std::size_t told = 0;
  for (int hour = 0; hour < 20; hour += 2) {
    told += take(alerts, alarm(0, monday + hour * 1h)).size();
    for (auto const& alert : at(alerts, monday + hour * 1h + 90min)) told += alert.firing;
  }
  CHECK(told == 1);
  CHECK(take(alerts, alarm(1, monday + 20h)).size() == 1);
}

TEST_CASE("a restart changes nothing: the same alarms give the same alerts", "[collector][alert]") {
  auto tight = options();
  tight.region = {2, 2};
  NodeAlerts straight(inventory(), tight), before(inventory(), tight), after(inventory(), tight);
  auto const first = [&](NodeAlerts& alerts) {
    for (int node = 0; node < 5; ++node) take(alerts, alarm(node, monday + node * 1min));
    at(alerts, monday + 1h);
  };
  auto const second = [&](NodeAlerts& alerts) {
    std::string told;
    for (int hour = 2; hour < 60; hour += 6) {
      for (auto const& alert : take(alerts, alarm(hour % 8, monday + hour * 1h, 1e-9))) write_ndjson(alert, told);
      for (auto const& alert : at(alerts, monday + hour * 1h)) write_ndjson(alert, told);
    }
    return told;
  };
  first(straight);
  first(before);
  auto const saved = before.save();
  REQUIRE(after.load(saved));
  CHECK(after.save() == saved);
  auto const told = second(straight);
  CHECK_FALSE(told.empty());
  CHECK(second(after) == told);
  for (std::size_t n = 0; n < saved.size(); n += 7) CHECK_FALSE(after.load(saved.substr(0, n + (n == 0))));
  Inventory smaller = inventory();
  smaller.nodes.resize(2);
  NodeAlerts left(smaller, tight);
  REQUIRE(left.load(saved));
  CHECK_FALSE(at(left, monday + 72h).empty());
}

TEST_CASE("node alerts that are not configured take nothing and tell nothing", "[collector][alert]") {
  NodeAlerts alerts(inventory(), {});
  CHECK(take(alerts, alarm(0, monday)).empty());
  CHECK(alerts.save().empty());
  CHECK(alerts.counters().tests == 0);
}
