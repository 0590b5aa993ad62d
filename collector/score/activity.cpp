#include "collector/score/activity.hpp"

#include <algorithm>
#include <cmath>

#include "collector/score/around.hpp"

namespace greywatch::collector {

namespace {

constexpr double progress_share = 0.5;  // of a campaign's acts: as many follow an earlier stage as do not
constexpr double most_varied = 0.18;    // share of one act in a particle
constexpr std::size_t most_known = 1 << 10;

/// Chances that a campaign acts in a tile of `ticks`, by act; `once` is that of acts anywhere in one tick, `usual`
/// the same without stress.
std::array<double, act_kinds> shares(double once, double usual, std::int64_t ticks, Surroundings const& around,
                                     bool of_fleet) {
  auto const within = [&](double chance) { return 1 - std::pow(1 - chance, static_cast<double>(ticks)); };
  std::array<double, act_kinds> share{within(once), within(progress_share * once), 0, 0, 0};
  if (!of_fleet) return share;
  double const factor = once / usual;
  auto const joint = [&](Act act, bool allowed) {
    share[static_cast<std::size_t>(act)] = allowed ? std::min(0.3, factor * joint_activity(act, ticks)) : 0;
  };
  joint(Act::market, around.market);
  joint(Act::elsewhere, !around.quiet.empty());
  joint(Act::beneath, !around.calm.empty());
  double sum = 0;
  for (double const one : share) sum += one;
  if (sum > 0.9)
    for (auto& one : share) one *= 0.9 / sum;
  return share;
}

Activity varied(std::array<double, act_kinds> share, double factor) {
  if (factor != 1)
    for (auto& one : share) one = std::min(one * factor, most_varied);
  return Activity(share);
}

}  // namespace

Activity::Activity(std::array<double, act_kinds> const& given) : share(given) {
  double idle = 1;
  log_idle[0] = 0;
  for (std::size_t act = 0; act < act_kinds; ++act) {
    log_share[act] = std::log(share[act]);
    idle -= share[act];
    log_idle[act + 1] = std::log(idle);
  }
}

double Activity::nats(Judged const& found, std::size_t acts) const {
  double sum = minus_infinity;
  for (std::size_t act = 0; act < acts; ++act)
    if (share[act] > 0) sum = log_add(sum, log_share[act] + found.acts[act].log_ratio);
  return log_add(log_idle[acts], sum);
}

Activities::Levels const& Activities::of(double once, std::size_t tile, Surroundings const& around, bool of_fleet) {
  unsigned const open = of_fleet ? 1 + 2 * around.market + 4 * !around.quiet.empty() + 8 * !around.calm.empty() : 0;
  std::pair const key(once, open * static_cast<unsigned>(tile_count) + static_cast<unsigned>(tile));
  auto const at = known_.lower_bound(key);
  if (at != known_.end() && at->first == key) return at->second;
  auto const share = shares(once, options_.activity, tile_shapes[tile].ticks, around, of_fleet);
  return known_
      .emplace_hint(at, key,
                    Levels{varied(share, activity_factor(0)), varied(share, activity_factor(1)),
                           varied(share, activity_factor(2))})
      ->second;
}

void Activities::trim() {
  if (known_.size() > most_known) known_.clear();
}

}  // namespace greywatch::collector
