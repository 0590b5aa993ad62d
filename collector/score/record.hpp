#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "collector/score/coincidence.hpp"
#include "collector/state.hpp"

namespace greywatch::collector {

/// What a tile was judged to be: whose, and for which kind of act.
struct Place {
  ScopeKind kind;
  std::uint32_t scope;
  std::size_t tile;  ///< index into `tile_shapes`
  Act act;
  std::int64_t tick;  ///< with which it ends
};

/// How often this fleet has seen coincidences that no benign cause of the null model explains. A world has causes that
/// nobody thought of: if hours a thousand times likelier under a campaign came nine times in two months, the tenth is
/// no thousand to one. So a ratio counts for no more than one over the rate at which such ratios came. Compared are
/// those with access, with command, with both at different nodes, with both at the same and with neither, each apart,
/// and those that follow upon another within half a day apart from the first. The rate is a Gamma-Poisson estimate,
/// which begins at the model's own claim (a ratio of r comes once in r tiles at most) but not below a floor. One
/// thread.
class Record {
 public:
  explicit Record(Fleet const& fleet) : latest_(fleet.scopes.size()) {}

  /// The log ratio to reckon with: at most `found`'s own. How unusual the alarms themselves are comes on top, up to
  /// `most_marks`: an unknown cause has no reason to bring such.
  double believed(Place const& place, Coincidence const& found) const;

  /// Takes what a tile was judged to be by the model alone.
  void learn(Place const& place, std::size_t stratum, double log_ratio);
  /// Marks the hour as one to which others may follow; after everything of its tick has been learned.
  void note(Place const& place, std::size_t stratum, double log_ratio);
  /// What a coincidence is compared with.
  static std::size_t stratum(Coincidence const& found);
  void end_of_day(double half_life_days);

  void save(StateWriter& out, Fleet const& fleet) const;
  void load(StateReader& in, Fleet const& fleet);

 private:
  static constexpr std::size_t bins = 24;   ///< of log ratios, one nat each
  static constexpr std::size_t strata = 5;  ///< by classes
  struct Latest {
    std::int64_t tick = -(std::int64_t{1} << 40);
    double log_ratio = 0;
  };
  struct Counts {
    double tiles = 0;  ///< in which such a coincidence could have been seen
    std::array<double, bins> seen{};
    /// How many were as large, or would have been: sizes of accidents have a heavy tail.
    double as_large(std::size_t bin) const;
  };
  using History = std::array<std::array<Counts, 2>, strata>;  ///< by classes, and first or following
  using Histories = std::array<std::array<std::array<History, act_kinds>, tile_count>, scope_kinds>;

  static std::size_t bin(double log_ratio);
  /// Whether one not much smaller was seen in the hours before.
  bool follows(Place const& place, std::size_t stratum, double log_ratio) const;
  History const& of(Place const& place) const {
    return histories_[static_cast<std::size_t>(place.kind)][place.tile][static_cast<std::size_t>(place.act)];
  }
  /// Each number that is kept, in a fixed order.
  static void each(auto& histories, auto take);

  Histories histories_{};
  /// The newest first: of the hours of the longest tile, and the one before.
  using Notes = std::array<Latest, longest_tile>;
  std::vector<std::array<Notes, strata>> latest_;  ///< by scope: the latest hours with a coincidence
};

}  // namespace greywatch::collector
