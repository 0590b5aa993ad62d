#include <catch2/catch.hpp>
#include <random>

#include "common/hash.hpp"
#include "tests/unit/collector/score/fleets.hpp"

using namespace greywatch;
using namespace greywatch::test;

namespace {

/// Thirty days of 60 nodes: chance onsets, a storm on day 9, a wave over eight operators on day 20. Own arithmetic on a
/// counter instead of <random>'s distributions, which differ between libraries.
std::vector<Score> thirty_days() {
  Scorer scorer(fleet(60, 15, 5, 4));
  scorer.start(at(0));
  std::uint64_t state = 42;
  auto const uniform = [&] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state >> 11) / 9007199254740992.0;
  };
  std::vector<Score> all;
  for (int hour = 0; hour < 24 * 30; ++hour) {
    for (int i = 0; i < 60; ++i) {
      auto const name = fmt::format("n{:03}", i);
      for (std::size_t c = 0; c < finding_classes; ++c)
        if (uniform() < 0.0007) scorer.on_indicator(alarm(name, FindingClass(c), at(hour + uniform()), 1e-4));
      if (hour >= 216 && hour < 224 && i % 15 % 5 == 1 && uniform() < 0.2)
        scorer.on_indicator(alarm(name, FindingClass::loss, at(hour + uniform())));
      if (hour == 480 && i % 15 < 8 && i < 15)
        scorer.on_indicator(alarm(name, FindingClass::access, at(hour + uniform())));
    }
    for (auto& score : scorer.advance(at(hour + 1.2))) all.push_back(std::move(score));
  }
  return all;
}

}  // namespace

TEST_CASE("thirty days give the scores they always gave", "[collector][score]") {
  auto const scores = thirty_days();
  std::string text;
  double before = 0, storm = 0, wave = 0;
  for (auto const& score : scores) {
    if (score.scope != "fleet") continue;
    // Six digits: what a reader sees, free of the last bits of another mathematical library.
    text += fmt::format("{:.4f} {:.4f} {:.4f}\n", score.score, score.p05, score.p95);
    auto const hour = seconds(score.time - monday) / 3600;
    (hour <= 216   ? before
     : hour <= 480 ? storm
                   : wave) = std::max(hour <= 216   ? before
                                      : hour <= 480 ? storm
                                                    : wave,
                                      score.score);
  }
  INFO(before << " " << storm << " " << wave);
  CHECK(before < 25);
  // Two accesses at two operators in one hour of the storm are chance here, and look like a diversion for a while.
  CHECK(storm < 50);
  CHECK(wave > 90);
  CHECK(fmt::format("{:016x}", siphash({}, as_bytes(text))) == "592e03dd5e299ede");
}
