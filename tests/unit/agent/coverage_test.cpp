#include "agent/coverage.hpp"

#include <catch2/catch.hpp>

using namespace greywatch;
using namespace greywatch::agent;

namespace {
Time at(int minutes) { return from_unix_ns(1'764'000'000'000'000'000) + std::chrono::minutes{minutes}; }
}  // namespace

TEST_CASE("coverage is told once and then only when it changes", "[agent][coverage]") {
  Coverage coverage;
  CHECK_FALSE(coverage.sample(at(0), {}));  // nothing heard yet: no data, not full coverage
  CHECK(coverage.sample(at(1), {.packets = 100}) == 1.0);
  CHECK_FALSE(coverage.sample(at(2), {.packets = 200}));
  CHECK_FALSE(coverage.sample(at(3), {.packets = 298, .packets_lost = 2}));
  CHECK(coverage.sample(at(4), {.packets = 348, .packets_lost = 52}) == 0.5);
  CHECK(coverage.sample(at(5), {.packets = 448, .packets_lost = 52}) == 1.0);
}

TEST_CASE("messages that cannot be read lower the coverage", "[agent][coverage]") {
  Coverage coverage;
  CHECK(coverage.sample(at(1), {.packets = 100, .messages = 30, .messages_lost = 10}) == 0.75);
}

TEST_CASE("a node that heard traffic and hears none any more has no coverage", "[agent][coverage]") {
  Coverage coverage;
  CHECK(coverage.sample(at(1), {.packets = 100}) == 1.0);
  CHECK_FALSE(coverage.sample(at(6), {.packets = 100}));
  CHECK(coverage.sample(at(11), {.packets = 100}) == 0.0);
  CHECK(coverage.sample(at(12), {.packets = 101}) == 1.0);
}
