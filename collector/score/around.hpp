#pragma once
#include <deque>
#include <vector>

#include "collector/score/coincidence.hpp"
#include "collector/state.hpp"

namespace greywatch::collector {

struct Onset;

/// What is going on beside a tile: the joint hypotheses ask whether acts hide behind it. A region is loud for a day
/// after far more of its nodes than usual alarmed within six hours; a node is noisy for twelve hours after alarms of
/// three classes; the market has moved when nodes of two operators say so. None of this is evidence: it only says where
/// acts are to be looked for, so that what is found there must still be unlikely by itself.
class Around {
 public:
  explicit Around(Fleet const& fleet);

  /// Takes the onsets of a tick, before it is judged.
  void take(Fleet const& fleet, Live const& live, std::int64_t tick, std::span<Onset const> onsets);

  /// What a tile of `ticks` that ends with `tick` may assume.
  Surroundings of(Fleet const& fleet, std::int64_t tick, std::int64_t ticks) const;

  void save(StateWriter& out, Fleet const& fleet) const;
  void load(StateReader& in, Fleet const& fleet);

 private:
  struct Seen {
    std::uint32_t node;
    FindingClass kind;
    std::int64_t tick;
    bool unusual;  ///< by the node's own rate, and not declared
  };
  std::deque<Seen> recent_;                ///< of the last `longest` ticks, the oldest first
  std::vector<double> usual_;              ///< by group, regions only: onsets a tick
  std::vector<std::int64_t> loud_until_;   ///< by group, regions only
  std::vector<std::int64_t> noisy_until_;  ///< by node
};

/// Share of a campaign's activity that goes to an act while `Around` allows it, per tick. The bets of one trigger add
/// up to about 0.6 of such an act: so much is lost at most when nothing follows.
double joint_activity(Act act, std::int64_t ticks);

}  // namespace greywatch::collector
