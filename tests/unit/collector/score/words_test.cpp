#include "collector/score/words.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/collector/score/fleets.hpp"

using namespace greywatch;
using namespace greywatch::collector;

TEST_CASE("a sentence is the same however often it is asked for, and another one for every other episode",
          "[collector][score]") {
  Fleet const fleet(test::fleet(12, 6, 3, 2));
  ScoreOptions const options;
  Words words(fleet, options);
  std::vector<Episode> episodes;
  for (std::uint32_t nodes = 2; nodes < 9; ++nodes)
    episodes.push_back({.tick = 480'000, .nats = 1, .log_ratio = 3, .nodes = nodes, .operators = 2, .regions = 1});
  episodes.push_back(episodes.back());
  episodes.back().log_ratio = 4;
  std::vector<std::string> first;
  for (auto const& episode : episodes) {
    first.push_back(words.episode(0, FamilyId::coincidence, episode));
    auto faded = episode;  // its nats are not in words
    faded.nats = 0.1;
    CHECK(words.episode(0, FamilyId::coincidence, faded) == first.back());
    CHECK(words.episode(1, FamilyId::coincidence, episode) == first.back());
    CHECK(words.episode(0, FamilyId::slow, episode) != first.back());
  }
  auto limited = episodes.front();
  limited.modelled = 10;
  CHECK_THAT(words.episode(0, FamilyId::coincidence, limited),
             Catch::Contains("22026 times more likely") && Catch::Contains("counted as 20 times"));
  CHECK_THAT(first.front(), !Catch::Contains("counted as"));
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    CHECK(words.episode(0, FamilyId::coincidence, episodes[i]) == first[i]);
    for (std::size_t j = 0; j < i; ++j) CHECK(first[i] != first[j]);
  }
}
