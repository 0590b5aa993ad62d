#pragma once
#include <array>
#include <string_view>

#include "collector/score/filter.hpp"

namespace greywatch::collector {

/// Family F, a label and no evidence: what kind of campaign the acts that raised a score look like, by their classes
/// alone. It never says who, and it changes no score: else "no effect seen" would count as a sign of an attack.
inline constexpr std::array<std::string_view, 3> profile_names{"grey-zone", "criminal", "open attack"};

using Profile = std::array<double, profile_names.size()>;  ///< shares of the three, which add up to 1

Profile profile_of(ScopeState const& state);

}  // namespace greywatch::collector
