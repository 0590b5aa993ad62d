#include "collector/score/slow.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "fleets.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using namespace greywatch::test;

namespace {

bool nobody(std::uint32_t) { return false; }
bool everybody(std::uint32_t) { return true; }

/// Days of all nodes of a fleet that is known since `known` quiet days: p is uniform, or unusual with power k where
/// `affected` says so.
struct World {
  World(Fleet const& of, std::uint32_t seed, int known = 30) : fleet(of), random(seed), slow(of.nodes.size()) {
    for (int d = 0; d < known; ++d) judge(nobody, 1);
  }
  /// ln of what the day says, learned from.
  double judge(auto affected, double k) {
    return judge_by([&](std::uint32_t node) { return affected(node) ? k : 1; });
  }
  /// The same with a power for each node.
  double judge_by(auto power) {
    for (std::uint32_t node = 0; node < fleet.nodes.size(); ++node) {
      double const u = std::uniform_real_distribution<>(1e-9, 1)(random);
      slow.take(node, FindingClass::access, std::pow(u, 1 / power(node)));
    }
    auto const day = slow.end_day();
    if (day.empty()) return 0;
    nodes.clear();
    double const ratio = slow.log_ratio(fleet, 0, day, drifts, nodes);
    slow.learn(day);
    return ratio;
  }
  double judge(int days, auto affected, double k) {
    double total = 0;
    for (int d = 0; d < days; ++d) total += judge(affected, k);
    return total;
  }
  Fleet const& fleet;
  std::mt19937_64 random;
  Slow slow;
  Drifts drifts;
  std::vector<NodeWeight> nodes;
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
  World world(fleet, 7, 1);
  double sum = 0, squares = 0;
  int const days = 20'000;
  for (int d = 0; d < days; ++d) {
    double const ratio = std::exp(world.judge(nobody, 1));
    sum += ratio;
    squares += ratio * ratio;
  }
  double const mean = sum / days, deviation = std::sqrt((squares / days - mean * mean) / days);
  INFO(mean << " +- " << deviation);
  CHECK(mean <= 1 + 3 * deviation);
}

TEST_CASE("many nodes of different operators that are a little odd for weeks are found", "[collector][score]") {
  auto const fleet = wide_fleet();
  CHECK(World(fleet, 11).judge(20, [](std::uint32_t node) { return node % 7 == 0; }, 0.4) > 5);
}

TEST_CASE("days that are too unusual everywhere, from the first on, say nothing", "[collector][score]") {
  Fleet const fleet(greywatch::test::fleet(400, 60, 8, 5));
  for (std::uint32_t const seed : {17u, 18u, 19u}) {
    World world(fleet, seed, 0);
    double most = 0, sum = 0;
    for (int d = 0; d < 30; ++d) most = std::max(most, sum = std::max(0.0, sum + world.judge(everybody, 0.8)));
    CHECK(most < 4);
  }
}

TEST_CASE("a large fleet in which there is always somebody who drifts is none that is attacked", "[collector][score]") {
  Fleet const fleet(greywatch::test::fleet(4000, 400, 24, 8));
  World world(fleet, 23, 0);
  double most = 0, sum = 0;
  for (std::uint32_t d = 0; d < 90; ++d) {
    auto const drifts = [&](std::uint32_t node) { return node % 40 == 0 && d - node * 37 % 90 < 20; };
    most = std::max(most, sum = std::max(0.0, sum + world.judge(drifts, 0.5)));
  }
  CHECK(most < 4);
}

TEST_CASE("one node never brings more than a little, however odd its days are", "[collector][score]") {
  auto const fleet = wide_fleet();
  World quiet(fleet, 5), odd(fleet, 5);
  double const alone = odd.judge(60, [](std::uint32_t node) { return node == 3; }, 0.05) - quiet.judge(60, nobody, 1);
  CHECK(alone > -0.5);
  CHECK(alone < 1.6);
}

TEST_CASE("a long quiet time does not make one odd node say more", "[collector][score]") {
  Fleet const fleet(greywatch::test::fleet(400, 60, 8, 5));
  // Detectors that are too cautious: p is the square root of what it should be.
  auto const brings = [&](int quiet_days) {
    World quiet(fleet, 29, 0), odd(fleet, 29, 0);
    for (auto* world : {&quiet, &odd})
      for (int day = 0; day < quiet_days; ++day) world->judge(everybody, 2);
    auto const power = [](World& world, double of_one) {
      double sum = 0;
      for (int day = 0; day < 60; ++day)
        sum += world.judge_by([&](std::uint32_t node) { return node == 3 ? of_one : 2; });
      return sum;
    };
    return power(odd, 0.05) - power(quiet, 2);
  };
  CHECK(brings(30) < 2);
  CHECK(brings(160) < 2);
}

TEST_CASE("a region, a vendor or an operator that drifts as a whole is no campaign", "[collector][score]") {
  auto const fleet = wide_fleet();
  for (auto const kind : {GroupKind::region, GroupKind::vendor, GroupKind::operator_}) {
    auto const group = fleet.group_of(0, kind);
    CHECK(World(fleet, 13).judge(20, [&](std::uint32_t node) { return fleet.group_of(node, kind) == group; }, 0.4) < 2);
  }
}

TEST_CASE("several classes of one day are one bet, and a summary told twice counts once", "[collector][score]") {
  Slow slow(4);
  for (int i = 0; i < 200; ++i) {  // days that are as they should be
    slow.take(2, FindingClass::access, 1);
    CHECK(slow.end_day().size() == (i > 0));
  }
  slow.take(1, FindingClass::access, 0.01);
  slow.take(1, FindingClass::access, 0.01);
  slow.take(1, FindingClass::command, 1);
  auto const day = slow.end_day();
  REQUIRE(day.size() == 1);
  CHECK(day[0].e == Approx((slow_e(0.01) + slow_e(1)) / 2));
  CHECK(slow.end_day().empty());
}
