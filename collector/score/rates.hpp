#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "collector/score/fleet.hpp"
#include "collector/score/options.hpp"
#include "collector/state.hpp"

namespace greywatch::collector {

/// How often each class of alarm starts at each node: a Gamma-Poisson rate per (node, class), whose prior is the
/// fleet's rate of the class, times a factor by hour of the week that the whole fleet shares per class. Learns slowly
/// on purpose: whoever makes a victim noisy first must wait for weeks (the pseudo-count grows by 10 % + 0.1 onset a day
/// at most). Ticks are hours since 1970.
class Rates {
 public:
  Rates(Fleet const& fleet, ScoreOptions const& options);

  /// Whether an alarm in [first, last] begins after the refractory time of (node, class); remembers it either way.
  bool onset(std::uint32_t node, FindingClass kind, Time first, Time last);

  /// Chance of an onset in one tick of hour-of-week `tick`, not below the floor.
  double predictive(std::uint32_t node, FindingClass kind, std::int64_t tick) const;

  /// The same for a node that may be in the middle of a burst: not below what its onsets of the last days, of any
  /// class, make usual. That is forgotten as quickly as it came, so it is no way to a high rate.
  double in_burst(std::uint32_t node, FindingClass kind, std::int64_t tick) const;

  /// Whether the node had an onset of late, of any class: one in the last day, or several in the days before.
  bool stirred(std::uint32_t node, std::int64_t tick) const;

  /// Takes one onset into what is learned, at a weight in [0, 1].
  void learn(std::uint32_t node, FindingClass kind, std::int64_t tick, double weight);

  void set_live(std::uint32_t node, bool live, std::int64_t tick);  ///< only live hours are exposure
  void start(std::int64_t tick);                                    ///< nothing before this tick is exposure
  void end_of_tick(std::int64_t tick);                              ///< `tick` has been seen whole
  void end_of_day(std::int64_t tick);                               ///< forgets a little, opens the next day's growth

  void save(StateWriter& out, Fleet const& fleet) const;
  void load(StateReader& in, Fleet const& fleet);

 private:
  struct Cell {
    double onsets = 0;            ///< learned, beside the prior's
    double grown = 0;             ///< today
    double waiting = 0;           ///< onsets that may only be learned on later days
    double seen = 0;              ///< onsets as they came, for the fleet's rate
    double blocked = 0;           ///< hours in which no onset could start
    std::int64_t blocked_to = 0;  ///< tick
    std::int64_t last_alarm = never;
  };
  struct Exposure {
    double hours = 0;
    std::int64_t since = 0;
    bool live = true;
    double burst = 0;           ///< onsets of the last days, of all classes, fading
    std::int64_t burst_at = 0;  ///< tick of the last one
  };
  static double burst(Exposure const& exposure, std::int64_t tick);
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
  static constexpr std::size_t week = 168, day = 24;

  void learn_usual(std::int64_t tick);
  double visits() const;
  void share_out();
  static void grow(Cell& state);
  double factor(FindingClass kind, std::int64_t tick) const;

  Cell& cell(std::uint32_t node, FindingClass kind) { return cells_[node * finding_classes + std::size_t(kind)]; }
  Cell const& cell(std::uint32_t node, FindingClass kind) const {
    return cells_[node * finding_classes + std::size_t(kind)];
  }

  ScoreOptions const* options_;
  std::vector<Cell> cells_;
  std::vector<Exposure> exposure_;
  std::array<std::array<double, week>, finding_classes> by_hour_{};
  std::array<double, finding_classes> total_{};
  std::array<double, day> by_day_{};           ///< onsets of all classes by hour of the day
  std::array<double, week> visits_{};          ///< how often each hour of the week was seen: fades like the onsets
  std::array<double, week> share_{};           ///< of all hours seen, by hour of the week
  std::array<double, day> share_by_day_{};     ///< and of the day
  double shown_ = 0;                           ///< onsets of all classes until the running tick
  std::array<double, finding_classes> usual_;  ///< onsets an hour and node: the prior's mean, learned from the fleet
};

}  // namespace greywatch::collector
