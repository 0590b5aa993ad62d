#include "collector/alert/elond.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "collector/alert/token_bucket.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using namespace std::chrono_literals;

namespace {

constexpr Time november = from_unix_ns(1'761'955'200'000'000'000);  // 2025-11-01T00:00:00Z

struct Outcome {
  double false_share = 0, error = 0;  ///< mean over months, and its standard error
  double found = 0;                   ///< share of the real ones that were told
};

/// Many months of `tests` tests each, of which every `real`-th is real with a tiny p. `draw` gives the p of null tests.
template <class Draw>
Outcome simulate(double fdr, int months, int tests, int real, Draw draw) {
  std::mt19937_64 random(20251122);
  double sum = 0, squares = 0, found = 0, all = 0;
  for (int month = 0; month < months; ++month) {
    ELond stream(fdr, 720h);
    double told = 0, wrong = 0;
    for (int i = 0; i < tests; ++i) {
      bool const is_real = real && i % real == real - 1;
      double const p = is_real ? std::pow(10, -5 - 5 * std::generate_canonical<double, 53>(random)) : draw(random, i);
      bool const now = stream.test(calibrated_e(p), november + i * (28 * 24h / tests)).told;
      told += now;
      wrong += now && !is_real;
      found += now && is_real;
      all += is_real;
    }
    double const share = wrong / std::max(told, 1.0);
    sum += share;
    squares += share * share;
  }
  double const mean = sum / months;
  return {mean, std::sqrt((squares / months - mean * mean) / months), all > 0 ? found / all : 0};
}

double uniform(std::mt19937_64& random) { return 1 - std::generate_canonical<double, 53>(random); }

}  // namespace

TEST_CASE("the e-value of uniform p has mean one at most", "[collector][alert]") {
  // Integral of 0.5 p^-0.5 over (0, 1], as the limit of sums over ever smaller p.
  double mean = 0;
  for (double low = 1; low > 1e-18; low *= 0.9) mean += calibrated_e(low * 0.95) * (low - low * 0.9);
  CHECK(mean == Approx(1).margin(0.01));
  CHECK(std::isfinite(calibrated_e(0)));
}

TEST_CASE("the levels of a month add up to the rate and rise with each alarm that was told", "[collector][alert]") {
  ELond stream(0.1, 720h);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) sum += 1 / stream.test(0, november + i * 1s).threshold;
  CHECK(sum < 0.1);
  CHECK(sum > 0.099);
  ELond other(0.1, 720h);
  CHECK(other.test(1e9, november).told);
  auto const second = other.test(1e9, november);
  CHECK(second.told_before == 1);
  CHECK(second.threshold == Approx(2.6123753486854883 * std::pow(2, 1.5) / 0.2));
  CHECK(other.test(0, november + 29 * 24h).told_before < 2);
}

TEST_CASE("a month begins anew, and late tests belong to the newest month", "[collector][alert]") {
  ELond stream(0.1, 720h);
  for (int i = 0; i < 50; ++i) stream.test(1e9, november + i * 1h);
  CHECK(stream.test(0, november + 29 * 24h).test == 51);
  CHECK(stream.test(0, november + 30 * 24h).test == 1);
  auto const late = stream.test(0, november + 29 * 24h);
  CHECK(late.test == 2);
  CHECK(late.told_before == 0);
}

TEST_CASE(
    "of what is told the share of false alarms stays below the rate, whatever the tests have to do with each other",
    "[collector][alert]") {
  for (double const fdr : {0.05, 0.2}) {
    INFO("rate " << fdr);
    auto const alone = simulate(fdr, 1000, 200, 10, [](auto& random, int) { return uniform(random); });
    CHECK(alone.false_share <= fdr + 3 * alone.error);
    CHECK(alone.found > 0.2);
    // A storm: one draw for twenty tests in a row.
    double shared = 1;
    auto const storm = simulate(fdr, 1000, 200, 10, [&](auto& random, int i) {
      if (i % 20 == 0) shared = uniform(random);
      return shared;
    });
    CHECK(storm.false_share <= fdr + 3 * storm.error);
    // A whole month of one draw, and nothing real at all: then each alarm is false, and a month has one seldom.
    auto const same = simulate(fdr, 2000, 200, 0, [&](auto& random, int i) {
      if (i == 0) shared = uniform(random);
      return shared;
    });
    CHECK(same.false_share <= fdr + 3 * same.error);
    auto const quiet = simulate(fdr, 2000, 200, 0, [](auto& random, int) { return uniform(random); });
    CHECK(quiet.false_share <= fdr + 3 * quiet.error);
  }
}

TEST_CASE("a bucket refills on event time up to its burst, and late times give nothing", "[collector][alert]") {
  Allowance const two{2, 3};
  TokenBucket bucket(two.burst);
  for (int i = 0; i < 3; ++i) CHECK(bucket.take(november, two));
  CHECK_FALSE(bucket.take(november, two));
  CHECK_FALSE(bucket.take(november + 11h, two));
  CHECK(bucket.take(november + 12h, two));
  CHECK_FALSE(bucket.take(november - 24h, two));
  CHECK_FALSE(bucket.take(november + 13h, two));
  CHECK(bucket.take(november + 24h, two));
  CHECK(bucket.has(november + 1000h, two));
  CHECK(bucket.tokens == 3);
}
