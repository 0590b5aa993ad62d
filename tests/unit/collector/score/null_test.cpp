#include <catch2/catch.hpp>
#include <cmath>

#include "collector/score/core.hpp"
#include "tests/unit/collector/score/worlds.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using greywatch::test::World;

namespace {

/// A likelihood ratio over ticks: its mean, and how often it is large. One tick in a million may be worth a million, so
/// the mean is taken of what is cut at `most`: still at most one, and such that a sample can tell.
struct Ratio {
  void add(double value) {
    mean.add(std::min(value, most));
    for (std::size_t i = 0; i < large.size(); ++i) beyond[i] += value >= large[i];
  }
  /// Markov: a mean of one leaves no more than n / c ticks with a factor of c or more; three deviations for luck.
  void check(double least) const {
    INFO("mean " << mean.mean << " +- " << mean.error() << " of " << mean.count << ", beyond: " << beyond[0] << ", "
                 << beyond[1] << ", " << beyond[2]);
    CHECK(mean.mean <= 1 + 3 * mean.error());
    CHECK(mean.mean >= least);
    for (std::size_t i = 0; i < large.size(); ++i) {
      double const expected = static_cast<double>(mean.count) / large[i];
      CHECK(beyond[i] <= expected + 3 * std::sqrt(expected + 1));
    }
  }
  static constexpr double most = 100;
  static constexpr std::array large{30.0, 1000.0, 30'000.0};
  test::Mean mean;
  std::array<double, 3> beyond{};
};

}  // namespace

TEST_CASE("joint hypotheses are worth one in a world of shocks that opens them, no more and not much less",
          "[collector][score]") {
  // What opens them is the world's own noise: loud regions, shouting nodes and moving markets of benign causes. High
  // rates, so that the tail of the ratios can be sampled.
  auto const p = GENERATE(0.02, 0.05);
  World world(test::fleet(36, 12, 3, 3), p, 61);
  Around around(world.fleet);
  std::array<Ratio, act_kinds> ratios;
  for (std::int64_t tick = 0; tick < 40'000; ++tick) {
    world.shocks.predict(world.fleet);
    auto const hits = world.draw(true);
    // Called rare, whatever the rate: so that noise opens what noise can open.
    std::vector<Onset> onsets;
    for (auto const& hit : hits)
      for (std::size_t c = 0; c < finding_classes; ++c)
        if (hit.classes >> c & 1) onsets.push_back({hit.node, FindingClass(c), tick, 0.01, false});
    around.take(world.fleet, world.live, tick, onsets);
    auto const open = around.of(world.fleet, tick, 1);
    auto const found = world.model.weigh(0, hits, world.live, world.shocks, 1, 0, true, open);
    auto const take = [&](Act act, bool allowed) {
      if (allowed) ratios[static_cast<std::size_t>(act)].add(std::exp(found.of(act).log_ratio));
    };
    take(Act::market, open.market);
    take(Act::elsewhere, !open.quiet.empty());
    take(Act::beneath, !open.calm.empty());
    world.shocks.commit(world.fleet, world.live, found.explained);
  }
  for (auto const act : {Act::market, Act::elsewhere, Act::beneath}) {
    INFO("p " << p << ", act " << static_cast<int>(act));
    auto const& ratio = ratios[static_cast<std::size_t>(act)];
    REQUIRE(ratio.mean.count > 500);
    // Explaining away pays more than a cause's own share, and a node that becomes noisy in the very tick is not calm.
    ratio.check(0.15);
  }
}

TEST_CASE("all that a scope is told in a world of shocks has mean one", "[collector][score]") {
  // The whole line as it ships, rates learned, tiles mixed: by scope, small ones too.
  World world(test::fleet(48, 12, 4, 3), 0.002, 67);
  std::vector<Declared> const declared;
  Tables tables(world.fleet, world.options);
  Models models{world.fleet, world.options, declared, world.model, tables};
  Core core(world.fleet, world.options);
  core.next = 0;
  core.rates.start(0);
  Hazards const hazards{world.options.start_hazard, world.options.end_hazard};
  std::array<Ratio, scope_kinds> ratios;
  for (std::int64_t tick = 0; tick < 24 * 1200; ++tick) {
    auto& open = core.open[tick];
    for (auto const& hit : world.draw(true))
      for (std::size_t c = 0; c < finding_classes; ++c)
        if (hit.classes >> c & 1) {
          auto const time = from_unix_ns((tick * tick_length).count() + 1'800'000'000'000);
          open.alarms.emplace(hit.node * static_cast<std::uint32_t>(finding_classes) + static_cast<std::uint32_t>(c),
                              AlarmCell{time, time, 1e-6, {}, {}, {}});
        }
    std::vector<double> before;
    for (auto const& scope : core.scopes) before.push_back(hazards.shrink(scope.above()) * scope.above());
    close_tick(core, models);
    if (tick < 24 * 60) continue;
    for (std::size_t s = 0; s < core.scopes.size(); ++s)
      ratios[static_cast<std::size_t>(world.fleet.scopes[s].kind)].add(std::exp(core.scopes[s].above() - before[s]));
  }
  for (auto const& ratio : ratios) ratio.check(0.97);
}
