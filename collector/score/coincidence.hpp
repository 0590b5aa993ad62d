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

/// What one tile says about one scope.
struct Coincidence {
  double log_ratio = minus_infinity;  ///< ln of "hits under an acting campaign" to "hits under benign causes"
  ClassMask classes = 0;              ///< of the likeliest campaign
  std::vector<NodeWeight> nodes;      ///< in it
  std::vector<Explained> explained;   ///< by benign causes; only when asked for
};

/// Family A: acts at two operators or more in one tile. A campaign reaches a share phi of the nodes of some scope (all
/// classes, access, access and command, command and market; two regions; one vendor); each node reached shows an onset
/// of one class with chance h. Both sides are normalised, so that the ratio has mean one when nothing is coordinated,
/// and one node or one operator alone gives exactly nothing (docs/scoring.md).
class CoincidenceModel {
 public:
  CoincidenceModel(Fleet const& fleet, ScoreOptions const& options);

  /// `hits` lie in `scope`, ordered by `Fleet::rank`, with at most one entry a node. Uses scratch space: one thread.
  Coincidence weigh(std::uint32_t scope, std::span<Hit const> hits, Live const& live, Shocks const& shocks,
                    std::int64_t ticks, std::size_t strength, bool explain);

 private:
  static constexpr std::size_t shares = 5;
  struct Normaliser {
    std::uint64_t version = ~std::uint64_t{0};
    std::array<double, shares> q{}, log_expected{};
  };
  struct Term {
    double log = minus_infinity;
    double q = 0;  ///< where the term peaks
  };
  Normaliser const& normaliser(std::uint32_t scope, Live const& live, std::size_t strength);
  Term reach(std::span<Hit const> hits, ClassShares const& acts, ClassMask mask, Normaliser const& expected) const;
  void pairs(std::span<Hit const> hits, Live const& live, Shocks const& shocks, std::int64_t ticks,
             std::size_t strength, double log_null, double log_weight, Coincidence& into, double& best);
  double outside(std::span<Hit const> hits, ScopeKind slot, Live const& live, Shocks const& shocks, std::int64_t ticks);

  Fleet const& fleet_;
  ScoreOptions const& options_;
  Null null_;
  std::vector<std::array<Normaliser, strengths.size()>> normalisers_;
  std::vector<Hit> scaled_;         // scratch
  std::vector<ClassMask> masks_;    // scratch
  std::uint32_t wide_vendors_ = 0;  // vendors with two operators or more
};

}  // namespace greywatch::collector
