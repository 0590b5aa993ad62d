#pragma once
#include <map>
#include <string>

#include "collector/alert.hpp"
#include "collector/inventory.hpp"

namespace greywatch::collector {

/// Fills nodes, operators, regions, techniques, findings, title and text of an alert from its score. Lists are bounded,
/// the most important first. Never names who is behind it.
void explain(Alert& alert, std::map<std::string, Node> const& nodes);

/// The id of an alert of `scope` whose onset is in the hour that begins at `hour`: replays and restarts arrive at the
/// same one.
std::string alert_id(std::string const& scope, Time hour);

}  // namespace greywatch::collector
