#pragma once
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "collector/inventory.hpp"
#include "collector/score.hpp"
#include "collector/score/activity.hpp"
#include "collector/score/around.hpp"
#include "collector/score/filter.hpp"
#include "collector/score/marks.hpp"
#include "collector/score/rates.hpp"
#include "collector/score/record.hpp"
#include "collector/score/slow.hpp"
#include "collector/score/stages.hpp"
#include "collector/score/traits.hpp"
#include "collector/score/words.hpp"

namespace greywatch::collector {

/// All alarms of one (node, class) in one open tick, whatever order they came in.
struct AlarmCell {
  Time first, last;
  double p = 1;                                           ///< the smallest
  std::string detector;                                   ///< that gave it: its event.code; of two the first by name
  std::vector<std::string> findings, techniques, traits;  ///< the first ones by name, bounded
};

/// What has arrived for a tick that is not closed. Keys are node x classes + class, and node.
struct OpenTick {
  std::map<std::uint32_t, AlarmCell> alarms;
  std::map<std::uint32_t, std::pair<Time, double>> coverage;     ///< the latest of each node
  std::map<std::uint32_t, std::vector<std::string>> techniques;  ///< that rules add to a node's alarms, bounded
  std::map<std::uint32_t, double> summaries;                     ///< p of the slow channel; of two the larger
};

/// The start of trouble of one class at one node.
struct Onset {
  std::uint32_t node = 0;
  FindingClass kind = FindingClass::recon;
  std::int64_t tick = 0;
  double p = 1;                           ///< chance of it in one tick
  bool declared = false;                  ///< a declared cause makes it expected
  double mark = 1;                        ///< how unusual its alarm is among those of its detector
  double excused = 0;                     ///< chance that a benign cause brought it, seen in the whole fleet
  GroupKind excuse = GroupKind::unknown;  ///< whose cause
};

/// Everything that changes as time passes: copying it is how the open tick is scored without closing it.
struct Core {
  Core(Fleet const& fleet, ScoreOptions const& options);

  Live live;
  Rates rates;
  Marks marks;
  Record record;
  Shocks shocks;
  Slow slow;
  Around around;
  Stages stages;
  Traits traits;
  std::vector<ScopeState> scopes;
  std::map<std::int64_t, OpenTick> open;
  std::array<std::vector<Onset>, tile_count> tiles;  ///< onsets of the running tiles, the first one's left out
  std::optional<std::int64_t> next;                  ///< the tick to close next
};

/// What is reckoned once: functions of the inventory, the options and what is asked. One thread.
struct Tables {
  Tables(Fleet const& fleet, ScoreOptions const& options);
  std::vector<HazardTable> hazards;  ///< by scope
  Activities activities;
  Words words;
};

/// What closing a tick needs beside the state; models hold scratch space only.
struct Models {
  Fleet const& fleet;
  ScoreOptions const& options;
  std::vector<Declared> const& declared;
  CoincidenceModel& coincidence;
  Tables& tables;
};

/// How often campaigns start in a scope, relative to the fleet: there are many scopes, and a fleet has no more
/// campaigns for being cut into more of them.
double share_of_campaigns(Fleet const& fleet, ScoreOptions const& options, std::uint32_t scope);
Hazards hazards_of(Fleet const& fleet, ScoreOptions const& options, std::uint32_t scope);

/// Scores tick `*core.next` with all that has arrived for it, learns from it and moves on to the next.
void close_tick(Core& core, Models& models);

/// The score of a scope as it stands, at `time`.
Score tell(Core const& core, Models const& models, std::uint32_t scope, Time time);

}  // namespace greywatch::collector
