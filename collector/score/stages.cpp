#include "collector/score/stages.hpp"

#include <algorithm>
#include <cmath>

#include "collector/score/core.hpp"

namespace greywatch::collector {

namespace {

constexpr std::int64_t soonest = 24, latest = 14 * 24;  // ticks from the earlier to the later stage
constexpr double follows = 0.7;                         // chance that a campaign's later stage has an earlier one
constexpr double least = 0.05, most = 0.9;              // of what chance makes: never certain, never impossible
constexpr double kept = 0.999;                          // of what was learned, at each later stage

bool later(FindingClass kind) { return kind == FindingClass::command || kind == FindingClass::loss; }

}  // namespace

bool Stages::before(std::uint32_t node, std::int64_t tick) const {
  return std::ranges::any_of(accesses_[node].ticks,
                             [&](std::int64_t at) { return tick - at >= soonest && tick - at <= latest; });
}

double Stages::chance(std::uint32_t node, std::int64_t tick, Rates const& rates) const {
  double const p = rates.predictive(node, FindingClass::access, tick);
  return -std::expm1(static_cast<double>(latest - soonest) * std::log1p(-std::min(p, 0.99)));
}

double Stages::progress(std::uint32_t node, std::int64_t tick, Rates const& rates) const {
  double const usual = std::clamp(chance(node, tick, rates) * std::max(1.0, seen_ / expected_), least, most);
  return before(node, tick) ? std::max(follows / usual, 1e-3) : (1 - follows) / (1 - usual);
}

void Stages::learn(std::span<Onset const> onsets, Rates const& rates, double weight) {
  for (auto const& onset : onsets) {
    if (!later(onset.kind)) continue;
    seen_ = kept * seen_ + weight * before(onset.node, onset.tick);
    expected_ = kept * expected_ + weight * chance(onset.node, onset.tick, rates);
  }
  for (auto const& onset : onsets) {
    if (onset.kind != FindingClass::access) continue;
    auto& ticks = accesses_[onset.node].ticks;
    std::shift_right(ticks.begin(), ticks.end(), 1);
    ticks[0] = onset.tick;
  }
}

void Stages::save(StateWriter& out, Fleet const& fleet) const {
  out.real(seen_);
  out.real(expected_);
  out.number(fleet.nodes.size());
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i) {
    out.text(fleet.nodes[i].name);
    for (auto const tick : accesses_[i].ticks) out.integer(tick);
  }
}

void Stages::load(StateReader& in, Fleet const& fleet) {
  seen_ = in.real();
  expected_ = in.real();
  for (auto left = in.count(); in && left > 0; --left) {
    auto const known = fleet.index.find(in.text());
    Accesses row;
    for (auto& tick : row.ticks) tick = in.integer();
    if (known != fleet.index.end()) accesses_[known->second] = row;
  }
}

}  // namespace greywatch::collector
