#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/alert.hpp"
#include "collector/alert/node_alerts.hpp"
#include "collector/alert/policy.hpp"
#include "collector/correlate/correlator.hpp"
#include "collector/indicator.hpp"
#include "collector/inventory.hpp"
#include "collector/score.hpp"
#include "collector/score/scorer.hpp"
#include "common/event/finding.hpp"
#include "common/result.hpp"
#include "common/time.hpp"

namespace greywatch::collector {

/// Which time closes ticks: the machine's, or the newest finding's (for demonstrations and recorded streams only: one
/// agent with a wrong clock would move it for all).
enum class TickClock : std::uint8_t { wall, event };

struct EngineOptions {
  TickClock clock = TickClock::wall;
  ScoreOptions score;
  PolicyOptions policy;
  NodeAlertOptions nodes;
};

/// What came of something the engine took.
struct Step {
  std::vector<Indicator> indicators;
  std::vector<Score> scores;  ///< of closed ticks
  std::vector<Alert> alerts;  ///< to be told
};

/// Findings to indicators to scores to alerts: the scoring line without threads, disks and networks. What it knows can
/// be saved at two prices: `small_state` after each step, `snapshot` now and then. From a snapshot, the findings since
/// and the newest small state it arrives at the same bits. One thread.
class Engine {
 public:
  using Values = std::vector<std::pair<std::string, std::string>>;
  using Lookup = std::function<std::optional<std::string>(std::string_view key)>;

  Engine(EngineOptions const& options, Inventory const& inventory, Correlator correlator);

  void declare(std::vector<Declared> const& causes);

  /// Takes a finding in the order of rows. With the clock `event` its time may close ticks.
  void take(std::int64_t row, Finding const& finding, Step& out);
  /// With the clock `wall`: closes what is to be closed at this time.
  void tick(Time now, Step& out);
  /// Scores the open tick with what has arrived and asks the policy. `now` is wall time, used with that clock only.
  void evaluate(Time now, Step& out);

  std::int64_t cursor() const { return cursor_; }                 ///< row of the last finding taken
  std::vector<Score> const& current() const { return current_; }  ///< of the last evaluation or tick, by scope
  std::vector<Alert> firing() const;
  ScorerCounters const& scored() const { return scorer_.counters(); }
  Correlator::Counters correlated() const { return correlator_.counters(); }
  PolicyCounters const& told() const { return policy_.counters(); }
  NodeAlertCounters const& told_of_nodes() const { return nodes_.counters(); }

  /// Key-value pairs to be committed with each step, only those that changed.
  Values small_state();
  /// All of it; afterwards fewer findings are read again at a start.
  Values snapshot();
  /// Takes up what was saved, on a fresh engine. `cursor` is that of the last commit; `feed` gives the findings above a
  /// row up to that cursor, in order. A part that cannot be taken up begins anew and is told in the result, one line
  /// each.
  std::vector<std::string> restore(
      Lookup const& saved, std::int64_t cursor,
      std::function<void(std::int64_t above, std::function<void(std::int64_t, Finding const&)> const&)> const& feed);

  /// Goes on with another inventory or other rules, keeping what still applies.
  std::vector<std::string> replace(Inventory const& inventory, Correlator correlator);

 private:
  void digest(Finding const& finding, std::vector<Indicator>& indicators);
  void advance(Time watermark, Step& out);

  EngineOptions options_;
  Correlator correlator_;
  Scorer scorer_;
  Policy policy_;
  NodeAlerts nodes_;
  std::int64_t cursor_ = 0;
  std::optional<Time> newest_;  ///< event time, clock `event`
  std::vector<Score> current_;
  std::string advances_;  ///< lines "row nanoseconds": ticks closed since the snapshot, after that row
  std::string saved_policy_, saved_nodes_, saved_advances_;
};

}  // namespace greywatch::collector
