#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "collector/score/rates.hpp"

namespace greywatch::collector {

struct Onset;

/// Family C: whether a node that shows a later stage (command, loss: impair process control, inhibit response, impact)
/// showed an earlier one (access: initial access, execution, persistence, lateral movement) between a day and two weeks
/// before. Within a day it would be the work of one maintenance as well. Most of what comes first is chance: how often,
/// each node's own learned rate says, and how much more often than that, the fleet's own history.
class Stages {
 public:
  explicit Stages(std::size_t nodes) : accesses_(nodes) {}

  /// Likelihood ratio of what `node` showed before, given that the onset at `tick` is a later stage of the same act.
  double progress(std::uint32_t node, std::int64_t tick, Rates const& rates) const;

  /// Takes the onsets of a tick, after it was judged; those of later stages at `weight` into what is usual.
  void learn(std::span<Onset const> onsets, Rates const& rates, double weight);

  void save(StateWriter& out, Fleet const& fleet) const;
  void load(StateReader& in, Fleet const& fleet);

 private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min() / 2;
  struct Accesses {
    std::array<std::int64_t, 3> ticks{never, never, never};  ///< the latest first
  };
  bool before(std::uint32_t node, std::int64_t tick) const;
  double chance(std::uint32_t node, std::int64_t tick, Rates const& rates) const;

  std::vector<Accesses> accesses_;
  double seen_ = 2, expected_ = 2;  ///< later stages after an earlier one, and as many as chance makes
};

}  // namespace greywatch::collector
