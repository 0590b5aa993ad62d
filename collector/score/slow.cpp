#include "collector/score/slow.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace greywatch::collector {

namespace {

constexpr double drifting_before = 0.01,
                 drifting_worth = 400;                      // chance of each node, and how many node-days it is worth
constexpr double reached_share = 0.03, reached_nodes = 12;  // what a campaign affects beside those, whichever is less
constexpr double mean_worth = 50, half_life = 30;           // node-days; days
constexpr double mean_most = 8, mean_usual = 0.948;         // of a node-day in that mean, and what is usual then
constexpr double forgets = 0.05;                            // share of what was learned that a day takes back
constexpr double group_drifts = 0.4;                        // chance of each node of a group that drifts together
constexpr std::array drifting_groups{GroupKind::region, GroupKind::vendor, GroupKind::operator_};
constexpr double kind_drifts = 0.02;  // chance that one group of a kind drifts, at first
constexpr double least_told = 1e-6;   // chances below are not kept

double told(double chance, double e) { return std::log1p(chance * (e - 1)); }

/// The chance by this day, which is remembered but for what is forgotten.
double learn_one(double& chance, double e, double at_first) {
  double const posterior = chance * e / (1 + chance * (e - 1));
  chance = (1 - forgets) * posterior + forgets * at_first;
  return posterior;
}

}  // namespace

double slow_e(double p) { return std::min(40.0, 0.45 * std::pow(std::clamp(p, 1e-9, 1.0), -0.55)); }

Slow::Slow(std::size_t nodes) : affected(nodes), drifting(nodes, drifting_before) {
  std::ranges::fill(affected, affected_at_first());
}

double Slow::drifting_at_first() const {
  return std::max(drifting_before, (drifting_before * drifting_worth + drifted) / (drifting_worth + count));
}

double Slow::affected_at_first() const {
  return drifting_at_first() +
         std::min(reached_share, reached_nodes / std::max<double>(1, static_cast<double>(drifting.size())));
}

void Slow::take(std::uint32_t node, FindingClass kind, double p) {
  auto const key = class_key(node, kind);
  auto const [at, fresh] = pending.try_emplace(key, p);
  if (!fresh) at->second = std::max(at->second, p);
}

std::vector<SlowDay> Slow::end_day() {
  std::vector<SlowDay> day;
  double classes = 0;
  for (auto const& [key, p] : pending) {
    auto const node = key / static_cast<std::uint32_t>(finding_classes);
    if (day.empty() || day.back().node != node) day.push_back({node, 0}), classes = 0;
    ++classes;
    day.back().e += (slow_e(p) - day.back().e) / classes;
  }
  pending.clear();
  if (day.empty()) return day;
  // Days that are unusual everywhere say that p-values are too small here. Who has seen no day yet does not judge one.
  bool const first = count == 0;
  double const mean = std::max(1.0, (mean_worth + total) / (mean_worth + count));
  double const kept = std::exp2(-1 / half_life);
  total *= kept;
  count = kept * count + static_cast<double>(day.size());
  for (auto& one : day) {
    total += std::min(one.e, mean_most) / mean_usual;
    one.e /= mean;
  }
  return first ? std::vector<SlowDay>{} : day;
}

void Slow::learn(std::span<SlowDay const> day) {
  if (day.empty()) return;
  double const v = drifting_at_first(), w = affected_at_first();
  double drifts = 0;
  for (auto const& one : day) {
    drifts += learn_one(drifting[one.node], one.e, v);
    learn_one(affected[one.node], one.e, w);
  }
  drifted = std::exp2(-1 / half_life) * drifted + drifts;
}

double Slow::log_ratio(Fleet const& fleet, std::uint32_t scope, std::span<SlowDay const> day, Drifts& drifts,
                       std::vector<NodeWeight>& nodes) const {
  auto const slot = fleet.scopes[scope].kind;
  double campaign = 0, apart = 0;
  struct Together {
    bool seen = false;
    double log = 0;  // of "this group drifts" to "each node by itself"
  };
  std::vector<Together> all(fleet.groups.size());
  std::array<double, group_kinds> groups{};
  for (auto const& one : day) {
    if (fleet.scope_of(one.node, slot) != scope) continue;
    double const with = told(affected[one.node], one.e), without = told(drifting[one.node], one.e),
                 joint = told(group_drifts, one.e);
    campaign += with;
    apart += without;
    if (with > without) nodes.push_back({one.node, with - without});
    for (auto const kind : drifting_groups)
      if (auto const group = fleet.group_of(one.node, kind); group != none) {
        all[group].log += joint - without;
        groups[static_cast<std::size_t>(kind)] += !std::exchange(all[group].seen, true);
      }
  }
  std::vector<std::pair<std::uint32_t, double>> together;
  for (std::uint32_t group = 0; group < all.size(); ++group)
    if (all[group].seen) together.emplace_back(group, all[group].log);
  auto const at_first = [&](std::uint32_t group) {
    return kind_drifts / groups[static_cast<std::size_t>(fleet.groups[group].kind)];
  };
  double alone = 1;
  for (auto const& [group, log] : together) {
    auto const known = drifts.find(group);
    alone -= known == drifts.end() ? at_first(group) : known->second;
  }
  alone = std::max(alone, 0.01);
  double null = std::log(alone);
  for (auto const& [group, log] : together) {
    auto const known = drifts.find(group);
    null = log_add(null, std::log(known == drifts.end() ? at_first(group) : known->second) + log);
  }
  Drifts learned;
  for (auto const& [group, log] : together) {
    auto const known = drifts.find(group);
    double const before = known == drifts.end() ? at_first(group) : known->second;
    double const now = (1 - forgets) * std::exp(std::log(before) + log - null) + forgets * at_first(group);
    if (now > least_told) learned[group] = now;
  }
  drifts = std::move(learned);
  return campaign - apart - null;
}

}  // namespace greywatch::collector
