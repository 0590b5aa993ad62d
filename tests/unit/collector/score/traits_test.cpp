#include "collector/score/traits.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "tests/unit/collector/score/fleets.hpp"

using namespace greywatch;
using namespace greywatch::collector;

namespace {

struct World {
  Fleet fleet{test::fleet(60, 20, 4, 3)};
  Traits traits;
  std::map<std::uint64_t, std::string> names;
  std::mt19937_64 random{41};

  /// Signs of one tick: fresh traits, and some of a small set that is always about.
  std::vector<TraitSign> draw() {
    std::vector<TraitSign> signs;
    for (std::uint32_t node = 0; node < fleet.nodes.size(); ++node) {
      if (random() % 40 != 0) continue;
      std::uint64_t const trait = random() % 5 ? random() : random() % 30;
      signs.push_back({trait, node, FindingClass(random() % 3)});
    }
    std::ranges::sort(signs);
    return signs;
  }
};

}  // namespace

TEST_CASE("traits that are about by chance have a mean of at most one", "[collector][score]") {
  World world;
  double sum = 0, squares = 0;
  int const ticks = 20'000;
  for (int tick = 0; tick < ticks; ++tick) {
    double const factor = std::exp(world.traits.judge(world.fleet, 0, tick, world.draw(), world.names, 1).nats);
    if (tick % 24 == 23) world.traits.end_of_day(tick + 1);
    sum += factor;
    squares += factor * factor;
  }
  double const mean = sum / ticks, error = std::sqrt((squares / ticks - mean * mean) / ticks);
  INFO(mean << " +- " << error);
  CHECK(mean <= 1 + 3 * error);
  CHECK(mean > 0.97);
}

TEST_CASE("one trait that is always about wins nothing after a while", "[collector][score]") {
  World world;
  double early = 0, late = 0;
  for (int tick = 0; tick < 24 * 120; ++tick) {
    std::vector<TraitSign> signs;
    if (tick % 7 == 0) signs.push_back({5, static_cast<std::uint32_t>(world.random() % 60), FindingClass::access});
    auto const gain = world.traits.judge(world.fleet, 0, tick, signs, world.names, 1);
    (tick < 24 * 30 ? early : late) += std::max(0.0, gain.nats);
  }
  CHECK(late < 1);
  CHECK(early < 10);
}

TEST_CASE("an alarm with several traits bets once", "[collector][score]") {
  auto const with = [](std::size_t count) {
    World world;
    double nats = 0;
    for (std::uint32_t i = 0; i < 6; ++i) {
      std::vector<TraitSign> signs;
      for (std::uint64_t trait = 0; trait < count; ++trait) signs.push_back({trait, i, FindingClass::access});
      nats += world.traits.judge(world.fleet, 0, i, signs, world.names, 1).nats;
    }
    return nats;
  };
  CHECK(with(1) > 1);
  CHECK(with(5) <= with(1) + 1e-9);
}

TEST_CASE("what traits know is saved and read back", "[collector][score]") {
  World world;
  for (int tick = 0; tick < 200; ++tick) world.traits.judge(world.fleet, 0, tick, world.draw(), world.names, 1);
  StateWriter out;
  world.traits.save(out, world.fleet);
  auto const saved = out.finish("gwtest01");
  Traits other;
  StateReader in(saved, "gwtest01");
  other.load(in, world.fleet);
  REQUIRE(in);
  for (int tick = 200; tick < 300; ++tick) {
    auto const signs = world.draw();
    CHECK(world.traits.judge(world.fleet, 0, tick, signs, world.names, 1).nats ==
          other.judge(world.fleet, 0, tick, signs, world.names, 1).nats);
  }
}
