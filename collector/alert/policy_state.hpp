#pragma once
#include "collector/score.hpp"
#include "collector/state.hpp"

namespace greywatch::collector {

/// A score with its contributions, without its alert mark.
void save_score(Score const& score, StateWriter& out);
Score load_score(StateReader& in);

}  // namespace greywatch::collector
