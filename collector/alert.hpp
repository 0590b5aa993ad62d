#pragma once
#include <map>
#include <string>
#include <vector>

#include "collector/score.hpp"

namespace greywatch::collector {

/// What people are told. One alert lives from firing to resolved under one id; updates keep the id.
struct Alert {
  std::string id;  ///< stable, derived from scope and start: replays give the same one
  std::string scope;
  std::string severity;  ///< watch, elevated, alert
  bool firing = true;
  Time since;                                                      ///< event time of the onset
  Time updated;                                                    ///< event time of this state
  Score score;                                                     ///< as it was at `updated`, with its contributions
  std::vector<std::string> nodes, operators, regions, techniques;  ///< the top ones, most important first
  std::vector<std::string> findings;                               ///< event.id of the evidence, bounded
  std::string title;                                               ///< one line
  std::string text;                                                ///< the explanation, several lines; never an actor
};

/// Appends `alert` as one JSON object without a line end: id, scope, severity, state (firing or resolved), since,
/// updated, title, text, nodes, operators, regions, threat.technique.id, findings and the score's object under "score".
void write_json(Alert const& alert, std::string& out);

/// Appends `alert` as one NDJSON line: the object of `write_json` after an @timestamp, its `updated`.
void write_ndjson(Alert const& alert, std::string& out);

}  // namespace greywatch::collector
