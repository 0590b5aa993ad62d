#include "collector/score/around.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "collector/score/core.hpp"

namespace greywatch::collector {

namespace {

constexpr std::int64_t loud_span = 6, loud_lasts = 24;     // ticks
constexpr std::int64_t noisy_span = 12, noisy_lasts = 12;  // ticks
constexpr std::int64_t market_span = 6;                    // ticks before the tile
constexpr std::int64_t longest = 24;                       // ticks that are kept
constexpr double unusual = 0.01;  // chance of an onset: a node that is always noisy hides nothing
constexpr int noisy_classes = 3;
constexpr std::size_t noisy_nodes = 4, noisy_operators = 3;
constexpr double usual_ticks = 14 * 24;  // over which what is usual in a region is learned

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min() / 2;

}  // namespace

Around::Around(Fleet const& fleet)
    : usual_(fleet.groups.size(), 0), loud_until_(fleet.groups.size(), never), noisy_until_(fleet.nodes.size(), never) {
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i)
    if (auto const region = fleet.group_of(i, GroupKind::region); region != none) usual_[region] += 1.0 / 240;
}

void Around::take(Fleet const& fleet, Live const& live, std::int64_t tick, std::span<Onset const> onsets) {
  while (!recent_.empty() && tick - recent_.front().tick >= longest) recent_.pop_front();
  for (auto const& onset : onsets)
    if (live.live(onset.node)) recent_.push_back({onset.node, onset.kind, tick, onset.p <= unusual});

  std::map<std::uint32_t, double> now, lately;  // onsets of regions in this tick, and of the last ones
  std::map<std::uint32_t, ClassMask> classes;   // of nodes
  for (auto const& one : recent_) {
    auto const region = fleet.group_of(one.node, GroupKind::region);
    if (region != none && tick - one.tick < loud_span) ++lately[region];
    if (region != none && one.tick == tick) ++now[region];
    if (one.unusual && tick - one.tick < noisy_span) classes[one.node] |= bit(one.kind);
  }
  for (auto const& [region, count] : lately) {
    double const mean = usual_[region] * loud_span;
    if (count >= mean + 4 * std::sqrt(mean) + 3) loud_until_[region] = tick + loud_lasts;
  }
  for (std::uint32_t g = 0; g < usual_.size(); ++g) {
    if (fleet.groups[g].kind != GroupKind::region) continue;
    auto const found = now.find(g);
    usual_[g] += ((found == now.end() ? 0 : found->second) - usual_[g]) / usual_ticks;
  }
  for (auto const& [node, mask] : classes)
    if (std::popcount(mask) >= noisy_classes) noisy_until_[node] = tick + noisy_lasts;
}

Surroundings Around::of(Fleet const& fleet, std::int64_t tick, std::int64_t ticks) const {
  Surroundings around;
  auto const first = tick - ticks + 1;
  // Two operators within two hours: chance moves one market in six hours often enough.
  for (auto const& one : recent_) {
    if (one.kind != FindingClass::market || !one.unusual || one.tick >= first || one.tick < first - market_span)
      continue;
    around.market |= std::ranges::any_of(recent_, [&](Seen const& other) {
      return other.kind == FindingClass::market && other.unusual && other.tick < first && other.tick >= one.tick &&
             other.tick - one.tick < 2 &&
             fleet.group_of(other.node, GroupKind::operator_) != fleet.group_of(one.node, GroupKind::operator_);
    });
  }

  bool loud = false, others = false;
  std::vector<char> quiet(fleet.nodes.size(), 1), calm(fleet.nodes.size(), 1);
  std::vector<std::uint32_t> noisy;
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i) {
    auto const region = fleet.group_of(i, GroupKind::region);
    quiet[i] = region == none || loud_until_[region] < tick;
    loud |= !quiet[i];
    others |= quiet[i];
    calm[i] = noisy_until_[i] < tick;
    if (!calm[i]) noisy.push_back(fleet.group_of(i, GroupKind::operator_));
  }
  if (loud && others) around.quiet = std::move(quiet);
  auto const nodes = noisy.size();
  std::ranges::sort(noisy);
  if (nodes >= noisy_nodes &&
      static_cast<std::size_t>(std::ranges::unique(noisy).begin() - noisy.begin()) >= noisy_operators)
    around.calm = std::move(calm);
  return around;
}

double joint_activity(Act act, std::int64_t ticks) {
  double const span = static_cast<double>(ticks);
  switch (act) {
    case Act::market:
      return ticks <= 3 ? 0.1 * span : 0;  // the order must be plain
    case Act::elsewhere:
      return 0.025 * span;
    case Act::beneath:
      return 0.05 * span;
    case Act::anywhere:
    case Act::progress:
      break;
  }
  return 0;
}

void Around::save(StateWriter& out, Fleet const& fleet) const {
  out.number(recent_.size());
  for (auto const& one : recent_) {
    out.text(fleet.nodes[one.node].name);
    out.number(static_cast<std::uint64_t>(one.kind));
    out.integer(one.tick);
    out.number(one.unusual);
  }
  std::size_t regions = 0;
  for (auto const& group : fleet.groups) regions += group.kind == GroupKind::region;
  out.number(regions);
  for (std::uint32_t g = 0; g < fleet.groups.size(); ++g) {
    if (fleet.groups[g].kind != GroupKind::region) continue;
    out.text(fleet.groups[g].name);
    out.real(usual_[g]);
    out.integer(loud_until_[g]);
  }
  out.number(fleet.nodes.size());
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i) {
    out.text(fleet.nodes[i].name);
    out.integer(noisy_until_[i]);
  }
}

void Around::load(StateReader& in, Fleet const& fleet) {
  auto const node_named = [&](std::string const& name) {
    auto const known = fleet.index.find(name);
    return known == fleet.index.end() ? none : known->second;
  };
  for (auto left = in.count(); in && left > 0; --left) {
    Seen one{node_named(in.text()), FindingClass(in.number() % finding_classes), in.integer(), in.number() != 0};
    if (one.node != none) recent_.push_back(one);
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const name = in.text();
    auto const usual = in.real();
    auto const until = in.integer();
    for (std::uint32_t g = 0; g < fleet.groups.size(); ++g)
      if (fleet.groups[g].kind == GroupKind::region && fleet.groups[g].name == name)
        usual_[g] = usual, loud_until_[g] = until;
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const node = node_named(in.text());
    auto const until = in.integer();
    if (node != none) noisy_until_[node] = until;
  }
}

}  // namespace greywatch::collector
