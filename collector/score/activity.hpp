#pragma once
#include <array>
#include <map>
#include <utility>

#include "collector/score/coincidence.hpp"
#include "collector/score/filter.hpp"

namespace greywatch::collector {

/// Chances that a campaign acts in a tile, by act, with the logarithms that every sum over acts takes.
struct Activity {
  explicit Activity(std::array<double, act_kinds> const& share);
  std::array<double, act_kinds> share, log_share;
  std::array<double, act_kinds + 1> log_idle;  ///< of none of the first so many kinds of act

  /// ln of "some act, or none, of the first `acts` kinds" to benign causes.
  double nats(Judged const& found, std::size_t acts) const;
};

/// The activities of tiles, each reckoned once.
class Activities {
 public:
  using Levels = std::array<Activity, activity_levels>;  ///< of the particles; the first is the score's own

  explicit Activities(ScoreOptions const& options) : options_(options) {}

  /// `once` is the chance of acts anywhere in one tick, stress included; `around` counts in the fleet's scope only.
  /// Stands until `trim`.
  Levels const& of(double once, std::size_t tile, Surroundings const& around, bool of_fleet);
  /// Forgets, when there are too many.
  void trim();

 private:
  ScoreOptions const& options_;
  std::map<std::pair<double, unsigned>, Levels> known_;
};

}  // namespace greywatch::collector
