#include "collector/score/scorer.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <iostream>
#include <numeric>
#include <random>

#include "tests/unit/collector/score/fleets.hpp"

using namespace greywatch;
using namespace greywatch::test;
using collector::Contribution;
using collector::Taken;

namespace {

constexpr auto recon = FindingClass::recon, access_ = FindingClass::access, command = FindingClass::command,
               loss = FindingClass::loss, timing = FindingClass::timing;

double sum_of_points(Score const& score) {
  double sum = 0;
  for (auto const& contribution : score.contributions) sum += contribution.points;
  return sum;
}

Contribution const* find(Score const& score, std::string_view family) {
  for (auto const& contribution : score.contributions)
    if (contribution.family == family) return &contribution;
  return nullptr;
}

}  // namespace

TEST_CASE("a young fleet of three to six nodes sees access and command at three operators within minutes",
          "[collector][score]") {
  int const each = GENERATE(1, 2);
  Scorer scorer(small_fleet(each));
  scorer.start(at(10.5));
  for (int i = 0; i < 3; ++i)
    for (auto const kind : {recon, access_, command})
      CHECK(scorer.on_indicator(alarm(fmt::format("site-{}", i), kind, at(10.6 + 0.01 * i), 1e-5)) == Taken::yes);
  auto const scores = scorer.provisional(at(10.64));
  auto const& fleet = of(scores, "fleet");
  INFO(fleet.score << " " << fleet.p05 << " " << fleet.p95 << " " << fleet.evalue_log10);
  CHECK(fleet.score > 75);
  CHECK(fleet.evalue_log10 >= 1.5);
  CHECK(sum_of_points(fleet) == fleet.score);
  auto const* coincidence = find(fleet, "coincidence");
  REQUIRE(coincidence);
  CHECK(coincidence->nodes.size() == 3);
  CHECK(coincidence->findings.size() >= 3);
  CHECK_THAT(coincidence->text, Catch::Contains("3 nodes of 3 operators in 3 regions within 1 h"));
  // The tick says the same when it closes.
  auto const closed = scorer.advance(at(11.2));
  CHECK(of(closed, "fleet").log_odds == fleet.log_odds);
  CHECK(of(closed, "fleet").time == at(11));
}

TEST_CASE("commands alone do it, access alone unless one vendor's roll-out explains it", "[collector][score]") {
  auto const score_of = [](Inventory const& inventory, FindingClass kind) {
    Scorer scorer(inventory);
    for (int i = 0; i < 3; ++i) scorer.on_indicator(alarm(fmt::format("site-{}", i), kind, at(10.6)));
    // In six hours' tile: in the first hour it is worth a look, as it may be somebody's mistake.
    double const first = of(scorer.provisional(at(10.7)), "fleet").score;
    auto const most = of(scorer.advance(at(13)), "fleet").score;
    CHECK((most < 25 || (first > 30 && first < 50)));
    return most;
  };
  auto mixed = small_fleet();
  mixed.nodes[0].vendor = "another";
  mixed.nodes[1].vendor = "a third";
  CHECK(score_of(small_fleet(), command) > 50);
  CHECK(score_of(mixed, command) > 50);
  CHECK(score_of(mixed, access_) > 50);
  CHECK(score_of(small_fleet(), access_) < 25);
  // A scan of the whole Internet is no campaign.
  CHECK(score_of(mixed, recon) < 25);
}

TEST_CASE("one node and one operator alone never raise the score, whatever they do", "[collector][score]") {
  Scorer loud(fleet(30, 6, 3, 3)), silent(fleet(30, 6, 3, 3));
  silent.start(at(0));
  loud.start(at(0));
  for (int hour = 0; hour < 24 * 20; ++hour) {
    for (int i = 0; i < 30; i += 6)
      for (std::size_t c = 0; c < finding_classes; ++c)
        if (hour % 13 == static_cast<int>(c) * 2) {
          auto indicator = alarm(fmt::format("n{:03}", i), FindingClass(c), at(hour + 0.1));
          indicator.traits = {"address:192.0.2.1"};
          loud.on_indicator(indicator);
        }
    auto const with = loud.advance(at(hour)), without = silent.advance(at(hour));
    if (!with.empty()) CHECK(of(with, "fleet").score <= of(without, "fleet").score + 0.1);
  }
}

TEST_CASE("a storm over a whole region stays below watch and is told as one regional cause", "[collector][score]") {
  auto const regions = GENERATE(3, 8);
  Scorer scorer(fleet(120, 24, regions, 5));
  scorer.start(at(0));
  int alarms = 0;
  double most = 0;
  std::string told;
  for (int hour = 0; hour < 24; ++hour) {
    // Every node of R1 loses its link and more within six hours, spread over the classes.
    for (int i = 0; i < 120; ++i) {
      if (i % 24 % regions != 1 || (i / 24 + i) % 6 != hour % 6 || hour >= 6) continue;
      scorer.on_indicator(alarm(fmt::format("n{:03}", i), loss, at(hour + 0.2)));
      scorer.on_indicator(alarm(fmt::format("n{:03}", i), i % 2 ? timing : command, at(hour + 0.3)));
      ++alarms;
    }
    for (auto const& score : scorer.advance(at(hour + 1.2))) {
      if (score.scope != "fleet") continue;
      most = std::max(most, score.score);
      if (auto const* quiet = find(score, "quiet")) told += quiet->text;
    }
  }
  INFO(alarms << " " << most);
  CHECK(most < 25);
  CHECK_THAT(told,
             Catch::Contains("of region R1 alarmed together") && Catch::Contains("explained by one regional cause"));
}

TEST_CASE("a declared cause lowers what its alarms say but does not mask them", "[collector][score]") {
  auto const score_with = [](int notices) {
    Scorer scorer(fleet(12, 6, 3, 2));
    for (int i = 0; i < notices; ++i)
      scorer.on_declared({.published = at(0),
                          .start = at(9),
                          .end = at(14),
                          .kind = "maintenance",
                          .group_kind = "operator",
                          .group_name = fmt::format("op{:02}", i),
                          .source = "ticket"});
    scorer.start(at(1));
    for (int i = 0; i < 4; ++i) scorer.on_indicator(alarm(fmt::format("n{:03}", i), command, at(10.1), 0.05));
    return of(scorer.provisional(at(10.5)), "fleet").log_odds;
  };
  CHECK(score_with(1) < score_with(0));
  CHECK(score_with(4) < score_with(1));
  // Sixteen faked tickets do not hide sixteen operators.
  Scorer scorer(fleet(100, 25, 5, 2));
  scorer.start(at(1));
  double const before = of(scorer.provisional(at(9.9)), "fleet").log_odds;
  for (int i = 0; i < 16; ++i) {
    scorer.on_declared({.published = at(0),
                        .start = at(9),
                        .end = at(14),
                        .kind = "maintenance",
                        .group_kind = "operator",
                        .group_name = fmt::format("op{:02}", i),
                        .source = "ticket"});
    for (int k = 0; k < 4; ++k) scorer.on_indicator(alarm(fmt::format("n{:03}", i + 25 * k), command, at(10.1)));
  }
  CHECK(of(scorer.provisional(at(10.5)), "fleet").log_odds > before);
}

TEST_CASE("a notice counts from when it was published", "[collector][score]") {
  auto const log_odds = [](double published) {
    Scorer scorer(small_fleet());
    for (auto const* name : {"operator-0", "operator-1", "operator-2"})
      scorer.on_declared({.published = at(published),
                          .start = at(9),
                          .end = at(14),
                          .kind = "maintenance",
                          .group_kind = "operator",
                          .group_name = name,
                          .source = "ticket"});
    for (int i = 0; i < 3; ++i) scorer.on_indicator(alarm(fmt::format("site-{}", i), command, at(10.1)));
    return of(scorer.provisional(at(10.5)), "fleet").log_odds;
  };
  CHECK(log_odds(10.2) == log_odds(100));
  CHECK(log_odds(10.0) < log_odds(10.2));
}

TEST_CASE("stress alone never raises the score", "[collector][score]") {
  auto const run = [](double index) {
    Scorer scorer(fleet(20, 5, 3, 2));
    scorer.start(at(0));
    scorer.on_declared({.published = at(0),
                        .start = at(0),
                        .end = at(500),
                        .kind = "crisis",
                        .group_kind = "fleet",
                        .index = index,
                        .source = "calendar"});
    return of(scorer.advance(at(300)), "fleet").log_odds;
  };
  CHECK(run(1) < run(0));
}

TEST_CASE("a resent or reordered indicator changes no bit", "[collector][score]") {
  std::vector<Indicator> indicators;
  for (int i = 0; i < 40; ++i)
    indicators.push_back(alarm(fmt::format("n{:03}", i * 7 % 40), FindingClass(i % 5), at(3.02 + 0.004 * i), 1e-4));
  auto const run = [&](std::vector<Indicator> list, int times) {
    Scorer scorer(fleet(40, 10, 4, 3));
    scorer.start(at(2));
    for (int n = 0; n < times; ++n)
      for (auto const& one : list) scorer.on_indicator(one);
    std::string text;
    for (auto const& score : scorer.advance(at(20))) write_ndjson(score, text);
    return text + scorer.save();
  };
  auto const once = run(indicators, 1);
  CHECK(run(indicators, 3) == once);
  std::reverse(indicators.begin(), indicators.end());
  CHECK(run(indicators, 1) == once);
}

TEST_CASE("what is late by less than the lateness changes no bit, what is later is counted", "[collector][score]") {
  auto const early = alarm("site-0", command, at(10.98));
  auto const other = alarm("site-1", command, at(11.05));
  auto const run = [&](bool late) {
    Scorer scorer(small_fleet());
    scorer.start(at(10));
    std::string text;
    auto const step = [&](Time time) {
      for (auto const& score : scorer.advance(time)) write_ndjson(score, text);
    };
    if (!late) scorer.on_indicator(early);
    scorer.on_indicator(other);
    step(at(11.1));
    if (late) CHECK(scorer.on_indicator(early) == Taken::yes);
    step(at(14));
    return text;
  };
  CHECK(run(false) == run(true));
  Scorer scorer(small_fleet());
  scorer.start(at(10));
  scorer.advance(at(11.2));
  CHECK(scorer.on_indicator(early) == Taken::late);
  CHECK(scorer.on_indicator(alarm("site-0", command, at(100))) == Taken::future);
  CHECK(scorer.on_indicator(alarm("nobody", command, at(11.2))) == Taken::unknown_node);
  CHECK(scorer.counters().late == 1);
  CHECK(scorer.counters().future == 1);
  CHECK(scorer.counters().unknown_node == 1);
}

TEST_CASE("a saved scorer continues to the same bits", "[collector][score]") {
  auto const feed = [](Scorer& scorer, int from, int to, std::string& text) {
    for (int hour = from; hour < to; ++hour) {
      for (int i = 0; i < 24; ++i)
        if ((hour * 31 + i * 17) % 97 < 6)
          scorer.on_indicator(alarm(fmt::format("n{:03}", i), FindingClass((hour + i) % 6), at(hour + 0.3), 1e-3));
      if (hour == 30)
        scorer.on_declared({.published = at(29),
                            .start = at(30),
                            .end = at(90),
                            .kind = "weather",
                            .group_kind = "region",
                            .group_name = "R1",
                            .classes = {loss},
                            .source = "DWD"});
      for (auto const& score : scorer.advance(at(hour + 0.9))) write_ndjson(score, text);
    }
  };
  auto const inventory = fleet(24, 8, 4, 3);
  std::string straight, resumed;
  Scorer whole(inventory);
  feed(whole, 0, 100, straight);
  Scorer first(inventory);
  feed(first, 0, 53, resumed);
  auto const saved = first.save();
  Scorer second(inventory);
  REQUIRE(second.load(saved));
  CHECK(second.save() == saved);
  feed(second, 53, 100, resumed);
  CHECK(straight == resumed);
  CHECK(whole.save() == second.save());
}

TEST_CASE("a damaged saved state is refused and leaves the scorer as it was", "[collector][score]") {
  Scorer scorer(small_fleet());
  scorer.start(at(0));
  scorer.advance(at(40));
  auto const saved = scorer.save();
  for (std::size_t n = 0; n < saved.size(); n += 7) CHECK_FALSE(scorer.load(saved.substr(0, n)));
  auto torn = saved;
  torn[torn.size() / 2] ^= 1;
  CHECK_FALSE(scorer.load(torn));
  CHECK(scorer.save() == saved);
}

TEST_CASE("nodes that do not report are left out and lower the coverage", "[collector][score]") {
  Scorer scorer(small_fleet(2));
  scorer.start(at(0));
  for (int i = 0; i < 4; ++i) {
    auto record = alarm(fmt::format("site-{}", i), loss, at(1.1));
    record.kind = FindingKind::coverage;
    record.coverage = 0;
    scorer.on_indicator(record);
  }
  auto const& score = of(scorer.provisional(at(1.5)), "fleet");
  CHECK(score.coverage == Approx(2.0 / 6));
  CHECK_THAT(score.contributions.front().text, Catch::Contains("coverage 33 %"));
}

TEST_CASE("a rule's indicator adds techniques and no onset", "[collector][score]") {
  Scorer scorer(small_fleet());
  for (int i = 0; i < 3; ++i) scorer.on_indicator(alarm(fmt::format("site-{}", i), command, at(10.6)));
  auto const before = of(scorer.provisional(at(10.7)), "fleet").log_odds;
  auto rule = alarm("site-2", access_, at(10.6));
  rule.rule = "campaign-rule";
  rule.nodes = {"site-0", "site-1", "site-2"};
  rule.techniques = {"T0859"};
  CHECK(scorer.on_indicator(rule) == Taken::ignored);
  auto const scores = scorer.provisional(at(10.7));
  CHECK(of(scores, "fleet").log_odds == before);
  CHECK_THAT(find(of(scores, "fleet"), "coincidence")->techniques, Catch::VectorContains(std::string("T0859")));
}

namespace {

/// Scores of a fleet that has been quiet for a while; then `feed` gets the scorer and the hour.
double after(double hours, auto feed, std::string_view family = {}) {
  Scorer scorer(fleet(120, 40, 8, 4));
  scorer.start(at(0));
  // Chance alarms, one node after the other, so that the fleet has rates.
  for (int hour = 0; hour < 24 * 20; ++hour) {
    for (int n = 0; n < 2; ++n)
      scorer.on_indicator(alarm(fmt::format("n{:03}", (hour * 37 + n * 61) % 120),
                                std::array{recon, access_, command, loss, timing}[(hour + n) % 5],
                                at(hour + 0.3 + 0.1 * n), 1e-4));
    scorer.advance(at(hour + 0.9));
  }
  feed(scorer, 480.0);
  auto const score = of(scorer.advance(at(480 + hours)), "fleet");
  if (family.empty()) return score.score;
  auto const* contribution = find(score, family);
  return contribution ? contribution->decibans : 0;
}

Indicator shown(int node, FindingClass kind, double time, std::string trait) {
  auto indicator = alarm(fmt::format("n{:03}", node), kind, at(time), 1e-4);
  indicator.traits = {std::move(trait)};
  return indicator;
}

}  // namespace

TEST_CASE("a rare trait at operator after operator is evidence, at one operator it is none", "[collector][score]") {
  auto const shared = [](int operators, std::string_view kind) {
    return after(
        40,
        [&](Scorer& scorer, double hour) {
          for (int i = 0; i < operators; ++i)
            scorer.on_indicator(shown(i, access_, hour + 0.5 + 3 * i, fmt::format("tool:{}", kind)));
        },
        "traits");
  };
  CHECK(shared(1, "a") == 0);
  double before = 0;
  for (int const operators : {2, 4, 6, 10}) {
    auto const now = shared(operators, "a");
    CHECK(now > before);
    before = now;
  }
  CHECK(before > 6);
  // The same tool at one operator's own nodes.
  CHECK(after(
            40,
            [](Scorer& scorer, double hour) {
              for (int i = 0; i < 120; i += 40) scorer.on_indicator(shown(i, access_, hour + 0.5 + i / 20, "tool:own"));
            },
            "traits") == 0);
}

TEST_CASE("a trait that a scan shows everywhere says less than one that accesses share", "[collector][score]") {
  auto const with = [](FindingClass kind) {
    return after(
        12,
        [&](Scorer& scorer, double hour) {
          for (int i = 0; i < 10; ++i) scorer.on_indicator(shown(i, kind, hour + 0.5 + i, "address:198.51.100.7"));
        },
        "traits");
  };
  CHECK(with(recon) < with(access_) / 2);
}

TEST_CASE("commands hidden behind a loud region or beside noisy nodes are looked for there", "[collector][score]") {
  auto const hidden = [](Scorer& scorer, double hour) {
    for (int i = 1; i < 8; ++i) scorer.on_indicator(alarm(fmt::format("n{:03}", i), command, at(hour + 3.3), 1e-4));
  };
  auto const loud = [&](Scorer& scorer, double hour) {
    for (int i = 0; i < 120; i += 8) scorer.on_indicator(alarm(fmt::format("n{:03}", i), loss, at(hour + 1.2), 1e-4));
    hidden(scorer, hour);
  };
  CHECK(after(8, hidden, "diversion") == 0);
  CHECK(after(8, loud, "diversion") > 0);
  auto const noisy = [&](Scorer& scorer, double hour) {
    for (int i = 20; i < 26; ++i)
      for (auto const kind : {recon, access_, loss, timing})
        scorer.on_indicator(alarm(fmt::format("n{:03}", i), kind, at(hour + 0.2 * static_cast<int>(kind)), 1e-4));
    hidden(scorer, hour);
  };
  CHECK(after(8, noisy, "flood") > 0);
  CHECK(after(8, noisy) > after(8, hidden) - 1);  // noise does not hide the acts
}

TEST_CASE("a market that moves says nothing, what follows it does, and not the other way round", "[collector][score]") {
  auto const market = [](Scorer& scorer, double hour) {
    for (int i = 10; i < 14; ++i)
      scorer.on_indicator(alarm(fmt::format("n{:03}", i), FindingClass::market, at(hour + 0.5), 1e-4));
  };
  auto const commands = [](Scorer& scorer, double hour) {
    for (int i = 1; i < 6; ++i) scorer.on_indicator(alarm(fmt::format("n{:03}", i), command, at(hour + 0.3), 1e-4));
  };
  CHECK(after(8, market) < after(8, [](Scorer&, double) {}) + 1e-9);
  CHECK(
      after(8, [&](Scorer& scorer, double hour) { market(scorer, hour), commands(scorer, hour + 3); }, "market") > 1.2);
  CHECK(
      after(8, [&](Scorer& scorer, double hour) { commands(scorer, hour), market(scorer, hour + 3); }, "market") <= 0);
}

TEST_CASE("commands at nodes that were entered the week before weigh more than at others", "[collector][score]") {
  auto const with = [](int shift) {
    Scorer scorer(fleet(120, 40, 8, 4));
    scorer.start(at(0));
    for (int i = 0; i < 6; ++i) scorer.on_indicator(alarm(fmt::format("n{:03}", i), access_, at(7.0 + 5 * i), 1e-4));
    for (int hour = 0; hour < 24 * 8; ++hour) scorer.advance(at(hour));
    for (int i = 0; i < 6; ++i) scorer.on_indicator(alarm(fmt::format("n{:03}", i + shift), command, at(192.5), 1e-4));
    return of(scorer.provisional(at(192.9)), "fleet").log_odds;
  };
  CHECK(with(0) > with(20) + 1);
}

TEST_CASE("the first morning of a fleet that works by day wakes nobody", "[collector][score]") {
  std::mt19937 random(41);
  double most = 0;
  for (int fleets = 0; fleets < 4; ++fleets) {
    Scorer scorer(fleet(400, 60, 8, 5));
    scorer.start(at(0));
    for (int hour = 0; hour < 30; ++hour) {
      // Two alarms an hour by night, ten by day, at nodes that have nothing in common.
      int const alarms = hour % 24 < 8 || hour % 24 >= 18 ? 2 : 10;
      for (int n = 0; n < alarms; ++n)
        scorer.on_indicator(alarm(fmt::format("n{:03}", random() % 400),
                                  std::array{recon, access_, command, loss, timing}[random() % 5], at(hour + 0.05 * n),
                                  1e-3));
      for (auto const& score : scorer.advance(at(hour + 1.2)))
        if (score.scope == "fleet") most = std::max(most, score.score);
    }
  }
  CHECK(most < 35);
}

TEST_CASE("victims made noisy for two weeks do not hide the wave on them", "[collector][score]") {
  auto const with = [](bool noise, int hours) {
    int const days = noise ? 14 : 0;
    return after(24 * days + hours, [&](Scorer& scorer, double hour) {
      for (int day = 0; day < days; ++day) {
        for (int i = 0; i < 16; ++i)
          scorer.on_indicator(alarm(fmt::format("n{:03}", i), FindingClass(day % 3), at(hour + 24 * day + i), 1e-4));
        scorer.advance(at(hour + 24 * (day + 1)));
      }
      for (int i = 0; i < 16; ++i)
        scorer.on_indicator(alarm(fmt::format("n{:03}", i), command, at(hour + 24 * days + 0.5), 1e-4));
    });
  };
  CHECK(with(false, 4) > 70);
  CHECK(with(true, 7) > 60);  // when the tile of six hours ends
}

TEST_CASE("no explanation names an actor", "[collector][score]") {
  Scorer scorer(small_fleet());
  for (int i = 0; i < 3; ++i) scorer.on_indicator(alarm(fmt::format("site-{}", i), command, at(10.6)));
  for (auto const& contribution : of(scorer.provisional(at(10.7)), "fleet").contributions)
    for (auto const* word : {"state", "sponsor", "nation", "APT", "actor"})
      CHECK_THAT(contribution.text, !Catch::Contains(word));
}
