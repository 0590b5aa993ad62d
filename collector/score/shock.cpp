#include "collector/score/shock.hpp"

#include <algorithm>
#include <utility>

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
    // A release of the agents that is wrong, a change of the clocks: what takes so much of a fleet, in whatever class,
    // is no act below the threshold.
    {GroupKind::everywhere,
     "cause in the whole fleet",
     {0.20, 0.20, 0.20, 0, 0.20, 0.20},
     1.0 / 1440,
     4,
     false,
     6,
     0.12},
}};

namespace {

constexpr std::array<double, hit_levels> hit_shares{0.07, 0.25, 0.6};  // of the group's nodes, each as likely
constexpr double shows = 0.5;  // chance that a cause at work shows at two nodes or more in a given tick
constexpr int most_rounds = 8;

/// What a cause that goes by operators reaches: a share of them, and of the nodes of each.
struct OperatorReach {
  double operators, nodes;
};
/// log(1 + odds that an operator is seen to be hit), where `log_hit`, above 0, is the sum of log(1 + q/(1-q) r) over
/// its hits; before anything is seen that is minus the log of no node hit. The others: see Null::Units.
double log1p_odds(double log_silent, double log_unseen, double log_hit) {
  return log_add(0, log_silent + log_hit + std::log1p(-std::exp(-log_hit)) - log_unseen);
}
constexpr std::array<OperatorReach, reach_levels> operator_reaches{{{0.15, 0.4}, {0.15, 0.8}, {0.5, 0.4}, {0.5, 0.8}}};
constexpr int least_whole = 2;        // operators with two hits or more: fewer are no pattern of operators
constexpr double whole_share = 0.25;  // … and share of all operators with hits, of a cause in the whole fleet

/// Chance that a cause at work shows a class at all, from its share: one storm trips breakers, another one cuts lines.
double brings(double share) { return 1 - (1 - share) * (1 - share) * (1 - share); }

using ByClass = std::array<std::array<double, finding_classes>, group_kinds>;
ByClass by_class(auto of) {
  ByClass table{};
  for (std::size_t kind = 0; kind < group_kinds; ++kind)
    for (std::size_t c = 0; c < finding_classes; ++c) table[kind][c] = of(causes[kind].shares[c]);
  return table;
}
/// Logarithms of the chances that a cause brings a class, and that it does not.
ByClass const log_brings = by_class([](double share) { return std::log(brings(share)); }),
              log_lacks = by_class([](double share) { return std::log1p(-brings(share)); });

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
  for (std::uint32_t g = 0; g < on.size(); ++g)
    if (!shown[g] && live.in_cell[fleet.whole[g]] >= 2) on[g] = on[g] * (1 - shows) / (1 - on[g] * shows);
}

double Null::marks_of(std::span<std::uint32_t const> members, ClassMask mask) const {
  double product = 1;
  for (auto const member : members) {
    double most = 0;
    for (std::size_t c = 0; c < finding_classes; ++c)
      if (left_[member] & mask & bit(FindingClass(c))) most = std::max(most, hits_[member].mark[c]);
    product = std::min(product * most, 1e100);
  }
  return product;
}

Null::Operators Null::operators(std::span<std::uint32_t const> members) const {
  Operators count;
  std::uint32_t last = none;
  bool counted = false;
  for (auto const member : members) {
    auto const owner = fleet_.group_of(hits_[member].node, GroupKind::operator_);
    if (owner == none || owner != last)
      ++count.all, counted = false;
    else if (!counted)
      ++count.whole, counted = true;
    last = owner;
  }
  return count;
}

Null::Units const& Null::units(std::uint32_t alive) {
  if (alive >= units_.size()) units_.resize(alive + 1);
  auto& found = units_[alive];
  if (found) return *found;
  found = std::make_unique<Units>();
  for (std::size_t i = 0; i < hit_levels; ++i) {
    found->log_expected[i] = log_at_least_two(alive, hit_shares[i]);
    found->log_idle[i] = alive * std::log1p(-hit_shares[i]);
  }
  double hidden = minus_infinity;
  for (double const idle : found->log_idle) hidden = log_add(hidden, idle - std::log(static_cast<double>(hit_levels)));
  for (std::size_t kind = 0; kind < group_kinds; ++kind)
    for (std::size_t c = 0; c < finding_classes; ++c)
      found->log_hidden[kind][c] = log_add(log_lacks[kind][c], log_brings[kind][c] + hidden);
  for (std::size_t i = 0; i < reach_levels; ++i) {
    auto const& reach = operator_reaches[i];
    double const log_none = alive * std::log1p(-reach.nodes);
    found->log_silent[i] = std::log(reach.operators) + log_none;
    found->log_unseen[i] = std::log(1 - reach.operators + reach.operators * std::exp(log_none));
  }
  return *found;
}

Null::Reach const& Null::reach_of(std::uint32_t scope) {
  auto& reach = reaches_[scope];
  if (reach.version == live_->version) return reach;
  reach.version = live_->version;
  for (std::size_t i = 0; i < reach_levels; ++i) {
    auto const prior = [&](std::uint32_t alive) {
      auto const& known = units(alive);
      return log1p_odds(known.log_silent[i], known.log_unseen[i], -(alive * std::log1p(-operator_reaches[i].nodes)));
    };
    AtLeastTwo two;
    for (auto const cell : fleet_.scopes[scope].operators)
      if (live_->in_cell[cell]) two.add_log(prior(live_->in_cell[cell]));
    for (std::uint32_t n = 0; n < live_->unnamed[scope]; ++n) two.add_log(prior(1));
    reach.log_expected[i] = two.log();
  }
  return reach;
}

double Null::log_ratio_by_operator(Cause const& cause, std::span<Hit const> hits,
                                   std::span<std::uint32_t const> members) {
  if (operators(members).whole < least_whole) return minus_infinity;
  auto const mask = mask_of(cause);
  auto const& expected = reach_of(fleet_.scope_of(hits[members.front()].node, slot_));
  double sum = minus_infinity;
  auto const add_profile = [&](double log_weight, auto ratio_of) {
    ratios_.clear();
    for (auto const member : members) ratios_.push_back(ratio_of(hits[member], left(member, mask)));
    for (std::size_t i = 0; i < reach_levels; ++i) {
      auto const& reach = operator_reaches[i];
      if (expected.log_expected[i] == minus_infinity) continue;
      AtLeastTwo two;
      for (std::size_t m = 0; m < members.size();) {  // members stand in the order of Fleet::rank
        auto const node = hits[members[m]].node;
        auto const owner = fleet_.group_of(node, GroupKind::operator_);
        LogProduct hit;
        std::uint32_t alive = 1;
        if (owner != none)
          alive = live_->in_cell[fleet_.cells_of[node][static_cast<std::size_t>(slot_)]
                                                [static_cast<std::size_t>(GroupKind::operator_)]];
        do {
          hit.times(1 + reach.nodes / (1 - reach.nodes) * ratios_[m]);
          ++m;
        } while (owner != none && m < members.size() &&
                 fleet_.group_of(hits[members[m]].node, GroupKind::operator_) == owner);
        if (double const log_hit = hit.log(); log_hit > 0)
          two.add_log(log1p_odds(units(alive).log_silent[i], units(alive).log_unseen[i], log_hit));
      }
      sum = log_add(sum, log_weight + two.log() - expected.log_expected[i]);
    }
  };
  add_profile(0, [&](Hit const& hit, ClassMask left) { return hit.ratio(cause.shares, left); });
  int profiles = 1;
  // The second profile covers single classes well enough.
  if (std::popcount(mask) > 1) {
    ++profiles;
    // How often each class shows is one of three levels; taking the nearest costs the prior of that choice, once.
    std::array<double, finding_classes> shown{};
    for (auto const member : members)
      for (std::size_t c = 0; c < finding_classes; ++c) shown[c] += left(member, mask) >> c & 1;
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
  return sum - std::log(static_cast<double>(profiles) * static_cast<double>(reach_levels));
}

double Null::log_ratio(Cause const& cause, std::span<Hit const> hits, std::span<std::uint32_t const> members,
                       std::uint32_t alive) {
  // How the cause shows at a node: one class out of its own mix, or any one of its classes alone, or several classes at
  // once, each as often as in this group. Without the last a storm that brings loss and commands to the same nodes
  // would leave the commands unexplained.
  if (cause.by_operator) return log_ratio_by_operator(cause, hits, members);
  auto const mask = mask_of(cause);
  auto const& known = units(alive);
  double sum = minus_infinity;
  int profiles = 0;
  auto const add_single = [&](ClassShares const& shares) {
    ++profiles;
    ratios_.clear();
    for (auto const member : members)
      if (double const ratio = hits[member].ratio(shares, left(member, mask)); ratio > 0) ratios_.push_back(ratio);
    if (ratios_.size() < 2) return;
    for (std::size_t i = 0; i < hit_levels; ++i) {
      double const q = hit_shares[i], odds = q / (1 - q);
      AtLeastTwo two;
      for (double const ratio : ratios_) two.add(odds * ratio);
      sum = log_add(sum, two.log() - known.log_expected[i]);
    }
  };
  // Each class by itself, at a share of the nodes of its own, when it shows at all.
  auto const class_by_class = [&] {
    auto const kind = static_cast<std::size_t>(cause.kind);
    ClassMask seen = 0;
    for (auto const member : members) seen |= left(member, mask);
    double log = 0;
    for (std::size_t c = 0; c < finding_classes; ++c) {
      if (!(mask >> c & 1)) continue;
      if (!(seen >> c & 1)) {
        log += known.log_hidden[kind][c];
        continue;
      }
      double shown = minus_infinity;
      for (std::size_t i = 0; i < hit_levels; ++i) {
        double const q = hit_shares[i];
        LogProduct hit;
        for (auto const member : members)
          if (left(member, mask) & bit(FindingClass(c))) hit.times(1 + q / (1 - q) * hits[member].inverse[c]);
        shown = log_add(shown, known.log_idle[i] + hit.log() - std::log(static_cast<double>(hit_levels)));
      }
      log += log_add(log_lacks[kind][c], log_brings[kind][c] + shown);
    }
    return log;
  };
  add_single(cause.shares);
  if (std::popcount(mask) > 1) {
    for (std::size_t c = 0; c < finding_classes; ++c) {
      if (!(mask >> c & 1)) continue;
      ClassShares alone{};
      alone[c] = 1;
      add_single(alone);
    }
    ++profiles;
    sum = log_add(sum, std::log(static_cast<double>(hit_levels)) + class_by_class());
  }
  return sum - std::log(static_cast<double>(profiles) * static_cast<double>(hit_levels));
}

void Null::bids() {
  for (std::size_t b = 0; b < used_; ++b) bid_of_[bids_[b].group] = none;
  used_ = 0;
  for (auto const& cause : causes) {
    auto const kind = static_cast<std::size_t>(cause.kind);
    auto const mask = mask_of(cause);
    // What all nodes have in common is no sector.
    if (cause.kind == GroupKind::sector && fleet_.scope_counts[static_cast<std::size_t>(ScopeKind::sector)] < 2)
      continue;
    for (std::uint32_t h = 0; h < hits_.size(); ++h) {
      auto const group = fleet_.groups_of[hits_[h].node][kind];
      if (group == none || !left(h, mask)) continue;
      if (bid_of_[group] == none) {
        bid_of_[group] = static_cast<std::uint32_t>(used_);
        if (used_ == bids_.size()) bids_.emplace_back();
        auto& bid = bids_[used_++];
        bid.group = group;
        bid.alive = live_->in_cell[fleet_.cells_of[hits_[h].node][static_cast<std::size_t>(slot_)][kind]];
        bid.members.clear();
        bid.stale = true;
      }
      bids_[bid_of_[group]].members.push_back(h);
    }
  }
}

void Null::over(std::span<Hit const> hits, ScopeKind slot, Live const& live, Shocks const& shocks, std::int64_t ticks) {
  hits_ = hits;
  slot_ = slot;
  live_ = &live;
  shocks_ = &shocks;
  ticks_ = ticks;
  for (auto const& worth : worths_) worth_of_[worth.group] = none;
  worths_.clear();
  marked_.clear();
  worth_members_.clear();
}

Null::Worth const* Null::find(Bid const& bid, ClassMask mask) const {
  for (auto at = worth_of_[bid.group]; at != none; at = worths_[at].next) {
    auto const& worth = worths_[at];
    auto const members = std::span(worth_members_).subspan(worth.first, worth.count);
    auto const same = [&](std::uint64_t known, std::uint32_t h) { return known == member(h, left(h, mask)); };
    if (std::ranges::equal(members, bid.members, same)) return &worth;
  }
  return nullptr;
}

bool Null::wide_enough(Cause const& cause, Bid const& bid) const {
  if (cause.least_share == 0) return true;
  if (static_cast<double>(bid.members.size()) < cause.least_share * live_->in_cell[fleet_.whole[bid.group]])
    return false;
  auto const of = operators(bid.members);
  return of.whole >= least_whole && of.whole >= whole_share * of.all;
}

void Null::value(Bid& bid) {
  auto const& cause = cause_of(fleet_, bid.group);
  auto const mask = mask_of(cause);
  bid.gain = minus_infinity;
  std::erase_if(bid.members, [&](std::uint32_t h) { return !left(h, mask); });
  if (bid.members.size() < cause.least || bid.alive < 2) return;
  if (shocks_->on[bid.group] < 0.5 && !wide_enough(cause, bid)) return;
  if (auto const* known = find(bid, mask)) {
    bid.log_ratio = known->log_ratio;
    bid.gain = known->gain;
    return;
  }
  double const chance = 1 - (1 - shocks_->on[bid.group]) * std::pow(1 - cause.start, static_cast<double>(ticks_ - 1));
  bid.log_ratio = log_ratio(cause, hits_, bid.members, bid.alive);
  if (marks_of(bid.members, mask) > worth_marks) {
    // A cause that nobody saw before, as a bad release, may give alarms that are as unusual as an act's.
    if (marked_.empty()) marked_ = with_marks(hits_);
    double const marked = log_ratio(cause, marked_, bid.members, bid.alive);
    bid.log_ratio = std::max(bid.log_ratio, log_add(bid.log_ratio, marked) - std::log(2.0));
  }
  if (bid.log_ratio > 0) bid.gain = std::log(chance * shows) + bid.log_ratio + std::log1p(-std::exp(-bid.log_ratio));
  auto& latest = worth_of_[bid.group];
  worths_.push_back({bid.group, latest, worth_members_.size(), bid.members.size(), bid.log_ratio, bid.gain});
  latest = static_cast<std::uint32_t>(worths_.size() - 1);
  for (auto const h : bid.members) worth_members_.push_back(member(h, left(h, mask)));
}

double Null::log(std::span<ClassMask const> masks, std::vector<Explained>* explained) {
  left_.assign(masks.begin(), masks.end());
  bids();
  double total = 0;
  for (int round = 0; round < most_rounds; ++round) {
    double factor = 0;  // log of 1 + the sum of all bids
    Bid const* best = nullptr;
    for (std::size_t b = 0; b < used_; ++b) {
      auto& bid = bids_[b];
      if (std::exchange(bid.stale, false)) value(bid);
      if (bid.gain == minus_infinity) continue;
      factor = log_add(factor, bid.gain);
      if (!best || bid.gain > best->gain) best = &bid;
    }
    if (!best) break;
    total += factor;
    Explained taken{best->group, 0, 0, best->log_ratio, best->gain};
    auto const kind = static_cast<std::size_t>(fleet_.groups[best->group].kind);
    auto const mask = mask_of(causes[kind]);
    for (std::uint32_t h = 0; h < hits_.size(); ++h) {
      if (fleet_.groups_of[hits_[h].node][kind] != taken.group || !left(h, mask)) continue;
      taken.classes |= left(h, mask);
      ++taken.nodes;
      left_[h] = static_cast<ClassMask>(left_[h] & ~mask);
      for (auto const group : fleet_.groups_of[hits_[h].node])
        if (group != none && bid_of_[group] != none) bids_[bid_of_[group]].stale = true;
    }
    if (explained) explained->push_back(taken);
  }
  return total;
}

}  // namespace greywatch::collector
