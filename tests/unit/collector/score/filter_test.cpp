#include "collector/score/filter.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "collector/score/core.hpp"
#include "tests/unit/collector/score/fleets.hpp"

using namespace greywatch;
using namespace greywatch::collector;

namespace {

constexpr Hazards usual{1.0 / 8766, 1.0 / 240};
HazardTable const usually(usual);

Increment worth(double nats, std::vector<NodeWeight> nodes = {}) {
  Increment increment;
  increment.nats = nats;
  increment.nodes = std::move(nodes);
  return increment;
}

void give(ScopeState& state, Increment const& increment) {
  update(state, FamilyId::coincidence, increment, 2, [](std::uint32_t) { return nullptr; });
}

}  // namespace

TEST_CASE("contributions add up to the log odds and points to the score over a million random ticks",
          "[collector][score]") {
  auto const inventory = test::fleet(12, 6, 3, 2);
  ScoreOptions const options;
  Fleet const fleet(inventory);
  std::vector<Declared> const declared;
  CoincidenceModel model(fleet, options);
  Tables tables(fleet, options);
  Models const models{fleet, options, declared, model, tables};
  Core core(fleet, options);
  auto& state = core.scopes[0];
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> one(0, 1);
  double log_odds = usual.rest(), worst = 0, worst_points = 0;
  for (int tick = 0; tick < 1'000'000; ++tick) {
    // Mostly quiet, sometimes evidence, now and then absurd.
    double nats = -0.01;
    if (one(random) < 0.01) nats = std::normal_distribution<double>(1, 3)(random);
    if (one(random) < 1e-4) nats = one(random) < 0.5 ? 1e4 : -1e4;
    auto const first = static_cast<std::uint32_t>(random() % 12), second = (first + 5) % 12;
    double const above = state.above();
    double const s = usual.shrink(above);
    predict(state, usually);
    give(state, worth(nats, {{std::min(first, second), 1}, {std::max(first, second), 2}}));
    log_odds = usual.rest() + s * above + nats;
    worst = std::max(worst, std::abs(usual.rest() + state.above() - log_odds) / std::max(1.0, std::abs(log_odds)));
    if (tick % 100 != 0) continue;
    auto const score = tell(core, models, 0, {});
    double sum = 0, decibans = 0;
    for (auto const& contribution : score.contributions) {
      sum += contribution.points;
      decibans += contribution.decibans;
    }
    REQUIRE(sum == score.score);
    REQUIRE(score.score >= 0);
    REQUIRE(score.score <= 100);
    worst_points = std::max(worst_points, std::abs(sum - percent(score.log_odds)));
    REQUIRE(std::abs(decibans / 10 * std::log(10.0) - score.log_odds) < 1e-9 * std::max(1.0, std::abs(score.log_odds)));
    // A node never holds more than its cap.
    for (auto const& account : state.accounts)
      for (auto const& node : account.nodes) REQUIRE(node.nats <= 2 + 1e-12);
  }
  CHECK(worst < 1e-9);
  CHECK(worst_points < 1e-9);
}

TEST_CASE("the time update is the probability recursion", "[collector][score]") {
  for (double log_odds = -30; log_odds <= 600; log_odds += 0.37) {
    double const above = log_odds - usual.rest();
    double const after = usual.rest() + usual.shrink(above) * above;
    double const p = percent(log_odds) / 100;
    double const expected = p * (1 - usual.end) + (1 - p) * usual.start;
    CHECK(percent(after) / 100 == Approx(expected).epsilon(1e-9));
    CHECK(usual.shrink(above) > 0);
    CHECK(usual.shrink(above) <= 1);
  }
  CHECK(usual.shrink(0) == Approx(1 - usual.start - usual.end));
}

TEST_CASE("after evidence stops the score falls with a half-life of about seven days", "[collector][score]") {
  ScopeState state;
  give(state, worth(-usual.rest()));
  CHECK(percent(usual.rest() + state.above()) == Approx(50));
  int hours = 0;
  while (percent(usual.rest() + state.above()) > 25 + percent(usual.rest()) / 2) {
    predict(state, usually);
    ++hours;
  }
  CHECK(hours > 6.5 * 24);
  CHECK(hours < 7.5 * 24);
  for (int i = 0; i < 24 * 365; ++i) predict(state, usually);
  CHECK(usual.rest() + state.above() == Approx(usual.rest()).margin(1e-6));
}

TEST_CASE("a prior ten times higher moves the log odds by ln 10 at most", "[collector][score]") {
  Hazards const eager{usual.start * 10, usual.end};
  std::mt19937_64 random(11);
  ScopeState low, high;
  for (int tick = 0; tick < 20'000; ++tick) {
    predict(low, usually);
    predict(high, HazardTable(eager));
    double const nats = random() % 200 == 0 ? std::normal_distribution<double>(1, 2)(random) : -0.01;
    give(low, worth(nats));
    give(high, worth(nats));
    double const difference = eager.rest() + high.above() - usual.rest() - low.above();
    // Exactly ln 10 for one start; that no campaign started in the 1 / mu ticks remembered is less likely, too.
    REQUIRE(difference <= std::log(10.0) + 9 * usual.start / usual.end);
    REQUIRE(difference >= -1e-9);
  }
}

TEST_CASE("quiet cannot push the probability below the start hazard", "[collector][score]") {
  ScopeState state;
  for (int tick = 0; tick < 10'000; ++tick) {
    predict(state, usually);
    REQUIRE(percent(usual.rest() + state.above()) / 100 >= usual.start * 0.999);
    give(state, worth(-5));
  }
}

TEST_CASE("the tiles are the mean of their e-processes", "[collector][score]") {
  Tiles tiles;
  double sum = 0, narrow = 0;
  for (double const nats : {0.5, -0.01, 2.0, -0.01, -0.01}) {
    sum += tiles.add({nats, 0, 0});
    narrow += nats;
  }
  Tiles copy = tiles;
  CHECK(tiles.gain({1.0, 3.0, 0}) == copy.add({1.0, 3.0, 0}));
  sum += tiles.add({1.0, 3.0, 0});
  narrow += 1.0;
  CHECK(std::exp(sum) == Approx((std::exp(narrow) + std::exp(3.0) + 1) / static_cast<double>(tile_count)));
}

TEST_CASE("tiles end where their shapes say, before 1970 too", "[collector][score]") {
  std::array<int, tile_count> ends{};
  for (std::int64_t tick = -48; tick < 48; ++tick)
    for (std::size_t k = 0; k < tile_count; ++k) ends[k] += tile_shapes[k].ends_with(tick);
  CHECK(ends == std::array{96, 32, 16});
  CHECK(tile_shapes[2].ends_with(5));
  CHECK_FALSE(tile_shapes[2].ends_with(6));
}

TEST_CASE("the slow channel never costs more than the chance of a slow campaign", "[collector][score]") {
  SlowProcess quiet;
  for (int day = 0; day < 1000; ++day) {
    double const added = quiet.add(-0.5);
    CHECK(added <= 0);
    CHECK(added >= std::log(0.7));
  }
  CHECK(quiet.log == -2);
  SlowProcess once;
  CHECK(once.add(-100) == Approx(std::log(0.7)).margin(1e-3));
  SlowProcess rising;
  double gained = 0;
  for (int day = 0; day < 20; ++day) gained += rising.add(1);
  CHECK(gained == Approx(20 + std::log(0.3)).margin(0.01));
}
