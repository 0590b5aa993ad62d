#pragma once
#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/alert.hpp"
#include "collector/alert/token_bucket.hpp"
#include "collector/inventory.hpp"
#include "common/result.hpp"

namespace greywatch::collector {

/// When people are told (docs/alerts.md).
struct PolicyOptions {
  double watch = 25, elevated = 35, alert = 50;  ///< scores from which each severity holds
  double hysteresis = 10;                        ///< points below a level until it is left
  Duration hold = std::chrono::hours(6);         ///< a level once reached is not left earlier
  Duration repeat = std::chrono::hours(72);      ///< a standing alert is told again after this
  std::size_t operators = 3;                     ///< severity alert needs as many in the top contributions, and
  std::size_t families = 2;                      ///< as many families of evidence, or
  double evalue_log10 = 1;                       ///< this much from a single one
  Allowance budget{12, 12};  ///< of what is told of all scopes together, but for severity alert and for ends
};

struct PolicyCounters {
  std::uint64_t fired = 0, raised = 0, repeated = 0, resolved = 0;
  std::uint64_t deferred = 0;  ///< held back for a while by the budget
  std::uint64_t grouped = 0;   ///< onsets of a scope that the fleet's own alert told already
};

/// Turns scores into alerts, one per scope, with hysteresis. All on event time.
///
/// Provisional scores of the open tick may start or raise an alert at once, never lower or end one; only closed ticks
/// do, and not before `hold`. So an alert cannot flap inside a tick. An alert's id is derived from scope and the tick
/// of its onset: the closed tick, a replay and a restart arrive at the same one. One thread.
class Policy {
 public:
  Policy(Inventory const& inventory, PolicyOptions const& options = {});

  /// Scores of closed ticks, as `Scorer::advance` gives them; writes the alert mark of each. Gives what is to be sent:
  /// new alerts, raised severities, repeats and ends.
  std::vector<Alert> on_ticks(std::span<Score> scores);

  /// The same for `Scorer::provisional`.
  std::vector<Alert> on_provisional(std::span<Score> scores);

  /// Alerts that stand now, the fleet's first.
  std::vector<Alert> firing() const;

  PolicyCounters const& counters() const { return counters_; }
  std::string save() const;
  Result<void, Refusal> load(std::string_view saved);

 private:
  struct Standing {
    int level = -1;  ///< index into `levels`
    int told = -1;   ///< the highest level sent
    std::string id;
    Time since, raised, told_at;
    Score last;
    bool deferred = false;  ///< counted as held back
  };
  std::vector<Alert> take(std::span<Score> scores, bool closed);
  bool affordable(Standing& standing, Time time);
  void step(Score& score, bool closed, std::vector<Alert>& out);
  void end(std::string const& scope, Standing& standing, Time time, std::vector<Alert>& out);
  int level_of(Score const& score) const;
  bool convincing(Score const& score) const;
  bool told_by_fleet(std::string const& scope, Standing const& standing) const;
  Alert make(std::string const& scope, Standing const& standing, bool firing) const;

  PolicyOptions options_;
  std::map<std::string, Node> nodes_;
  std::array<double, 3> levels_;
  std::map<std::string, Standing, std::less<>> standing_;  // by scope; bounded by the inventory's scopes
  TokenBucket bucket_;
  PolicyCounters counters_;
};

/// The names of the severities, from low to high.
inline constexpr std::array<std::string_view, 3> severities{"watch", "elevated", "alert"};

}  // namespace greywatch::collector
