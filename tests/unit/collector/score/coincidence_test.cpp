#include "collector/score/coincidence.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <iostream>
#include <random>

#include "collector/score/filter.hpp"
#include "tests/unit/collector/score/worlds.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using greywatch::test::Mean;
using greywatch::test::World;

namespace {

Hit hit(Fleet const& fleet, std::string const& name, FindingClass kind, double p = 1e-3) {
  Hit one;
  one.node = fleet.index.at(name);
  one.classes = bit(kind);
  one.inverse[static_cast<std::size_t>(kind)] = 1 / p;
  return one;
}

void in_order(Fleet const& fleet, std::vector<Hit>& hits) {
  std::ranges::sort(hits, {}, [&](Hit const& one) { return fleet.rank[one.node]; });
}

}  // namespace

TEST_CASE("the evidence has mean one when nothing is coordinated", "[collector][score]") {
  double const p = GENERATE(0.002, 0.01, 0.05);
  auto const scope = GENERATE(0U, 1U);
  World world(test::fleet(30, 10, 3, 3), p, 17);
  Mean evidence, ratio;
  int const ticks = p > 0.01 ? 10'000 : 100'000;
  for (int tick = 0; tick < ticks; ++tick) {
    auto hits = world.draw(false);
    std::erase_if(
        hits, [&](Hit const& one) { return world.fleet.scope_of(one.node, world.fleet.scopes[scope].kind) != scope; });
    double const log_ratio =
        world.model.weigh(scope, hits, world.live, world.shocks, 1, 0, false).of(Act::anywhere).log_ratio;
    evidence.add(std::exp(diluted(world.options.activity, log_ratio)));
    ratio.add(std::exp(log_ratio));
  }
  INFO("p " << p << ", evidence " << evidence.mean << " +- " << evidence.error() << ", ratio " << ratio.mean << " +- "
            << ratio.error());
  CHECK(evidence.mean >= 0.97);
  CHECK(evidence.mean <= 1.0 + 3 * evidence.error());
  // Undiluted, a hundred times stricter: the ratio itself is an e-value and is not wasteful where its tail can be
  // sampled.
  CHECK(ratio.mean <= 1.0 + 3 * ratio.error());
  if (p == 0.05) CHECK(ratio.mean > 0.5);
}

TEST_CASE("the joint hypotheses have mean one as well, whatever opens them", "[collector][score]") {
  World world(test::fleet(30, 10, 3, 3), 0.05, 29);  // a rate at which the tail can be sampled
  Surroundings around;
  around.market = true;
  around.quiet.assign(world.fleet.nodes.size(), 1);
  around.calm.assign(world.fleet.nodes.size(), 1);
  for (std::uint32_t i = 0; i < world.fleet.nodes.size(); ++i) {
    around.quiet[i] = world.fleet.nodes[i].region != "R1";
    around.calm[i] = i % 7 != 0;
  }
  std::array<Mean, act_kinds> means;
  std::mt19937_64 random(31);
  for (int tick = 0; tick < 30'000; ++tick) {
    auto hits = world.draw(false);
    // Half of the nodes had an earlier stage: the factor has mean one over that.
    for (auto& one : hits) one.progress = random() % 2 ? 0.7 / 0.5 : 0.3 / 0.5;
    auto const found = world.model.weigh(0, hits, world.live, world.shocks, 1, 0, false, around);
    for (std::size_t act = 0; act < act_kinds; ++act) means[act].add(std::exp(found.acts[act].log_ratio));
  }
  for (auto const& mean : means) {
    INFO(mean.mean << " +- " << mean.error());
    CHECK(mean.mean >= 0.4);
    CHECK(mean.mean <= 1.0 + 3 * mean.error());
  }
}

TEST_CASE("group shocks do not lift the mean above one", "[collector][score]") {
  World world(test::fleet(40, 10, 4, 3), 0.004, 23);
  Mean evidence;
  std::vector<Explained> explained;
  for (int tick = 0; tick < 100'000; ++tick) {
    world.shocks.predict(world.fleet);
    auto const found = world.model.weigh(0, world.draw(true), world.live, world.shocks, 1, 0, true);
    evidence.add(std::exp(diluted(world.options.activity, found.of(Act::anywhere).log_ratio)));
    world.shocks.commit(world.fleet, world.live, found.explained);
  }
  INFO(evidence.mean << " +- " << evidence.error());
  CHECK(evidence.mean <= 1.0 + 3 * evidence.error());
}

TEST_CASE("one node or one operator gives exactly no evidence", "[collector][score]") {
  Fleet const fleet(test::fleet(30, 6, 3, 3));
  Live const live(fleet);
  Shocks const shocks(fleet);
  ScoreOptions const options;
  CoincidenceModel model(fleet, options);
  std::vector<Hit> hits;
  for (int i = 0; i < 30; i += 6) {
    hits.push_back(hit(fleet, fmt::format("n{:03}", i), FindingClass::command, 1e-9));
    in_order(fleet, hits);
    CHECK(model.weigh(0, hits, live, shocks, 1, 0, false).of(Act::anywhere).log_ratio == minus_infinity);
  }
  hits.push_back(hit(fleet, "n001", FindingClass::command));
  in_order(fleet, hits);
  CHECK(model.weigh(0, hits, live, shocks, 1, 0, false).of(Act::anywhere).log_ratio > minus_infinity);
}

TEST_CASE("another operator never lowers the evidence, and rarer onsets never do", "[collector][score]") {
  // A region and a sector each: two in one would be a cause's of those to explain.
  auto inventory = test::fleet(60, 20, 20, 4);
  for (std::size_t i = 0; i < inventory.nodes.size(); ++i) inventory.nodes[i].sector = fmt::format("s{}", i % 20);
  Fleet const fleet(inventory);
  Live const live(fleet);
  Shocks const shocks(fleet);
  ScoreOptions const options;
  CoincidenceModel model(fleet, options);
  std::vector<Hit> hits{hit(fleet, "n000", FindingClass::command)};
  double before = minus_infinity;
  for (int i = 1; i < 20; ++i) {
    hits.push_back(hit(fleet, fmt::format("n{:03}", i), FindingClass::command));
    in_order(fleet, hits);
    double const now = model.weigh(0, hits, live, shocks, 1, 0, false).of(Act::anywhere).log_ratio;
    CHECK(now > before);
    before = now;
  }
  std::vector<Hit> pair{hit(fleet, "n000", FindingClass::command, 1e-2),
                        hit(fleet, "n001", FindingClass::command, 1e-2)};
  double const common = model.weigh(0, pair, live, shocks, 1, 0, false).of(Act::anywhere).log_ratio;
  pair[1].inverse[static_cast<std::size_t>(FindingClass::command)] = 1e3;
  CHECK(model.weigh(0, pair, live, shocks, 1, 0, false).of(Act::anywhere).log_ratio > common);
}

TEST_CASE("an onset more in a region whose cause is at work changes the evidence by less than a tenth of a nat",
          "[collector][score]") {
  Fleet const fleet(test::fleet(200, 40, 8, 4));
  Live const live(fleet);
  Shocks shocks(fleet);
  for (std::uint32_t g = 0; g < fleet.groups.size(); ++g)
    if (fleet.groups[g].kind == GroupKind::region && fleet.groups[g].name == "R2") shocks.on[g] = 0.95;
  ScoreOptions const options;
  CoincidenceModel model(fleet, options);
  std::vector<Hit> hits;
  double before = 0;
  for (int i = 2; i < 200; i += 8) {
    hits.push_back(hit(fleet, fmt::format("n{:03}", i), FindingClass::loss));
    in_order(fleet, hits);
    auto const found = model.weigh(0, hits, live, shocks, 1, 0, false);
    double const now = diluted(options.activity, found.of(Act::anywhere).log_ratio);
    CHECK(std::abs(now - before) < 0.1);
    before = now;
  }
  // What happens elsewhere at the same time still counts.
  for (auto const* name : {"n000", "n001", "n003", "n004", "n005", "n006", "n007"})
    hits.push_back(hit(fleet, name, FindingClass::command));
  in_order(fleet, hits);
  CHECK(diluted(options.activity, model.weigh(0, hits, live, shocks, 1, 0, false).of(Act::anywhere).log_ratio) > 3);
}

TEST_CASE("everything alarming at once neither overflows nor is a campaign's fault alone", "[collector][score]") {
  Fleet const fleet(test::fleet(2000, 100, 8, 4));
  Live const live(fleet);
  Shocks const shocks(fleet);
  ScoreOptions const options;
  CoincidenceModel model(fleet, options);
  std::vector<Hit> hits;
  for (auto const& node : fleet.nodes) {
    auto one = hit(fleet, node.name, FindingClass::recon, 1e-9);
    one.classes = all_classes;
    one.inverse.fill(1e9);
    hits.push_back(one);
  }
  in_order(fleet, hits);
  auto const found = model.weigh(0, hits, live, shocks, 1, 0, true);
  CHECK(std::isfinite(found.of(Act::anywhere).log_ratio));
  CHECK_FALSE(found.explained.empty());
}

TEST_CASE("at least two of n is what counting says", "[collector][score]") {
  // Three units with odds 1, 2, 3: the sum over pairs and the triple.
  AtLeastTwo two;
  for (double const z : {1.0, 2.0, 3.0}) two.add(z);
  CHECK(std::exp(two.log()) == Approx(1 * 2 + 1 * 3 + 2 * 3 + 1 * 2 * 3));
  AtLeastTwo logs;
  for (double const z : {1.0, 2.0, 3.0}) logs.add_log(std::log1p(z));
  CHECK(logs.log() == Approx(two.log()));
  AtLeastTwo equal;
  for (int i = 0; i < 12; ++i) equal.add(0.3 / 0.7);
  CHECK(log_at_least_two(12, 0.3) == Approx(equal.log()));
  CHECK(log_at_least_two(1, 0.3) == minus_infinity);
  AtLeastTwo huge;
  for (int i = 0; i < 10'000; ++i) huge.add(1e12);
  CHECK(huge.log() == Approx(10'000 * std::log1p(1e12)));
}
