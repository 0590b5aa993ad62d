#include "agent/detect/codes.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "agent/detect/detectors.hpp"

using namespace greywatch::agent::detect;

TEST_CASE("every detector's word is in the table of codes, and no retired technique is", "[detect]") {
  std::set<std::string_view> words;
  std::set<std::string_view> const retired{"T0803", "T0804", "T0805", "T0812", "T0891",
                                           "T0839", "T0857", "T0855", "T0856"};
  for (auto const& row : codes()) {
    words.insert(row.detector);
    CHECK_FALSE(retired.contains(row.technique));
    CHECK_FALSE(retired.contains(row.technique_too));
  }
  for (auto const& row : detectors) CHECK(words.contains(row.word));
}
