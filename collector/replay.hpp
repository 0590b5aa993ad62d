#pragma once
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "collector/alert/policy.hpp"
#include "collector/score/options.hpp"

namespace greywatch::collector {

enum class ReplayEmit : std::uint8_t { scores, alerts, indicators };

struct ReplayOptions {
  std::filesystem::path inventory;
  std::optional<std::filesystem::path> context;  ///< NDJSON of declared causes
  std::optional<std::filesystem::path> rules;    ///< folder of rules; without it findings are taken as they are
  ReplayEmit emit = ReplayEmit::scores;
  std::string findings = "-";  ///< NDJSON file, "-" is standard input
  ScoreOptions score;
  PolicyOptions policy;
};

/// The scoring line alone, on event time: reads findings, writes NDJSON of what `emit` asks for to `out` and complaints
/// to `err`, the last line a summary. Scores and alerts are those of closed ticks; the tick of the last finding is
/// closed at the end. A line that is no finding, or whose time leaps by more than a year, is refused with file:line and
/// left out. A node that is not in the inventory is told once and its findings are not scored: without operator and
/// region nothing can be said about coincidence. Gives the exit status: 0, or 1 when anything was refused.
int replay(ReplayOptions const& options, std::ostream& out, std::ostream& err);

}  // namespace greywatch::collector
