#include "collector/alert/policy.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace greywatch;
using namespace greywatch::collector;

namespace {

constexpr Time monday = from_unix_ns(1'763'942'400'000'000'000);
Time at(double hours) { return monday + Duration(static_cast<std::int64_t>(hours * 3600e9)); }

Inventory inventory() {
  Inventory result;
  for (int i = 0; i < 6; ++i) {
    Node node;
    node.name = "n" + std::to_string(i);
    node.operator_name = "op" + std::to_string(i % 4);
    node.region = "R" + std::to_string(i % 3);
    result.nodes.push_back(node);
  }
  return result;
}

Score score(double value, Time time, int nodes = 4, double evalue = 4, std::string scope = "fleet") {
  Score result{.time = time, .scope = std::move(scope), .score = value, .p05 = value / 2, .p95 = value};
  result.evalue_log10 = evalue;
  result.contributions.push_back({.family = "prior", .decibans = -15, .points = 3, .text = "p"});
  Contribution coincidence{.family = "coincidence", .decibans = 20, .points = value - 3, .text = "c"};
  for (int i = 0; i < nodes; ++i) coincidence.nodes.push_back({"n" + std::to_string(i), 1.0 / nodes});
  coincidence.findings = {"n0-1-1"};
  coincidence.techniques = {"T1692.001"};
  result.contributions.push_back(coincidence);
  return result;
}

std::vector<Alert> closed(Policy& policy, Score one) { return policy.on_ticks({&one, 1}); }
std::vector<Alert> open(Policy& policy, Score one) { return policy.on_provisional({&one, 1}); }

}  // namespace

TEST_CASE("levels fire once each and the id stays", "[collector][alert]") {
  Policy policy(inventory());
  CHECK(closed(policy, score(24.9, at(1))).empty());
  auto const watch = closed(policy, score(25, at(2)));
  REQUIRE(watch.size() == 1);
  CHECK(watch[0].severity == "watch");
  CHECK(watch[0].firing);
  CHECK(watch[0].since == at(1));
  CHECK(watch[0].id.starts_with("fleet-20251124T01Z-"));
  CHECK(closed(policy, score(30, at(3))).empty());
  auto const alert = closed(policy, score(95, at(4)));
  REQUIRE(alert.size() == 1);
  CHECK(alert[0].severity == "alert");
  CHECK(alert[0].id == watch[0].id);
  CHECK(alert[0].operators.size() == 4);
  CHECK(alert[0].techniques == std::vector<std::string>{"T1692.001"});
  CHECK(alert[0].findings == std::vector<std::string>{"n0-1-1"});
  CHECK(policy.firing().size() == 1);
}

TEST_CASE("severity alert needs three operators and two families or a large e-value", "[collector][alert]") {
  Policy policy(inventory());
  CHECK(closed(policy, score(99, at(1), 2)).at(0).severity == "elevated");
  CHECK(closed(policy, score(99, at(2), 4, 0.9)).empty());
  auto two = score(99, at(3), 4, 0);
  two.contributions.push_back(two.contributions[1]);
  two.contributions[2].family = "shared trait";
  CHECK(closed(policy, two).at(0).severity == "alert");
}

TEST_CASE("a score that swings around a level gives one alert", "[collector][alert]") {
  Policy policy(inventory());
  std::size_t sent = 0;
  for (int hour = 1; hour <= 60; ++hour) sent += closed(policy, score(hour % 2 ? 51 : 16, at(hour))).size();
  CHECK(sent == 1);
}

TEST_CASE("an alert ends ten points below watch, after the hold, and says so once", "[collector][alert]") {
  Policy policy(inventory());
  auto const id = closed(policy, score(45, at(1))).at(0).id;
  CHECK(closed(policy, score(5, at(3))).empty());
  CHECK(closed(policy, score(15, at(9))).empty());
  auto const ended = closed(policy, score(14.9, at(10)));
  REQUIRE(ended.size() == 1);
  CHECK_FALSE(ended[0].firing);
  CHECK(ended[0].id == id);
  CHECK(ended[0].severity == "elevated");
  CHECK(closed(policy, score(10, at(11))).empty());
  // A new onset is a new alert.
  CHECK(closed(policy, score(60, at(20))).at(0).id != id);
}

TEST_CASE("provisional scores raise at once, never lower, and agree with their tick", "[collector][alert]") {
  Policy policy(inventory());
  auto const first = open(policy, score(95, at(4.3)));
  REQUIRE(first.size() == 1);
  CHECK(first[0].since == at(4));
  for (int i = 0; i < 20; ++i) CHECK(open(policy, score(i % 2 ? 95 : 5, at(4.31 + 0.01 * i))).empty());
  CHECK(closed(policy, score(95, at(5))).empty());
  // The replay, which sees closed ticks only, gives the same id.
  Policy replay(inventory());
  CHECK(closed(replay, score(95, at(5))).at(0).id == first[0].id);
}

TEST_CASE("a standing alert is repeated every 72 hours", "[collector][alert]") {
  Policy policy(inventory());
  std::size_t sent = 0;
  for (int hour = 1; hour <= 1 + 72 * 3; ++hour) sent += closed(policy, score(97, at(hour))).size();
  CHECK(sent == 4);
  CHECK(policy.counters().repeated == 3);
}

TEST_CASE("a region's alert that the fleet's tells already is not told twice", "[collector][alert]") {
  Policy policy(inventory());
  std::vector<Score> both{score(95, at(4)), score(60, at(4), 3, 4, "region:R1")};
  auto const sent = policy.on_ticks(both);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].scope == "fleet");
  CHECK(policy.counters().grouped == 1);
  CHECK(both[1].alert->id.starts_with("region-R1-"));
  // Another node: that is news.
  std::vector<Score> more{score(95, at(5)), score(60, at(5), 5, 4, "region:R1")};
  CHECK(policy.on_ticks(more).size() == 1);
}

TEST_CASE("nothing is resolved while less than half of the fleet reports", "[collector][alert]") {
  Policy policy(inventory());
  closed(policy, score(60, at(1)));
  auto blind = score(3, at(20));
  blind.coverage = 0.4;
  CHECK(closed(policy, blind).empty());
  CHECK(policy.firing().size() == 1);
  CHECK(closed(policy, score(3, at(21))).size() == 1);
}

TEST_CASE("a scope that is left out of a tick is at its floor", "[collector][alert]") {
  Policy policy(inventory());
  std::vector<Score> both{score(3, at(4)), score(60, at(4), 3, 4, "region:R1")};
  CHECK(policy.on_ticks(both).size() == 1);
  CHECK(closed(policy, score(3, at(9))).empty());
  auto const ended = closed(policy, score(3, at(11)));
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].scope == "region:R1");
}

TEST_CASE("standing alerts survive a restart", "[collector][alert]") {
  Policy policy(inventory());
  auto const id = closed(policy, score(95, at(4))).at(0).id;
  auto const saved = policy.save();
  Policy next(inventory());
  REQUIRE(next.load(saved));
  CHECK(next.save() == saved);
  CHECK(closed(next, score(96, at(5))).empty());
  CHECK(closed(next, score(2, at(15))).at(0).id == id);
  CHECK_FALSE(next.load(saved.substr(0, saved.size() - 1)));
}

TEST_CASE("an alert's text says what would change it: its strongest family, its weightiest operator, time",
          "[collector][alert]") {
  Policy policy(inventory());
  auto one = score(95, at(4), 5);  // n0 and n4 are of op0
  one.log_odds = std::log(0.95 / 0.05);
  auto const alert = closed(policy, one).at(0);
  // 2.944 - 4.605 nats are 16 %, 2.944 - 2 / 5 of 4.605 are 75 %.
  CHECK_THAT(alert.text,
             Catch::EndsWith("What would change it: without coincidence about 16; if what op0 shows has a cause "
                             "of its own, about 75: ask there first, declare what it was. With no more such "
                             "hours it halves in about a week."));
  CHECK_THAT(closed(policy, score(3, at(15))).at(0).text, !Catch::Contains("What would change it"));
}

TEST_CASE("an alert's text shows every contribution and no actor", "[collector][alert]") {
  Policy policy(inventory());
  auto const alert = closed(policy, score(95, at(4))).at(0);
  CHECK_THAT(alert.text, Catch::Contains("+92.0 points (+20 decibans), coincidence: c Nodes: n0 (25 %, op0, R0), n1"));
  CHECK_THAT(alert.text, Catch::Contains("+3.0 points (-15 decibans), prior: p"));
  CHECK_THAT(alert.title,
             Catch::StartsWith("alert: coordinated activity in the fleet at 4 nodes of 4 operators in 3 regions"));
}

TEST_CASE("the budget holds back what is told of many scopes, never the highest severity and never an end",
          "[collector][alert]") {
  PolicyOptions options;
  options.budget = {2, 2};
  Policy policy(inventory(), options);
  auto const region = [](int i) { return "region:R" + std::to_string(i); };
  CHECK(closed(policy, score(30, at(1), 1, 4, region(0))).size() == 1);
  CHECK(closed(policy, score(30, at(1), 1, 4, region(1))).size() == 1);
  Policy restarted(inventory(), options);
  REQUIRE(restarted.load(policy.save()));
  for (auto* one : {&policy, &restarted}) {
    CHECK(closed(*one, score(30, at(1), 1, 4, region(2))).empty());
    CHECK(open(*one, score(31, at(1.5), 1, 4, region(2))).empty());
    CHECK(one->counters().deferred == 1);
    auto const later = open(*one, score(32, at(13), 1, 4, region(2)));
    REQUIRE(later.size() == 1);  // half a day gives one token
    CHECK(later[0].since == at(0));
    CHECK(open(*one, score(40, at(13), 4)).empty());
    auto const all = closed(*one, score(95, at(14)));
    CHECK(std::ranges::count(all, "alert", &Alert::severity) == 1);
    CHECK(std::ranges::count(all, false, &Alert::firing) == 3);  // the regions are at their floor
  }
}
