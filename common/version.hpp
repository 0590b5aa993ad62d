#pragma once
#include <string_view>

namespace greywatch {

/// The version of this build, as in CHANGELOG.md and in the project() line of CMakeLists.txt (tests/architecture
/// compares).
inline constexpr std::string_view version = "0.1.0";

}  // namespace greywatch
