#include "collector/score/slow.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "fleets.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using namespace greywatch::test;

namespace {

/// Days of all nodes of a fleet: p is uniform, or unusual with power k where `affected` says so.
struct World {
  explicit World(std::uint32_t seed) : random(seed) {}
  std::vector<SlowDay> day(std::size_t nodes, auto affected, double k) {
    Slow channel(nodes);
    for (std::uint32_t node = 0; node < nodes; ++node) {
      double const u = std::uniform_real_distribution<>(1e-9, 1)(random);
      channel.take(node, FindingClass::access, affected(node) ? std::pow(u, 1 / k) : u);
    }
    return channel.end_day();
  }
  std::mt19937_64 random;
};

Fleet wide_fleet() { return Fleet(greywatch::test::fleet(60, 12, 4, 3)); }

}  // namespace

TEST_CASE("the bet on a day has mean one when nothing is wrong", "[collector][score]") {
  double sum = 0;
  int const steps = 1'000'000;
  for (int i = 0; i < steps; ++i) sum += slow_e((i + 0.5) / steps);
  CHECK(sum / steps <= 1.0);
  CHECK(sum / steps > 0.95);
  CHECK(slow_e(0) == 40);
  CHECK(slow_e(1) == Approx(0.45));
}

TEST_CASE("the slow family has a mean of at most one without a campaign", "[collector][score]") {
  auto const fleet = wide_fleet();
  World world(7);
  double sum = 0, squares = 0;
  int const days = 20'000;
  Slow slow(fleet.nodes.size());
  std::vector<NodeWeight> nodes;
  Drifts drifts;
  for (int d = 0; d < days; ++d) {
    auto const day = world.day(fleet.nodes.size(), [](std::uint32_t) { return false; }, 1);
    double const ratio = std::exp(slow.log_ratio(fleet, 0, day, drifts, nodes));
    slow.learn(day);
    sum += ratio;
    squares += ratio * ratio;
  }
  double const mean = sum / days, deviation = std::sqrt((squares / days - mean * mean) / days);
  INFO(mean << " +- " << deviation);
  CHECK(mean <= 1 + 3 * deviation);
}

TEST_CASE("many nodes of different operators that are a little odd for weeks are found", "[collector][score]") {
  auto const fleet = wide_fleet();
  World world(11);
  Slow slow(fleet.nodes.size());
  std::vector<NodeWeight> nodes;
  Drifts drifts;
  double total = 0;
  for (int d = 0; d < 20; ++d) {
    auto const day = world.day(fleet.nodes.size(), [](std::uint32_t node) { return node % 6 == 0; }, 0.4);
    nodes.clear();
    total += slow.log_ratio(fleet, 0, day, drifts, nodes);
    slow.learn(day);
  }
  CHECK(total > 5);
}

TEST_CASE("one node never brings more than a little, however odd its days are", "[collector][score]") {
  auto const fleet = wide_fleet();
  Slow slow(fleet.nodes.size());
  std::vector<NodeWeight> nodes;
  Drifts drifts;
  double total = 0;
  for (int d = 0; d < 60; ++d) {
    slow.take(3, FindingClass::access, 1e-9);
    auto const day = slow.end_day();
    total += slow.log_ratio(fleet, 0, day, drifts, nodes);
    slow.learn(day);
  }
  CHECK(total < 1.6);
}

TEST_CASE("a region, a vendor or an operator that drifts as a whole is no campaign", "[collector][score]") {
  auto const fleet = wide_fleet();
  for (auto const kind : {GroupKind::region, GroupKind::vendor, GroupKind::operator_}) {
    World world(13);
    Slow slow(fleet.nodes.size());
    std::vector<NodeWeight> nodes;
    Drifts drifts;
    auto const group = fleet.group_of(0, kind);
    double total = 0;
    for (int d = 0; d < 20; ++d) {
      auto const day =
          world.day(fleet.nodes.size(), [&](std::uint32_t node) { return fleet.group_of(node, kind) == group; }, 0.4);
      total += slow.log_ratio(fleet, 0, day, drifts, nodes);
      slow.learn(day);
    }
    CHECK(total < 2);
  }
}

TEST_CASE("several classes of one day are one bet, and a summary told twice counts once", "[collector][score]") {
  Slow slow(4);
  slow.take(1, FindingClass::access, 0.01);
  slow.take(1, FindingClass::access, 0.01);
  slow.take(1, FindingClass::command, 1);
  auto const day = slow.end_day();
  REQUIRE(day.size() == 1);
  CHECK(day[0].e == Approx((slow_e(0.01) + slow_e(1)) / 2));
  CHECK(slow.end_day().empty());
}
