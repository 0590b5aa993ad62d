#include "collector/score/slow.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace greywatch::collector {

namespace {

constexpr double affected_at_first = 0.04, drifting_at_first = 0.01;
constexpr double forgets = 0.05;      // share of what was learned that a day takes back
constexpr double group_drifts = 0.4;  // chance of each node of a group that drifts together
constexpr std::array drifting_groups{GroupKind::region, GroupKind::vendor, GroupKind::operator_};
constexpr double kind_drifts = 0.02;  // chance that one group of a kind drifts, at first
constexpr double least_told = 1e-6;   // chances below are not kept

double told(double chance, double e) { return std::log1p(chance * (e - 1)); }

void learn_one(double& chance, double e, double at_first) {
  double const posterior = chance * e / (1 + chance * (e - 1));
  chance = (1 - forgets) * posterior + forgets * at_first;
}

}  // namespace

double slow_e(double p) { return std::min(40.0, 0.45 * std::pow(std::clamp(p, 1e-9, 1.0), -0.55)); }

Slow::Slow(std::size_t nodes) : affected(nodes, affected_at_first), drifting(nodes, drifting_at_first) {}

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
  return day;
}

void Slow::learn(std::span<SlowDay const> day) {
  for (auto const& one : day) {
    learn_one(affected[one.node], one.e, affected_at_first);
    learn_one(drifting[one.node], one.e, drifting_at_first);
  }
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
                 drifted = told(group_drifts, one.e);
    campaign += with;
    apart += without;
    if (with > without) nodes.push_back({one.node, with - without});
    for (auto const kind : drifting_groups)
      if (auto const group = fleet.group_of(one.node, kind); group != none) {
        all[group].log += drifted - without;
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
