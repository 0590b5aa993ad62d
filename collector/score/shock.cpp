#include "collector/score/shock.hpp"

#include <algorithm>

namespace greywatch::collector {

// Shares in the order recon, access, command, market, timing, loss. What a cause cannot produce, it cannot excuse: no
// scan wave gives commands, no roll-out switches breakers.
constexpr std::array<Cause, group_kinds> causes{{
    {GroupKind::region, "regional cause", {0.10, 0.10, 0.20, 0, 0.20, 0.40}, 1.0 / 720, 12},
    {GroupKind::operator_, "cause at one operator", {0.25, 0.25, 0.25, 0, 0.10, 0.15}, 1.0 / 336, 4},
    {GroupKind::vendor, "cause at one vendor", {0.35, 0.35, 0, 0, 0.10, 0.20}, 1.0 / 720, 24},
    {GroupKind::carrier, "cause at one carrier", {0.10, 0, 0, 0, 0.20, 0.70}, 1.0 / 1440, 4},
    {GroupKind::clock_domain, "cause in one clock domain", {0, 0, 0, 0, 0.80, 0.20}, 1.0 / 2160, 2},
    // What a whole sector answers at once: a frequency that falls, a price that jumps.
    {GroupKind::sector, "cause in one sector", {0.45, 0, 0.10, 0, 0.10, 0.35}, 1.0 / 2160, 12, false, 5},
    {GroupKind::internet, "internet-wide cause", {0.70, 0, 0, 0, 0.10, 0.20}, 1.0 / 480, 24},
    {GroupKind::market, "market-wide cause", {0, 0, 0, 1, 0, 0}, 1.0 / 168, 3},
    {GroupKind::unknown,
     "unknown cause common to several operators",
     {0.10, 0.40, 0, 0, 0.15, 0.35},
     1.0 / 1440,
     1.5,
     true},
}};

namespace {

constexpr std::array<double, hit_levels> hit_shares{0.07, 0.25, 0.6};  // of the group's nodes, each as likely
constexpr double shows = 0.5;  // chance that a cause at work shows at two nodes or more in a given tick
constexpr int most_rounds = 8;

/// What a cause that goes by operators reaches: a share of them, and of the nodes of each.
struct OperatorReach {
  double operators, nodes;
  /// log(1 + odds that an operator with `alive` nodes is seen to be hit), where `log_hit`, above 0, is the sum of
  /// log(1 + q/(1-q) r) over its hits; and the same before anything is seen.
  double log1p_odds(std::uint32_t alive, double log_hit) const {
    double const log_silent = alive * std::log1p(-nodes);
    return log_add(0, std::log(operators) + log_silent + log_hit + std::log1p(-std::exp(-log_hit)) -
                          std::log(1 - operators + operators * std::exp(log_silent)));
  }
  double log1p_prior_odds(std::uint32_t alive) const { return log1p_odds(alive, -(alive * std::log1p(-nodes))); }
};
constexpr std::array<OperatorReach, reach_levels> operator_reaches{{{0.15, 0.4}, {0.15, 0.8}, {0.5, 0.4}, {0.5, 0.8}}};
constexpr int least_whole = 2;  // operators with two hits or more: fewer are no pattern of operators

/// Chance that a cause at work shows a class at all, from its share: one storm trips breakers, another one cuts lines.
double brings(double share) { return 1 - (1 - share) * (1 - share) * (1 - share); }

double stationary(Cause const& cause) { return cause.start / (cause.start + 1 / cause.hours); }

ClassMask mask_of(Cause const& cause) {
  ClassMask mask = 0;
  for (std::size_t c = 0; c < finding_classes; ++c)
    if (cause.shares[c] > 0) mask |= bit(FindingClass(c));
  return mask;
}

Cause const& cause_of(Fleet const& fleet, std::uint32_t group) {
  return causes[static_cast<std::size_t>(fleet.groups[group].kind)];
}

constexpr double worth_marks = 1.5;  // a product of marks below is not worth asking for a cause with unusual alarms

std::vector<Hit> with_marks(std::span<Hit const> hits) {
  std::vector<Hit> marked(hits.begin(), hits.end());
  for (auto& hit : marked)
    for (std::size_t c = 0; c < finding_classes; ++c) hit.inverse[c] *= hit.mark[c];
  return marked;
}

}  // namespace

double log_at_least_two(std::uint32_t units, double q) {
  if (units < 2) return minus_infinity;
  double const n = units, miss = std::log1p(-q);
  double const fewer = std::exp(n * miss) + n * q * std::exp((n - 1) * miss);
  return std::log1p(-fewer) - n * miss;
}

Shocks::Shocks(Fleet const& fleet) {
  on.reserve(fleet.groups.size());
  for (std::uint32_t g = 0; g < fleet.groups.size(); ++g) on.push_back(stationary(cause_of(fleet, g)));
}

void Shocks::predict(Fleet const& fleet) {
  for (std::uint32_t g = 0; g < on.size(); ++g) {
    auto const& cause = cause_of(fleet, g);
    on[g] = on[g] * (1 - 1 / cause.hours) + (1 - on[g]) * cause.start;
  }
}

void Shocks::commit(Fleet const& fleet, Live const& live, std::span<Explained const> explained) {
  std::vector<char> shown(on.size(), 0);
  for (auto const& one : explained) {
    shown[one.group] = 1;
    // Odds times the likelihood ratio, in the log so that a whole region at once does not overflow.
    double const log_ratio = std::log1p(-shows) + std::log1p(std::exp(one.log_gain) * shows / (1 - shows));
    double const odds = std::log(on[one.group] / (1 - on[one.group])) + (one.log_gain > 600 ? 600 : log_ratio);
    on[one.group] = std::min(1 / (1 + std::exp(-odds)), 1 - 1e-6);
  }
  // The fleet's slot holds every group whole.
  std::vector<std::uint32_t> alive(on.size(), 0);
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i)
    for (std::size_t k = 0; k < group_kinds; ++k)
      if (fleet.groups_of[i][k] != none) alive[fleet.groups_of[i][k]] = live.in_cell[fleet.cells_of[i][0][k]];
  for (std::uint32_t g = 0; g < on.size(); ++g)
    if (!shown[g] && alive[g] >= 2) on[g] = on[g] * (1 - shows) / (1 - on[g] * shows);
}

double Null::marks_of(std::span<Hit const> hits, std::span<std::uint32_t const> members, ClassMask mask) const {
  double product = 1;
  for (auto const member : members) {
    double most = 0;
    for (std::size_t c = 0; c < finding_classes; ++c)
      if (left_[member] & mask & bit(FindingClass(c))) most = std::max(most, hits[member].mark[c]);
    product = std::min(product * most, 1e100);
  }
  return product;
}

/// Operators with two hits or more among `members`, which stand in the order of Fleet::rank.
int Null::wholes(std::span<Hit const> hits, std::span<std::uint32_t const> members) const {
  int count = 0;
  std::uint32_t last = none;
  bool counted = false;
  for (auto const member : members) {
    auto const owner = fleet_.group_of(hits[member].node, GroupKind::operator_);
    if (owner == none || owner != last)
      counted = false;
    else if (!counted)
      ++count, counted = true;
    last = owner;
  }
  return count;
}

double Null::expected_of(std::uint32_t units, std::size_t share) {
  if (units >= expected_.size()) {
    std::array<double, hit_levels> none_yet;
    none_yet.fill(std::numeric_limits<double>::quiet_NaN());
    expected_.resize(units + 1, none_yet);
  }
  auto& found = expected_[units][share];
  if (std::isnan(found)) found = log_at_least_two(units, hit_shares[share]);
  return found;
}

Null::Reach const& Null::reach_of(std::uint32_t scope, Live const& live) {
  auto& reach = reaches_[scope];
  if (reach.version == live.version) return reach;
  reach.version = live.version;
  for (std::size_t i = 0; i < operator_reaches.size(); ++i) {
    AtLeastTwo two;
    for (auto const cell : fleet_.scopes[scope].operators)
      if (live.in_cell[cell]) two.add_log(operator_reaches[i].log1p_prior_odds(live.in_cell[cell]));
    for (std::uint32_t n = 0; n < live.unnamed[scope]; ++n) two.add_log(operator_reaches[i].log1p_prior_odds(1));
    reach.log_expected[i] = two.log();
  }
  return reach;
}

double Null::log_ratio(Cause const& cause, std::span<Hit const> hits, std::span<std::uint32_t const> members,
                       std::uint32_t alive, ScopeKind slot, Live const& live) {
  // How the cause shows at a node: one class out of its own mix, or any one of its classes alone, or several classes at
  // once, each as often as in this group. Without the last a storm that brings loss and commands to the same nodes
  // would leave the commands unexplained.
  auto const mask = mask_of(cause);
  double sum = minus_infinity;
  int profiles = 0;
  auto const add_by_operator = [&](double log_weight, auto ratio_of) {
    auto const scope = fleet_.scope_of(hits[members.front()].node, slot);
    auto const& expected = reach_of(scope, live);
    for (std::size_t i = 0; i < operator_reaches.size(); ++i) {
      auto const& reach = operator_reaches[i];
      if (expected.log_expected[i] == minus_infinity) continue;
      AtLeastTwo two;
      for (std::size_t m = 0; m < members.size();) {  // members stand in the order of Fleet::rank
        auto const owner = fleet_.group_of(hits[members[m]].node, GroupKind::operator_);
        LogProduct hit;
        std::uint32_t nodes = 1;
        if (owner != none)
          nodes = live.in_cell[fleet_.cells_of[hits[members[m]].node][static_cast<std::size_t>(slot)]
                                              [static_cast<std::size_t>(GroupKind::operator_)]];
        do {
          auto const ratio = ratio_of(hits[members[m]], static_cast<ClassMask>(left_[members[m]] & mask));
          hit.times(1 + reach.nodes / (1 - reach.nodes) * ratio);
          ++m;
        } while (owner != none && m < members.size() &&
                 fleet_.group_of(hits[members[m]].node, GroupKind::operator_) == owner);
        if (double const log_hit = hit.log(); log_hit > 0) two.add_log(reach.log1p_odds(nodes, log_hit));
      }
      sum = log_add(sum, log_weight + two.log() - expected.log_expected[i]);
    }
  };
  auto const add_profile = [&](double log_weight, auto ratio_of) {
    if (cause.by_operator) return add_by_operator(log_weight, ratio_of);
    ratios_.clear();
    for (auto const member : members)
      ratios_.push_back(ratio_of(hits[member], static_cast<ClassMask>(left_[member] & mask)));
    for (std::size_t i = 0; i < hit_shares.size(); ++i) {
      double const q = hit_shares[i], odds = q / (1 - q);
      AtLeastTwo two;
      for (double const ratio : ratios_)
        if (ratio > 0) two.add(odds * ratio);
      sum = log_add(sum, log_weight + two.log() - expected_of(alive, i));
    }
  };
  auto const add_single = [&](ClassShares const& shares) {
    ++profiles;
    add_profile(0, [&](Hit const& hit, ClassMask left) { return hit.ratio(shares, left); });
  };
  // Each class by itself, at a share of the nodes of its own, when it shows at all.
  auto const class_by_class = [&] {
    double log = 0;
    for (std::size_t c = 0; c < finding_classes; ++c) {
      if (!(mask >> c & 1)) continue;
      double shown = minus_infinity;
      for (double const q : hit_shares) {
        LogProduct hit;
        for (auto const member : members)
          if (left_[member] & mask & bit(FindingClass(c))) hit.times(1 + q / (1 - q) * hits[member].inverse[c]);
        shown = log_add(shown, alive * std::log1p(-q) + hit.log() - std::log(static_cast<double>(hit_shares.size())));
      }
      double const chance = brings(cause.shares[c]);
      log += log_add(std::log1p(-chance), std::log(chance) + shown);
    }
    return log;
  };
  if (cause.by_operator && wholes(hits, members) < least_whole) return minus_infinity;
  add_single(cause.shares);
  if (std::popcount(mask) > 1) {
    // Of what goes by operators the last profile covers single classes well enough.
    for (std::size_t c = 0; c < finding_classes && !cause.by_operator; ++c) {
      if (!(mask >> c & 1)) continue;
      ClassShares alone{};
      alone[c] = 1;
      add_single(alone);
    }
    ++profiles;
    if (!cause.by_operator) {
      sum = log_add(sum, std::log(static_cast<double>(hit_shares.size())) + class_by_class());
      return sum - std::log(static_cast<double>(profiles) * static_cast<double>(hit_shares.size()));
    }
    // How often each class shows is one of three levels; taking the nearest costs the prior of that choice, once.
    std::array<double, finding_classes> shown{};
    for (auto const member : members) {
      auto const left = static_cast<ClassMask>(left_[member] & mask);
      for (std::size_t c = 0; c < finding_classes; ++c) shown[c] += left >> c & 1;
    }
    double const count = static_cast<double>(members.size());
    int present = 0;  // a class that does not show is at the lowest level for nothing
    for (auto const share : shown) present += share > 0;
    for (auto& share : shown) share = share < 0.3 * count ? 0.1 : share < 0.7 * count ? 0.5 : 0.9;
    add_profile(-present * std::log(3.0), [&](Hit const& hit, ClassMask left) {
      double ratio = left ? 1 : 0;
      for (std::size_t c = 0; c < finding_classes; ++c)
        if (mask >> c & 1) ratio *= left >> c & 1 ? shown[c] * hit.inverse[c] : 1 - shown[c];
      return ratio;
    });
  }
  auto const levels = cause.by_operator ? operator_reaches.size() : hit_shares.size();
  return sum - std::log(static_cast<double>(profiles) * static_cast<double>(levels));
}

void Null::bids(std::span<Hit const> hits, ScopeKind slot, Live const& live) {
  for (std::size_t b = 0; b < used_; ++b) bid_of_[bids_[b].group] = none;
  used_ = 0;
  for (auto const& cause : causes) {
    auto const kind = static_cast<std::size_t>(cause.kind);
    auto const mask = mask_of(cause);
    // What all nodes have in common is no sector.
    if (cause.kind == GroupKind::sector && fleet_.scope_counts[static_cast<std::size_t>(ScopeKind::sector)] < 2)
      continue;
    for (std::uint32_t h = 0; h < hits.size(); ++h) {
      auto const group = fleet_.groups_of[hits[h].node][kind];
      if (group == none || !(left_[h] & mask)) continue;
      if (bid_of_[group] == none) {
        bid_of_[group] = static_cast<std::uint32_t>(used_);
        if (used_ == bids_.size()) bids_.emplace_back();
        auto& bid = bids_[used_++];
        bid.group = group;
        bid.alive = live.in_cell[fleet_.cells_of[hits[h].node][static_cast<std::size_t>(slot)][kind]];
        bid.members.clear();
        bid.stale = true;
      }
      bids_[bid_of_[group]].members.push_back(h);
    }
  }
}

double Null::log(std::span<Hit const> hits, std::span<ClassMask const> masks, ScopeKind slot, Live const& live,
                 Shocks const& shocks, std::int64_t ticks, std::vector<Explained>* explained) {
  left_.assign(masks.begin(), masks.end());
  marked_.clear();
  bids(hits, slot, live);
  double total = 0;
  for (int round = 0; round < most_rounds; ++round) {
    double factor = 0;  // log of 1 + the sum of all bids
    Bid const* best = nullptr;
    for (std::size_t b = 0; b < used_; ++b) {
      auto& bid = bids_[b];
      auto const& cause = cause_of(fleet_, bid.group);
      if (bid.stale) {
        bid.stale = false;
        bid.gain = minus_infinity;
        auto const mask = mask_of(cause);
        std::erase_if(bid.members, [&](std::uint32_t h) { return !(left_[h] & mask); });
        if (bid.members.size() < cause.least || bid.alive < 2) continue;
        double const chance =
            1 - (1 - shocks.on[bid.group]) * std::pow(1 - cause.start, static_cast<double>(ticks - 1));
        bid.log_ratio = log_ratio(cause, hits, bid.members, bid.alive, slot, live);
        if (marks_of(hits, bid.members, mask) > worth_marks) {
          // A cause that nobody saw before, as a bad release, may give alarms that are as unusual as an act's.
          if (marked_.empty()) marked_ = with_marks(hits);
          double const marked = log_ratio(cause, marked_, bid.members, bid.alive, slot, live);
          bid.log_ratio = std::max(bid.log_ratio, log_add(bid.log_ratio, marked) - std::log(2.0));
        }
        if (bid.log_ratio > 0)
          bid.gain = std::log(chance * shows) + bid.log_ratio + std::log1p(-std::exp(-bid.log_ratio));
      }
      if (bid.gain == minus_infinity) continue;
      factor = log_add(factor, bid.gain);
      if (!best || bid.gain > best->gain) best = &bid;
    }
    if (!best) break;
    total += factor;
    Explained taken{best->group, 0, 0, best->log_ratio, best->gain};
    auto const kind = static_cast<std::size_t>(fleet_.groups[best->group].kind);
    auto const mask = mask_of(causes[kind]);
    for (std::uint32_t h = 0; h < hits.size(); ++h) {
      if (fleet_.groups_of[hits[h].node][kind] != taken.group || !(left_[h] & mask)) continue;
      taken.classes |= left_[h] & mask;
      ++taken.nodes;
      left_[h] = static_cast<ClassMask>(left_[h] & ~mask);
      for (auto const group : fleet_.groups_of[hits[h].node])
        if (group != none && bid_of_[group] != none) bids_[bid_of_[group]].stale = true;
    }
    if (explained) explained->push_back(taken);
  }
  return total;
}

}  // namespace greywatch::collector
