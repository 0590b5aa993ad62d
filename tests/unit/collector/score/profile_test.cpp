#include "collector/score/profile.hpp"

#include <catch2/catch.hpp>

using namespace greywatch;
using namespace greywatch::collector;

namespace {

std::array<double, 3> seen(ClassMask classes, std::uint32_t nodes) {
  ScopeState state;
  state.accounts[0].episodes.push_back({.nats = 3, .nodes = nodes, .classes = classes});
  return profile_of(state);
}

}  // namespace

TEST_CASE("the profile is a share of three that follows the classes of the acts", "[collector][score]") {
  auto const nothing = seen(0, 0);
  CHECK(nothing[0] == Approx(0.5));
  CHECK(nothing[0] + nothing[1] + nothing[2] == Approx(1));
  auto const entered = seen(bit(FindingClass::access) | bit(FindingClass::command), 10);
  CHECK(entered[0] > 0.5);
  auto const broken = seen(bit(FindingClass::command) | bit(FindingClass::loss), 20);
  CHECK(broken[2] > 0.9);
  CHECK(seen(bit(FindingClass::loss) | bit(FindingClass::access), 12)[1] > 0.5);
}

TEST_CASE("many acts of one campaign do not make the profile certain", "[collector][score]") {
  CHECK(seen(bit(FindingClass::access), 10'000)[0] == Approx(seen(bit(FindingClass::access), 8)[0]));
}
