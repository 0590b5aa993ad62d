#include "collector/score/marks.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/collector/score/fleets.hpp"
#include "tests/unit/collector/score/worlds.hpp"

using namespace greywatch;
using namespace greywatch::collector;

TEST_CASE("an alarm like those before has a mark of mean one, however its detector spreads its p-values",
          "[collector][score]") {
  std::mt19937_64 chance(7);
  std::uniform_real_distribution<double> uniform(0, 1);
  // Over three decades, over fifteen, all alike.
  auto const decades = GENERATE(3.0, 15.0, 0.0);
  Marks marks;
  test::Mean mean;
  for (int i = 0; i < 200'000; ++i) {
    double const p = std::pow(10.0, -2 - decades * uniform(chance));
    mean.add(marks.factor("detector", p));
    marks.learn("detector", p);
  }
  INFO(mean.mean << " +- " << mean.error());
  CHECK(mean.mean <= 1 + 3 * mean.error());
  CHECK(mean.mean >= 0.95);
}

TEST_CASE("a mark says that an alarm is rarer than the others of its detector, and no more than eight times",
          "[collector][score]") {
  Marks marks;
  for (int i = 0; i < 1000; ++i) marks.learn("usual", 1e-3);
  for (int i = 0; i < 1000; ++i) marks.learn("shrill", 1e-12);
  CHECK(marks.factor("usual", 1e-3) == Approx(1).margin(0.01));
  CHECK(marks.factor("usual", 1e-2) == Approx(0.75).margin(0.01));
  CHECK(marks.factor("usual", 1e-6) == 8);
  CHECK(marks.factor("usual", 1e-30) == 8);
  CHECK(marks.factor("shrill", 1e-12) == Approx(1).margin(0.01));
  CHECK(marks.factor("usual", 1) == 1);
  CHECK(marks.factor("new", 1e-9) == 1);
}

TEST_CASE("marks outlive a restart to the last bit, and the table of detectors is bounded", "[collector][score]") {
  Marks marks;
  for (int i = 0; i < 3000; ++i) marks.learn(fmt::format("detector-{}", i % 300), std::pow(10.0, -1 - i % 11));
  StateWriter out;
  marks.save(out);
  auto const saved = out.finish("gwtest01");
  StateReader in(saved, "gwtest01");
  Marks again;
  again.load(in);
  CHECK(in.at_end());
  for (int i = 0; i < 300; ++i) {
    auto const name = fmt::format("detector-{}", i);
    CHECK(again.factor(name, 1e-7) == marks.factor(name, 1e-7));
  }
  CHECK(marks.factor("detector-299", 1e-12) == 1);
}

TEST_CASE("a release after which one vendor's alarms are all unusual raises no alarm by that", "[collector][score]") {
  auto const inventory = test::fleet(120, 24, 4, 4);
  Scorer scorer(inventory);
  scorer.start(test::monday);
  std::mt19937_64 chance(11);
  std::uniform_int_distribution<int> node(0, 119);
  std::uniform_real_distribution<double> uniform(0, 1);
  auto const name = [](int n) { return fmt::format("n{:03}", n); };
  for (int hour = 0; hour < 24 * 30; ++hour) {
    if (uniform(chance) < 0.4)
      scorer.on_indicator(test::alarm(name(node(chance)), FindingClass::access, test::at(hour + 0.5),
                                      std::pow(10.0, -2 - 3 * uniform(chance))));
    scorer.advance(test::at(hour + 1));
  }
  for (auto const& one : inventory.nodes)
    if (one.vendor == "v1")
      scorer.on_indicator(test::alarm(one.name, FindingClass::access, test::at(24 * 30 + 0.5), 1e-9));
  double most = 0;
  for (auto const& score : scorer.advance(test::at(24 * 30 + 8)))
    if (score.scope == "fleet") most = std::max(most, score.score);
  CHECK(most < 25);
}
