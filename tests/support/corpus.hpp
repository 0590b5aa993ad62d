#pragma once
#include <cstdlib>
#include <filesystem>

namespace greywatch::test {

/// The folder of real captures, which the project does not ship: GREYWATCH_CORPUS, else ../shared/captures. Tests that
/// need it say how many files they skipped when it is not there.
inline std::filesystem::path corpus() {
  char const* set = std::getenv("GREYWATCH_CORPUS");
  return set && *set ? set : "../shared/captures";
}

}  // namespace greywatch::test
