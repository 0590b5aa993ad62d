#include "collector/score/activity.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace greywatch;
using namespace greywatch::collector;

TEST_CASE("what acts add is the logarithm of the sum over the first kinds of act", "[collector][score]") {
  Activity const activity({0.1, 0.05, 0, 0.2, 0});
  Judged found;
  found.of(Act::anywhere).log_ratio = 2;
  found.of(Act::market).log_ratio = 50;  // has no share
  found.of(Act::elsewhere).log_ratio = 3;
  CHECK(activity.nats(found, 0) == 0);
  CHECK(activity.nats(found, 1) == Approx(std::log(0.9 + 0.1 * std::exp(2))));
  CHECK(activity.nats(found, 3) == Approx(std::log(0.85 + 0.1 * std::exp(2))));
  CHECK(activity.nats(found, act_kinds) == Approx(std::log(0.65 + 0.1 * std::exp(2) + 0.2 * std::exp(3))));
  CHECK(activity.nats({}, act_kinds) == activity.log_idle[act_kinds]);
}

TEST_CASE("joint acts have a share in the fleet's scope only, and while something opens them", "[collector][score]") {
  ScoreOptions const options;
  Activities activities(options);
  Surroundings around;
  around.market = true;
  auto const market = static_cast<std::size_t>(Act::market), anywhere = static_cast<std::size_t>(Act::anywhere);
  auto const once = options.activity;
  auto const& of_fleet = activities.of(once, 0, around, true);
  auto const& of_part = activities.of(once, 0, around, false);
  CHECK(of_fleet[0].share[market] > 0);
  CHECK(of_part[0].share[market] == 0);
  CHECK(activities.of(once, 0, {}, true)[0].share[market] == 0);
  CHECK(of_part[0].share[anywhere] == Approx(once));
  CHECK(of_part[1].share[anywhere] == Approx(once * activity_factor(1)));
  CHECK(activities.of(once, 2, {}, false)[0].share[anywhere] == Approx(1 - std::pow(1 - once, 6)));
  CHECK(activities.of(3 * once, 0, {}, false)[0].share[anywhere] == Approx(3 * once));
  CHECK(&activities.of(once, 0, around, true) == &of_fleet);
}
