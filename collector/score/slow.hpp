#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "collector/score/filter.hpp"

namespace greywatch::collector {

/// One node's day in the slow channel: `e` is an e-value, mean one when nothing is wrong.
struct SlowDay {
  std::uint32_t node = 0;
  double e = 1;
};

/// e = 0.45 p^-0.55, at most 40: it integrates to one over uniform p, and bets on days that are somewhat too unusual.
double slow_e(double p);

/// Hour of the day, UTC, whose tick judges the day before: summaries that come within it count.
inline constexpr std::int64_t slow_hour = 2;

/// Family E: nodes whose days are slightly too unusual, day after day, at several places. Under a campaign each node is
/// affected with its own chance w, under "no campaign" it drifts benignly with chance v, or most nodes of one region,
/// vendor or operator do. All these chances are learned from day to day, so that what is always unusual soon says
/// nothing: a single node never brings more than about ln(w / v) of the beginning.
class Slow {
 public:
  explicit Slow(std::size_t nodes);

  /// Takes a summary of node and class. Several classes of one node and day are one e-value, their mean, which holds
  /// under any dependence; one told twice counts once, the larger p of the two.
  void take(std::uint32_t node, FindingClass kind, double p);
  /// The day, in the order of nodes, over the fleet's own mean of the days before where that is above one; it is taken
  /// away. The fleet's first day is not judged: it says what is usual here.
  std::vector<SlowDay> end_day();
  /// Learns each node's chances from the day, after all scopes were judged by what was known before.
  void learn(std::span<SlowDay const> day);

  /// ln of "this day under a campaign" to "under benign drift" in `scope`; who speaks for a campaign goes to `nodes`.
  /// `drifts` is what the scope has learned of groups that drift together, and learns from the day.
  double log_ratio(Fleet const& fleet, std::uint32_t scope, std::span<SlowDay const> day, Drifts& drifts,
                   std::vector<NodeWeight>& nodes) const;

  std::map<std::uint32_t, double> pending;  ///< largest p of the day by node x classes + class
  std::vector<double> affected, drifting;   ///< w and v of each node
  /// Of the fleet, fading: node-days, their e-values (each cut), and how many of them seem to have drifted.
  double count = 0, total = 0, drifted = 0;

 private:
  double drifting_at_first() const;
  double affected_at_first() const;
};

}  // namespace greywatch::collector
