#pragma once
#include <span>
#include <vector>

#include "collector/score/shock.hpp"

namespace greywatch::collector {

/// How strong the same onsets count in one of the parameter particles; the first is the score's own.
struct Strength {
  double visibility;  ///< factor on h
  double surprise;    ///< factor on 1 / (chance of an onset)
};
inline constexpr std::array<Strength, 3> strengths{{{1, 1}, {0.5, 0.5}, {1.3, 2}}};

struct NodeWeight {
  std::uint32_t node;
  double weight;  ///< log term of the node in the likeliest campaign, above 0
};

/// What a campaign is supposed to be doing in a tile. All but the first two only apply while something else was seen.
enum class Act : std::uint8_t {
  anywhere,   ///< family A: acts at several operators
  progress,   ///< family C: acts at nodes that an earlier stage reached before
  market,     ///< family D: acts after a move of the market
  elsewhere,  ///< diversion: acts away from where it is loud
  beneath,    ///< flood: acts at nodes other than those that make noise
};
inline constexpr std::size_t act_kinds = 5;

/// What one tile says about one kind of act in one scope.
struct Coincidence {
  double log_ratio = minus_infinity;  ///< ln of "hits under an acting campaign" to "hits under benign causes"
  double modelled = minus_infinity;   ///< the same by the model alone, before the fleet's record limited it
  ClassMask classes = 0;              ///< of the likeliest campaign
  double log_marks = 0;               ///< how unusual the alarms of its nodes are, as a product of marks
  std::uint32_t taken = 0;            ///< nodes in it that showed access and command both
  std::vector<NodeWeight> nodes;      ///< in it

  /// Names nobody, for another campaign that is likelier.
  void forget();
  /// Names the node of `hit`, whose classes in `mask` belong to the campaign.
  void name(Hit const& hit, ClassMask mask, double weight);
};

/// What one tile says about one scope.
struct Judged {
  std::array<Coincidence, act_kinds> acts;
  std::vector<Explained> explained;  ///< by benign causes; only when asked for
  Coincidence& of(Act act) { return acts[static_cast<std::size_t>(act)]; }
  Coincidence const& of(Act act) const { return acts[static_cast<std::size_t>(act)]; }
};

/// What was seen beside the hits of a tile: which of the conditional acts are to be judged, and where.
struct Surroundings {
  bool market = false;      ///< the market moved in the hours before the tile
  std::vector<char> quiet;  ///< by node: lies outside every loud region; empty while none is loud
  std::vector<char> calm;   ///< by node: makes no noise; empty while there is none
};

/// Acts at two operators or more in one tile. A campaign reaches a share phi of the nodes of some scope (all classes,
/// access, command, both, command and market; two regions; one sector; one vendor); each node reached shows an onset of
/// one class with chance h. Both sides are normalised, so that each ratio has mean one when nothing is coordinated, and
/// one node or one operator alone gives exactly nothing (docs/scoring.md).
class CoincidenceModel {
 public:
  CoincidenceModel(Fleet const& fleet, ScoreOptions const& options);

  /// `hits` lie in `scope`, ordered by `Fleet::rank`, with at most one entry a node. `around` counts in the fleet's
  /// scope only. Uses scratch space: one thread.
  Judged weigh(std::uint32_t scope, std::span<Hit const> hits, Live const& live, Shocks const& shocks,
               std::int64_t ticks, std::size_t strength, bool explain, Surroundings const& around = {});

  /// What benign causes make of the hits of one tick in the whole fleet. Uses scratch space: one thread.
  std::vector<Explained> explain(std::span<Hit const> hits, Live const& live, Shocks const& shocks);

 private:
  static constexpr std::size_t shares = 4;
  struct Normaliser {
    std::uint64_t version = ~std::uint64_t{0};
    std::array<double, shares> q{}, log_expected{};
  };
  struct Term {
    double log = minus_infinity;
    double q = 0;  ///< where the term peaks
  };
  /// One tile being judged: what all terms read.
  struct Case;
  /// A guess about where and how the campaign acts.
  struct Guess;

  Normaliser const& normaliser(std::uint32_t scope, Live const& live, std::size_t strength);
  Normaliser normaliser(std::vector<char> const& within, Live const& live, std::size_t strength) const;
  Term reach(std::span<Hit const> hits, Guess const& guess, Normaliser const& expected);
  double outside(Case const& at);
  void take(Case& at, Guess const& guess, Normaliser const& expected, double log_weight);
  void pairs(Case& at, Guess const& guess, double weight);
  void anywhere(Case& at);

  Fleet const& fleet_;
  ScoreOptions const& options_;
  Null null_;
  std::vector<std::array<Normaliser, strengths.size()>> normalisers_;
  std::vector<std::uint32_t> order_;                   // nodes by rank
  std::vector<Hit> scaled_;                            // scratch
  std::vector<ClassMask> masks_;                       // scratch
  std::vector<double> ratios_;                         // scratch: of nodes, by operator
  std::vector<std::size_t> runs_;                      // scratch: where those of one operator end
  std::uint32_t wide_vendors_ = 0, wide_sectors_ = 0;  // with two operators or more
};

}  // namespace greywatch::collector
