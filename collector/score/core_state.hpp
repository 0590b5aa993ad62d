#pragma once
#include <string_view>

#include "collector/score/core.hpp"
#include "collector/state.hpp"

namespace greywatch::collector {

inline constexpr std::string_view score_state = "gwscor08";  ///< kind and version of the saved state

/// Everything of a core, by names of nodes, groups and scopes.
void save_core(Core const& core, Fleet const& fleet, StateWriter& out);
/// Fills a fresh core. What the fleet does not name any more is skipped; a damaged reader leaves it half filled.
void load_core(Core& core, Fleet const& fleet, StateReader& in);

void save_declared(Declared const& notice, StateWriter& out);
Declared load_declared(StateReader& in);

}  // namespace greywatch::collector
