#include "collector/score/record.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "tests/unit/collector/score/fleets.hpp"
#include "tests/unit/collector/score/worlds.hpp"

using namespace greywatch;
using namespace greywatch::collector;

namespace {

constexpr std::uint32_t whole_fleet = 0;

Place hour(std::int64_t tick, Act act = Act::anywhere) { return {ScopeKind::fleet, whole_fleet, 0, act, tick}; }

Coincidence commands(double log_ratio) {
  Coincidence found{.log_ratio = log_ratio, .classes = bit(FindingClass::command)};
  for (std::uint32_t node = 0; node < 6; ++node) found.nodes.push_back({node, 1});
  return found;
}

/// A fleet of which `hours` have passed, with a coincidence of commands in each `every`-th.
Record after(Fleet const& fleet, int hours, int every, double log_ratio = 12) {
  Record record(fleet);
  for (int tick = 0; tick < hours; ++tick) {
    auto const found = commands(every && tick % every == every - 1 ? log_ratio : 0);
    record.learn(hour(tick), Record::stratum(found), found.log_ratio);
    record.note(hour(tick), Record::stratum(found), found.log_ratio);
  }
  return record;
}

Fleet const& some_fleet() {
  static Inventory const inventory = test::fleet(60, 20, 4, 3);
  static Fleet const fleet(inventory);
  return fleet;
}

}  // namespace

TEST_CASE("a coincidence counts for what the model says of it while that is little", "[collector][score]") {
  Record const record(some_fleet());
  for (double const log_ratio : {minus_infinity, -3.0, 0.0, 0.9, 2.0, 4.0})
    CHECK(record.believed(hour(0), commands(log_ratio)) == log_ratio);
}

TEST_CASE("the more often a fleet saw what nobody could explain, the less another of that size says",
          "[collector][score]") {
  auto const& fleet = some_fleet();
  double const quiet = after(fleet, 1440, 0).believed(hour(2000), commands(20)),
               young = Record(fleet).believed(hour(0), commands(20)),
               once = after(fleet, 1440, 1440).believed(hour(2000), commands(20)),
               monthly = after(fleet, 1440, 720).believed(hour(2000), commands(20)),
               daily = after(fleet, 1440, 24).believed(hour(2000), commands(20));
  INFO(quiet << " " << young << " " << once << " " << monthly << " " << daily);
  CHECK(quiet > young);
  CHECK(young < std::log(1000));
  CHECK(quiet > once);
  CHECK(once > monthly);
  CHECK(monthly > daily);
  CHECK(daily < std::log(40));
}

TEST_CASE("small coincidences do not take from what a large one says", "[collector][score]") {
  auto const& fleet = some_fleet();
  double const quiet = after(fleet, 1440, 0).believed(hour(2000), commands(20)),
               small = after(fleet, 1440, 24, 4).believed(hour(2000), commands(20));
  CHECK(small > quiet - 1);
}

TEST_CASE("what follows within half a day says little more, but for what is much larger", "[collector][score]") {
  auto const& fleet = some_fleet();
  auto record = after(fleet, 720, 720, 8);  // the last of its hours
  double const first = record.believed(hour(760), commands(8)), later = record.believed(hour(722), commands(8)),
               larger = record.believed(hour(722), commands(15));
  INFO(first << " " << later << " " << larger);
  CHECK(later < std::log(8));
  CHECK(first > later + 2);
  CHECK(larger > later + 2);
}

TEST_CASE("alarms that are unusual themselves, and nodes both entered and commanded, count for more",
          "[collector][score]") {
  auto const record = after(some_fleet(), 1440, 240);
  auto marked = commands(20), taken = commands(20);
  marked.log_marks = 5;
  taken.taken = 4;
  double const plain = record.believed(hour(2000), commands(20));
  CHECK(record.believed(hour(2000), marked) == Approx(plain + 2));
  CHECK(record.believed(hour(2000), taken) > plain);
  marked.log_ratio = plain + 1;
  CHECK(record.believed(hour(2000), marked) <= plain + 1);
}

TEST_CASE("many nodes whose alarms are usual say no less than a few of them", "[collector][score]") {
  auto const record = after(some_fleet(), 1440, 240);
  auto few = commands(20), many = commands(20);
  few.log_marks = -2;
  many.log_marks = -9;
  double const plain = record.believed(hour(2000), commands(20));
  CHECK(record.believed(hour(2000), few) == Approx(plain - 2));
  CHECK(record.believed(hour(2000), many) == record.believed(hour(2000), few));
}

TEST_CASE("what a fleet saw of one kind does not turn another kind into evidence against a campaign",
          "[collector][score]") {
  auto const& fleet = some_fleet();
  Record record(fleet);
  auto scans = commands(12);
  scans.classes = bit(FindingClass::recon);
  for (int tick = 0; tick < 1440; ++tick) {
    auto const found = tick < 1200 ? commands(0) : scans;
    record.learn(hour(tick), Record::stratum(found), found.log_ratio);
    record.note(hour(tick), Record::stratum(found), found.log_ratio);
  }
  auto const act = commands(12);
  record.learn(hour(1440), Record::stratum(act), act.log_ratio);
  record.note(hour(1440), Record::stratum(act), act.log_ratio);
  double const second = record.believed(hour(1441), act);
  INFO(second);
  CHECK(second > 0.5);
  auto usual = act;
  usual.log_marks = -9;
  CHECK(record.believed(hour(1441), usual) > -2);
}

TEST_CASE("the hours of one lasting accident are one accident in longer tiles, too", "[collector][score]") {
  auto const& fleet = some_fleet();
  auto record = after(fleet, 1440, 0);
  Place tile = hour(1445);
  tile.tile = tile_shapes.size() - 1;
  double const alone = record.believed(tile, commands(8));
  for (int tick = 1438; tick <= 1442; ++tick) record.note(hour(tick), Record::stratum(commands(8)), 8);
  double const lasting = record.believed(tile, commands(8));
  INFO(alone << " " << lasting);
  CHECK(lasting < alone - 2);
}

TEST_CASE("a record forgets with the half-life of what is learned", "[collector][score]") {
  auto record = after(some_fleet(), 1440, 24);
  double const before = record.believed(hour(3000), commands(20));
  for (int day = 0; day < 360; ++day) record.end_of_day(90);
  CHECK(record.believed(hour(3000), commands(20)) > before + 1);
}

TEST_CASE("a record outlives a restart to the last bit, and scopes that are gone are left out", "[collector][score]") {
  auto const& fleet = some_fleet();
  auto const record = after(fleet, 721, 240);
  StateWriter out;
  record.save(out, fleet);
  auto const saved = out.finish("gwtest01");
  for (auto const& regions : {4, 2}) {
    auto const inventory = test::fleet(60, 20, regions, 3);
    Fleet const next(inventory);
    StateReader in(saved, "gwtest01");
    Record again(next);
    again.load(in, next);
    CHECK(in.at_end());
    for (auto const tick : {722, 760})
      CHECK(again.believed(hour(tick), commands(20)) == record.believed(hour(tick), commands(20)));
  }
}

TEST_CASE("an accident a week that nobody modelled does not go on waking anybody", "[collector][score]") {
  // Ten nodes of as many operators give commands at once, for reasons of their own: the first may be taken for an act.
  Scorer scorer(test::fleet(120, 40, 8, 4));
  scorer.start(test::monday);
  std::mt19937_64 chance(5);
  std::vector<double> most(16);
  for (int week = 0; week < 16; ++week)
    for (int hour = 168 * week; hour < 168 * (week + 1); ++hour) {
      if (chance() % 3 == 0)
        scorer.on_indicator(
            test::alarm(fmt::format("n{:03}", chance() % 120), FindingClass::access, test::at(hour + 0.5), 1e-4));
      if (hour % 168 == 50)
        for (std::uint64_t n = 0, at = chance() % 40; n < 10; ++n)
          scorer.on_indicator(test::alarm(fmt::format("n{:03}", (at + 4 * n) % 40 + 40 * (n % 3)),
                                          FindingClass::command, test::at(hour + 0.3), 1e-4));
      for (auto const& score : scorer.advance(test::at(hour + 1.2)))
        if (score.scope == "fleet")
          most[static_cast<std::size_t>(week)] = std::max(most[static_cast<std::size_t>(week)], score.score);
    }
  INFO(fmt::format("{:.0f}", fmt::join(most, " ")));
  CHECK(*std::max_element(most.begin(), most.begin() + 4) > 35);
  CHECK(*std::max_element(most.end() - 4, most.end()) < 50);
}
