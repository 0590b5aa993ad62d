#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "collector/score/core.hpp"
#include "collector/score/fleet.hpp"
#include "collector/score/rates.hpp"
#include "tests/unit/collector/score/fleets.hpp"

// What somebody may do to the score who has nodes, identities or recordings in his hands.

using namespace greywatch;
using namespace greywatch::test;
using collector::Taken;

namespace {

constexpr auto recon = FindingClass::recon, access_ = FindingClass::access, command = FindingClass::command,
               loss = FindingClass::loss, timing = FindingClass::timing;

/// Own arithmetic instead of <random>'s distributions, which differ between libraries.
struct Chance {
  std::uint64_t state;
  double uniform() {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state >> 11) / 9007199254740992.0;
  }
};

std::string node_name(int node) { return fmt::format("n{:03}", node); }

/// Alarms that come by chance in one hour, the same for every caller with the same seed: about one a node in ten days.
std::vector<Indicator> chance_alarms(std::uint64_t seed, int nodes, int hour) {
  constexpr std::array kinds{recon, access_, command, loss, timing};
  Chance chance{seed + 0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(hour + 1)};
  chance.uniform();
  std::vector<Indicator> alarms;
  for (int i = 0; i < nodes; ++i)
    if (chance.uniform() < 1.0 / 240)
      alarms.push_back(alarm(node_name(i), kinds[static_cast<std::size_t>(5 * chance.uniform())],
                             at(hour + chance.uniform()), 1e-3));
  return alarms;
}

/// What somebody adds in an hour.
using Feed = std::function<void(Scorer&, int hour)>;

struct Told {
  std::vector<Score> fleet;
  double most(double from, double to) const {
    double most = 0;
    for (auto const& score : fleet)
      if (score.time > at(from) && score.time <= at(to)) most = std::max(most, score.score);
    return most;
  }
};

/// The fleet's scores over `days` in which chance alarms come, and what `feed` adds.
Told live(std::uint64_t seed, Inventory const& inventory, int days, Feed const& feed) {
  Scorer scorer(inventory);
  scorer.start(at(0));
  Told told;
  for (int hour = 0; hour < 24 * days; ++hour) {
    for (auto const& one : chance_alarms(seed, static_cast<int>(inventory.nodes.size()), hour))
      scorer.on_indicator(one);
    feed(scorer, hour);
    for (auto& score : scorer.advance(at(hour + 1.2)))
      if (score.scope == "fleet") told.fleet.push_back(std::move(score));
  }
  return told;
}

void nothing(Scorer&, int) {}

void covers(Scorer& scorer, int node, double share, double hour) {
  auto record = alarm(node_name(node), loss, at(hour));
  record.kind = FindingKind::coverage;
  record.coverage = share;
  scorer.on_indicator(record);
}

void wave(Scorer& scorer, double hour, int operators, FindingClass kind = command) {
  for (int i = 0; i < operators; ++i) scorer.on_indicator(alarm(node_name(i), kind, at(hour + 0.01 * i), 1e-4));
}

}  // namespace

TEST_CASE("one node or one operator that shouts for ten days moves the score by less than ten points",
          "[collector][score][adversary]") {
  auto const seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  auto const inventory = fleet(60, 12, 4, 3);
  auto const quiet = live(seed, inventory, 40, nothing);
  for (int const nodes : {1, 5}) {
    // Nodes 7, 19, 31…: all of one operator. Three classes, a trait never seen before in each alarm.
    auto const loud = live(seed, inventory, 40, [&](Scorer& scorer, int hour) {
      if (hour < 24 * 25 || hour >= 24 * 35 || hour % 4 != 0) return;
      for (int n = 0; n < nodes; ++n) {
        auto one =
            alarm(node_name(7 + 12 * n), std::array{access_, command, recon}[hour / 4 % 3], at(hour + 0.5), 1e-9);
        one.traits = {fmt::format("address:fresh-{}-{}", hour, n)};
        scorer.on_indicator(one);
      }
    });
    double rise = 0;
    for (std::size_t i = 0; i < quiet.fleet.size(); ++i)
      rise = std::max(rise, loud.fleet[i].score - quiet.fleet[i].score);
    INFO(seed << ": " << nodes << " nodes, rise " << rise);
    CHECK(rise < 10);
  }
}

TEST_CASE("nodes made noisy elsewhere for two weeks do not hide a wave", "[collector][score][adversary]") {
  auto const seed = GENERATE(1U, 2U, 3U);
  auto const inventory = fleet(120, 40, 8, 4);
  for (int const noisy : {20, 30}) {
    auto const noise = [&](Scorer& scorer, int hour, int day_from) {
      if (hour < 24 * day_from) return;
      Chance chance{seed * 77 + static_cast<std::uint64_t>(hour)};
      chance.uniform();
      for (int n = 0; n < noisy; ++n)
        if (chance.uniform() < 0.04)
          scorer.on_indicator(alarm(node_name(40 + 80 * n / noisy), std::array{recon, access_, command}[n % 3],
                                    at(hour + chance.uniform()), 1e-4));
    };
    auto const told = live(seed, inventory, 36, [&](Scorer& scorer, int hour) {
      noise(scorer, hour, 20);
      if (hour == 24 * 34) wave(scorer, hour + 0.2, 16);
    });
    // Twenty operators that begin to show accesses and commands may be taken for a campaign themselves; what the wave
    // adds is seen beside them.
    double const before = told.fleet[24 * 34 - 1].log_odds, after = told.fleet[24 * 34 + 1].log_odds;
    INFO(seed << ": " << noisy << " noisy nodes, log odds " << before << " -> " << after);
    CHECK(after > before + 1.5);
    CHECK(told.most(24 * 34, 24 * 36) > 90);
  }
}

TEST_CASE("one identity used in two places is one node", "[collector][score][adversary]") {
  // The same class in the same hour from both: one onset, as from one.
  auto const log_odds = [](int places) {
    Scorer scorer(fleet(24, 6, 3, 3));
    scorer.start(at(9));
    for (int node = 0; node < 3; ++node)
      for (int place = 0; place < places; ++place) {
        auto one = alarm(node_name(node), command, at(10.2 + 0.1 * place), 1e-4);
        one.id = fmt::format("{}-{}-5", node_name(node), place + 1);  // another epoch
        scorer.on_indicator(one);
      }
    return of(scorer.advance(at(12)), "fleet").log_odds;
  };
  CHECK(log_odds(2) == log_odds(1));
  CHECK(log_odds(5) == log_odds(1));
}

TEST_CASE("who speaks with a stolen identity alone gives no evidence, whatever he says",
          "[collector][score][adversary]") {
  auto const seed = GENERATE(4U, 5U);
  auto const inventory = fleet(60, 12, 4, 3);
  auto const quiet = live(seed, inventory, 40, nothing);
  auto const cloned = live(seed, inventory, 40, [&](Scorer& scorer, int hour) {
    if (hour < 24 * 25) return;
    // The thief alarms in a class after the other, with traits that other nodes show, and contradicts the node's own
    // word on what it covers.
    auto one = alarm(node_name(5), FindingClass(hour % 6), at(hour + 0.4), 1e-9);
    one.traits = {"tool:stolen"};
    scorer.on_indicator(one);
    covers(scorer, 5, hour % 2, hour + 0.6);
    covers(scorer, 5, 1 - hour % 2, hour + 0.6);
  });
  double rise = 0;
  for (std::size_t i = 0; i < quiet.fleet.size(); ++i)
    rise = std::max(rise, cloned.fleet[i].score - quiet.fleet[i].score);
  INFO(rise);
  CHECK(rise < 10);
}

TEST_CASE("a stolen identity that denies coverage does not take its victims' evidence away",
          "[collector][score][adversary]") {
  auto const with = [](bool denied) {
    return live(6, fleet(120, 40, 8, 4), 22,
                [&](Scorer& scorer, int hour) {
                  if (denied && hour >= 24 * 20)
                    for (int i = 0; i < 16; ++i) covers(scorer, i, hour % 2 ? 0 : 0.4, hour + 0.1);
                  if (hour == 24 * 21) wave(scorer, hour + 0.2, 16);
                })
        .most(24 * 21, 24 * 22);
  };
  CHECK(with(false) > 90);
  CHECK(with(true) > 90);
}

TEST_CASE("a region that falls silent moves no score, and its own is said to be not available",
          "[collector][score][adversary]") {
  auto const inventory = fleet(60, 12, 4, 3);
  // The region says nothing from then on, with and without its agents' word that they are silent.
  auto const run = [&](bool told) {
    Scorer scorer(inventory);
    scorer.start(at(0));
    std::vector<double> scores;
    for (int hour = 0; hour < 24 * 30; ++hour) {
      for (auto const& one : chance_alarms(7, 60, hour))
        if (hour < 24 * 25 || inventory.nodes[static_cast<std::size_t>(std::stoi(one.node.substr(1)))].region != "R1")
          scorer.on_indicator(one);
      if (told && hour == 24 * 25)
        for (int i = 0; i < 60; ++i)
          if (inventory.nodes[static_cast<std::size_t>(i)].region == "R1") covers(scorer, i, 0, hour + 0.5);
      for (auto const& score : scorer.advance(at(hour + 1.2)))
        if (score.scope == "fleet") {
          scores.push_back(score.score);
          if (told && hour == 24 * 29) CHECK(score.coverage == Approx(0.75));
        }
    }
    return scores;
  };
  auto const with = run(true), without = run(false);
  double difference = 0;
  for (std::size_t i = 24 * 25; i < with.size(); ++i) difference = std::max(difference, std::abs(with[i] - without[i]));
  INFO(difference);
  CHECK(difference < 6);

  // The region's own score is told as long as anything speaks for a campaign there.
  Scorer scorer(inventory);
  scorer.start(at(0));
  for (int const i : {1, 5, 9}) scorer.on_indicator(alarm(node_name(i), command, at(1.2)));
  for (int i = 1; i < 60; i += 4) covers(scorer, i, 0, 2.5);
  auto const scores = scorer.advance(at(4));
  auto const& region = of(scores, "region:R1");
  CHECK(region.coverage == 0);
  CHECK_THAT(region.contributions.front().text, Catch::Contains("Score not available, coverage 0 %"));
}

TEST_CASE("when all fall silent the score is kept, said to be not available, and no all-clear",
          "[collector][score][adversary]") {
  auto const run = [](bool silent) {
    return live(8, fleet(120, 40, 8, 4), 24, [&](Scorer& scorer, int hour) {
      if (hour == 24 * 20) wave(scorer, hour + 0.2, 16);
      if (silent && hour == 24 * 20 + 1)
        for (int i = 0; i < 120; ++i) covers(scorer, i, 0, hour + 0.1);
    });
  };
  auto const told = run(true);
  auto const& last = told.fleet.back();
  CHECK(last.coverage == 0);
  CHECK_THAT(last.contributions.front().text, Catch::Contains("Score not available, coverage 0 %"));
  // What was known is forgotten no faster than while all report.
  CHECK(told.most(24 * 20, 24 * 21) > 90);
  CHECK(last.score > 60);
}

TEST_CASE("silence of many at once, all over or operator by operator, is no campaign",
          "[collector][score][adversary]") {
  auto const share = GENERATE(3, 2, 1);
  auto const told = live(9, fleet(120, 40, 8, 4), 24, [&](Scorer& scorer, int hour) {
    if (hour == 24 * 20)
      for (int i = 0; i < 120; ++i)
        if (i % 40 % share == 0) covers(scorer, i, 0, hour + 0.5);
    if (hour == 24 * 20 + 5)
      for (int i = 0; i < 120; ++i) covers(scorer, i, 1, hour + 0.5);
  });
  INFO(told.most(24 * 20, 24 * 24));
  CHECK(told.most(24 * 20, 24 * 24) < 25);
}

TEST_CASE("a storm that ends in silence is still a storm", "[collector][score][adversary]") {
  auto const regions = GENERATE(3, 8);
  auto const inventory = fleet(120, 24, regions, 5);
  auto const run = [&](bool silent) {
    return live(10, inventory, 24,
                [&](Scorer& scorer, int hour) {
                  int const step = hour - 24 * 20;
                  if (step < 0 || step >= 4) return;
                  for (int i = 0; i < 120; ++i) {
                    if (i % 24 % regions != 1) continue;
                    if ((i / 24 + i) % 3 == step) {
                      scorer.on_indicator(alarm(node_name(i), loss, at(hour + 0.2)));
                      scorer.on_indicator(alarm(node_name(i), i % 2 ? timing : command, at(hour + 0.3)));
                    }
                    // The power of the agents themselves is gone.
                    if (silent && step == 3) covers(scorer, i, 0, hour + 0.5);
                  }
                })
        .most(24 * 20, 24 * 24);
  };
  CHECK(run(false) < 25);
  CHECK(run(true) < 25);
}

TEST_CASE("who silences his victims within the hour does not undo what they said", "[collector][score][adversary]") {
  auto const with = [](bool silent) {
    return live(11, fleet(120, 40, 8, 4), 24,
                [&](Scorer& scorer, int hour) {
                  if (hour != 24 * 20 + 1) return;
                  wave(scorer, hour + 0.2, 8);
                  if (silent)
                    for (int i = 0; i < 8; ++i) covers(scorer, i, 0, hour + 0.5);
                })
        .most(24 * 20, 24 * 24);
  };
  CHECK(with(false) > 75);
  CHECK(with(true) == Approx(with(false)).margin(2));
}

TEST_CASE("silent hours are no quiet hours", "[collector][score][adversary]") {
  collector::Fleet const fleet(test::fleet(10, 5, 2, 2));
  collector::ScoreOptions options;
  options.onset_floor = 1e-6;
  collector::Rates rates(fleet, options);
  rates.start(0);
  for (std::int64_t tick = 1; tick <= 24 * 40; ++tick) {
    if (tick == 24 * 10) rates.set_live(3, false, tick);
    if (tick % 50 == 0) rates.learn(5 + tick / 50 % 5, command, tick, 1);  // the fleet knows such alarms
    if (tick % 24 == 0) rates.end_of_day(tick);
  }
  // Forty quiet days make an alarm rarer than ten quiet and thirty silent ones.
  CHECK(rates.predictive(3, command, 24 * 40) > 1.5 * rates.predictive(4, command, 24 * 40));
}

TEST_CASE("a recording that is sent again changes no bit", "[collector][score][adversary]") {
  auto const inventory = fleet(120, 40, 8, 4);
  std::vector<Indicator> recorded;
  for (int hour = 24 * 5; hour < 24 * 6; ++hour)
    for (auto const& one : chance_alarms(12, 120, hour)) recorded.push_back(one);
  auto const run = [&](bool again) {
    std::string text;
    auto const told = live(12, inventory, 12, [&](Scorer& scorer, int hour) {
      if (again && hour == 24 * 10)
        for (auto const& one : recorded) CHECK(scorer.on_indicator(one) == Taken::late);
    });
    for (auto const& score : told.fleet) write_ndjson(score, text);
    return text;
  };
  REQUIRE(recorded.size() > 5);
  CHECK(run(true) == run(false));
}

TEST_CASE("a recorded week played again at later times is no campaign", "[collector][score][adversary]") {
  auto const inventory = fleet(120, 40, 8, 4);
  auto const seed = GENERATE(13U, 14U, 15U);
  // One day later, a week later, and by an odd time; the same findings with the same names.
  auto const shift = GENERATE(24, 168, 59);
  auto const quiet = live(seed, inventory, 36, nothing);
  auto const told = live(seed, inventory, 36, [&](Scorer& scorer, int hour) {
    if (hour < 24 * 22 || hour >= 24 * 29) return;
    for (auto one : chance_alarms(seed, 120, hour - shift)) {
      one.time += std::chrono::hours(shift);
      scorer.on_indicator(one);
    }
  });
  INFO(seed << " " << shift << ": " << quiet.most(24 * 22, 24 * 36) << " -> " << told.most(24 * 22, 24 * 36));
  CHECK(told.most(24 * 22, 24 * 36) < std::max(50.0, quiet.most(24 * 22, 24 * 36) + 10));
}

TEST_CASE("a recorded storm played again is a storm, a recorded wave says no more than the first time",
          "[collector][score][adversary]") {
  auto const inventory = fleet(120, 24, 6, 5);
  // The same recording in the region's own hours, six days later.
  auto const stormy = live(16, inventory, 40, [&](Scorer& scorer, int hour) {
    for (int const first : {24 * 24, 24 * 30})
      if (hour >= first && hour < first + 3)
        for (int i = 0; i < 120; ++i)
          if (i % 24 % 6 == 2 && (i / 24 + i) % 3 == hour - first)
            for (auto const kind : {loss, i % 2 ? timing : command})
              scorer.on_indicator(alarm(node_name(i), kind, at(hour + 0.3)));
  });
  CHECK(stormy.most(24 * 24, 24 * 40) < 25);

  auto const waves = live(17, fleet(120, 40, 8, 4), 70, [&](Scorer& scorer, int hour) {
    for (int const first : {24 * 22, 24 * 62})
      if (hour == first)
        for (int i = 0; i < 6; ++i) {
          auto one = alarm(node_name(i), access_, at(hour + 0.1 * i), 1e-4);
          one.traits = {"tool:recorded"};
          scorer.on_indicator(one);
        }
  });
  INFO(waves.most(24 * 22, 24 * 24) << " " << waves.most(24 * 62, 24 * 64));
  CHECK(waves.most(24 * 22, 24 * 24) > 50);
  CHECK(waves.most(24 * 62, 24 * 64) <= waves.most(24 * 22, 24 * 24) + 1);
}

TEST_CASE("a campaign beside a storm is seen, the storm alone is not taken for one", "[collector][score][adversary]") {
  auto const inventory = fleet(120, 24, 6, 5);
  auto const with = [&](bool campaign) {
    return live(18, inventory, 24,
                [&](Scorer& scorer, int hour) {
                  int const step = hour - 24 * 20;
                  if (step < 0 || step >= 3) return;
                  for (int i = 0; i < 120; ++i)
                    if (i % 24 % 6 == 2 && (i / 24 + i) % 3 == step)
                      for (auto const kind : {loss, i % 2 ? timing : command})
                        scorer.on_indicator(alarm(node_name(i), kind, at(hour + 0.2)));
                  // One node each of nine operators of the other regions, and of two inside the storm.
                  if (campaign && step == 1)
                    for (int const i : {0, 1, 3, 4, 5, 6, 7, 9, 10, 26, 32})
                      scorer.on_indicator(alarm(node_name(i), command, at(hour + 0.4), 1e-5));
                })
        .most(24 * 20, 24 * 24);
  };
  CHECK(with(false) < 25);
  CHECK(with(true) > 75);
}

TEST_CASE("a storm that trips breakers of several operators is a storm in its region's own score, too",
          "[collector][score]") {
  auto const seed = GENERATE(21U, 22U, 23U, 24U);
  auto const inventory = fleet(96, 16, 4, 3);  // a region has 24 nodes of four operators
  Scorer scorer(inventory);
  scorer.start(at(0));
  double fleet = 0, region = 0;
  Chance chance{seed};
  for (int hour = 0; hour < 24 * 22; ++hour) {
    for (auto const& one : chance_alarms(seed, 96, hour)) scorer.on_indicator(one);
    int const step = hour - 24 * 20;
    // Links of ten nodes in nine hours; breakers at four nodes of three operators, some of them without a lost link.
    if (step >= 0 && step < 9)
      for (int i = 2; i < 96; i += 4)
        if (i / 4 % 9 == step) {
          if (i / 4 % 5 < 3) scorer.on_indicator(alarm(node_name(i), loss, at(hour + 0.9 * chance.uniform()), 1e-4));
          if (i / 4 % 5 == 4) scorer.on_indicator(alarm(node_name(i), timing, at(hour + 0.9 * chance.uniform()), 1e-4));
        }
    if (step == 1 || step == 4)
      for (int const i : {2, 6, 18, 58})
        if ((i / 4 % 2 == 0) == (step == 1))
          scorer.on_indicator(alarm(node_name(i), command, at(hour + 0.9 * chance.uniform()), 1e-4));
    for (auto const& score : scorer.advance(at(hour + 1.2))) {
      if (step < 0) continue;
      if (score.scope == "fleet") fleet = std::max(fleet, score.score);
      if (score.scope == "region:R2") region = std::max(region, score.score);
    }
  }
  INFO(seed << ": fleet " << fleet << ", region " << region);
  CHECK(fleet < 25);
  CHECK(region < 35);
}

TEST_CASE("a sector that answers a fallen frequency as a whole is no campaign, one node of each operator in it is",
          "[collector][score]") {
  auto inventory = fleet(240, 40, 8, 4);
  for (std::size_t i = 0; i < inventory.nodes.size(); ++i)
    inventory.nodes[i].sector = std::array{"generation", "distribution", "transmission"}[i / 40 % 3];
  auto const with = [&](bool whole) {
    return live(20, inventory, 22,
                [&](Scorer& scorer, int hour) {
                  if (hour != 24 * 20) return;
                  // Generation: two nodes of each operator. Half of them all, or those of twelve operators once.
                  for (int i = 0; i < 240; ++i) {
                    if (inventory.nodes[static_cast<std::size_t>(i)].sector != "generation") continue;
                    if (whole ? (i % 40) % 2 == 0 || i % 40 == 7 : i < 12)
                      scorer.on_indicator(alarm(node_name(i), command, at(hour + 0.3), 1e-4));
                  }
                })
        .most(24 * 20, 24 * 22);
  };
  CHECK(with(true) < 25);
  CHECK(with(false) > 75);
}

TEST_CASE("a fleet has no more campaigns for being cut into more scopes", "[collector][score]") {
  collector::ScoreOptions const options;
  for (int const regions : {2, 8}) {
    collector::Fleet const cut(fleet(120, 40, regions, 4));
    double parts = 0;
    for (std::uint32_t scope = 1; scope < cut.scopes.size(); ++scope)
      parts += collector::hazards_of(cut, options, scope).start;
    CHECK(collector::hazards_of(cut, options, 0).start == options.start_hazard);
    CHECK(parts <= options.start_hazard * 1.0001);
  }
}

TEST_CASE("one more operator that shows the same rare trait never lowers the score", "[collector][score]") {
  auto const score_with = [](int operators) {
    return live(19, fleet(120, 40, 8, 4), 23,
                [&](Scorer& scorer, int hour) {
                  int const n = hour - 24 * 20;
                  if (n < 0 || n >= operators * 2 || n % 2) return;
                  auto one = alarm(node_name(n / 2), access_, at(hour + 0.3), 1e-3);
                  one.traits = {"hash:rare"};
                  scorer.on_indicator(one);
                })
        .most(24 * 20, 24 * 23);
  };
  double before = score_with(1);
  for (int operators = 2; operators <= 9; ++operators) {
    auto const now = score_with(operators);
    INFO(operators << ": " << before << " -> " << now);
    CHECK(now >= before);
    before = now;
  }
}
