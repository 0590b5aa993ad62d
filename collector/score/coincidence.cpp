#include "collector/score/coincidence.hpp"

#include <algorithm>
#include <map>

namespace greywatch::collector {

namespace {

// What an acting campaign shows, by class: recon, access, command, market, timing, loss.
constexpr ClassShares acts{0.20, 0.30, 0.30, 0.05, 0.05, 0.10};

struct ClassScope {
  ClassMask mask;
  ClassShares shares;  // acts, within the mask
};

ClassScope class_scope(ClassMask mask) {
  ClassScope scope{mask, {}};
  double sum = 0;
  for (std::size_t c = 0; c < finding_classes; ++c)
    if (mask >> c & 1) sum += acts[c];
  for (std::size_t c = 0; c < finding_classes; ++c)
    if (mask >> c & 1) scope.shares[c] = acts[c] / sum;
  return scope;
}

std::array<ClassScope, 5> const class_scopes{class_scope(all_classes), class_scope(bit(FindingClass::access)),
                                             class_scope(bit(FindingClass::command)),
                                             class_scope(bit(FindingClass::access) | bit(FindingClass::command)),
                                             class_scope(bit(FindingClass::command) | bit(FindingClass::market))};

constexpr std::array pair_shares{0.05, 0.2, 0.6};
constexpr std::size_t most_regions = 6;    // that are paired with each other
double const negligible = std::log(1e-3);  // a term below cannot matter and is left out

/// Calls `each(operator, first, last)` for every run of hits of one operator; a node without one is a run of its own.
template <class Each>
void by_operator(Fleet const& fleet, std::span<Hit const> hits, Each each) {
  for (std::size_t i = 0; i < hits.size();) {
    auto const owner = fleet.group_of(hits[i].node, GroupKind::operator_);
    auto j = i + 1;
    while (owner != none && j < hits.size() && fleet.group_of(hits[j].node, GroupKind::operator_) == owner) ++j;
    each(hits.subspan(i, j - i));
    i = j;
  }
}

double log_mean(std::span<double const> logs) {
  double sum = minus_infinity;
  for (double const one : logs) sum = log_add(sum, one);
  return sum - std::log(static_cast<double>(logs.size()));
}

}  // namespace

CoincidenceModel::CoincidenceModel(Fleet const& fleet, ScoreOptions const& options)
    : fleet_(fleet), options_(options), null_(fleet), normalisers_(fleet.scopes.size()) {
  for (auto const& scope : fleet.scopes)
    if (scope.kind == ScopeKind::vendor && scope.operators.size() >= 2) ++wide_vendors_;
}

CoincidenceModel::Normaliser const& CoincidenceModel::normaliser(std::uint32_t scope, Live const& live,
                                                                 std::size_t strength) {
  auto& found = normalisers_[scope][strength];
  if (found.version == live.version) return found;
  found.version = live.version;
  double const nodes = std::max(1U, live.in_scope[scope]);
  double const visible = std::min(0.95, options_.visibility * strengths[strength].visibility);
  std::array<double, shares> const reach{3 / nodes, 8 / nodes, 0.05, 0.2, 0.6};
  for (std::size_t i = 0; i < shares; ++i) {
    double const q = std::min(reach[i], 0.6) * visible;
    AtLeastTwo two;
    for (auto const cell : fleet_.scopes[scope].operators)
      if (live.in_cell[cell]) two.add_log(-static_cast<double>(live.in_cell[cell]) * std::log1p(-q));
    for (std::uint32_t n = 0; n < live.unnamed[scope]; ++n) two.add(q / (1 - q));
    found.q[i] = q;
    found.log_expected[i] = two.log();
  }
  return found;
}

CoincidenceModel::Term CoincidenceModel::reach(std::span<Hit const> hits, ClassShares const& shares_of, ClassMask mask,
                                               Normaliser const& expected) const {
  Term term;
  std::array<double, shares> logs;
  double peak = minus_infinity;
  for (std::size_t i = 0; i < shares; ++i) {
    double const odds = expected.q[i] / (1 - expected.q[i]);
    AtLeastTwo two;
    by_operator(fleet_, hits, [&](std::span<Hit const> run) {
      double sum = 0;
      for (auto const& hit : run) sum += std::log1p(odds * hit.ratio(shares_of, mask));
      if (sum > 0) two.add_log(sum);
    });
    // A normaliser of minus infinity: fewer than two operators live, no coincidence possible.
    logs[i] = expected.log_expected[i] == minus_infinity ? minus_infinity : two.log() - expected.log_expected[i];
    if (logs[i] > peak) {
      peak = logs[i];
      term.q = expected.q[i];
    }
  }
  term.log = log_mean(logs);
  return term;
}

double CoincidenceModel::outside(std::span<Hit const> hits, ScopeKind slot, Live const& live, Shocks const& shocks,
                                 std::int64_t ticks) {
  auto const left = std::ranges::count_if(masks_, [](ClassMask mask) { return mask != 0; });
  return left < 2 ? 0 : null_.log(hits, masks_, slot, live, shocks, ticks, nullptr);
}

void CoincidenceModel::pairs(std::span<Hit const> hits, Live const& live, Shocks const& shocks, std::int64_t ticks,
                             std::size_t strength, double log_null, double log_weight, Coincidence& into,
                             double& best) {
  auto const& shares_of = class_scopes[0].shares;
  struct Region {
    std::uint32_t scope;
    std::vector<std::size_t> members;
    std::array<double, pair_shares.size()> log{};
  };
  std::map<std::uint32_t, Region> found;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    auto const scope = fleet_.scope_of(hits[i].node, ScopeKind::region);
    if (scope != none) found.try_emplace(scope, Region{scope, {}, {}}).first->second.members.push_back(i);
  }
  double const visible = std::min(0.95, options_.visibility * strengths[strength].visibility);
  std::vector<Region> regions;
  for (auto& [scope, region] : found) {
    for (std::size_t i = 0; i < pair_shares.size(); ++i) {
      double const q = pair_shares[i] * visible, odds = q / (1 - q);
      double sum = 0;
      for (auto const member : region.members) sum += std::log1p(odds * hits[member].ratio(shares_of, all_classes));
      auto const at_least_one = [](double log_all) { return log_all + std::log(-std::expm1(-log_all)); };
      double const expected = -static_cast<double>(std::max(1U, live.in_scope[scope])) * std::log1p(-q);
      region.log[i] = at_least_one(sum) - at_least_one(expected);
    }
    regions.push_back(std::move(region));
  }
  std::ranges::stable_sort(regions, std::greater{}, [](Region const& region) { return region.log[1]; });
  if (regions.size() > most_regions) regions.resize(most_regions);

  for (std::size_t a = 0; a < regions.size(); ++a) {
    for (std::size_t b = a + 1; b < regions.size(); ++b) {
      std::array<double, pair_shares.size()> logs;
      for (std::size_t i = 0; i < logs.size(); ++i) logs[i] = regions[a].log[i] + regions[b].log[i];
      double const term = log_weight + log_mean(logs);
      if (term < negligible) continue;
      auto const owner = [&](std::size_t i) { return fleet_.group_of(hits[i].node, GroupKind::operator_); };
      auto const first = owner(regions[a].members.front());
      auto const same = [&](std::size_t i) { return first != none && owner(i) == first; };
      if (std::ranges::all_of(regions[a].members, same) && std::ranges::all_of(regions[b].members, same)) continue;
      for (std::size_t i = 0; i < hits.size(); ++i) masks_[i] = hits[i].classes;
      for (auto const* region : {&regions[a], &regions[b]})
        for (auto const member : region->members) masks_[member] = 0;
      double const log = term + outside(hits, ScopeKind::fleet, live, shocks, ticks) - log_null;
      into.log_ratio = log_add(into.log_ratio, log);
      if (log <= best) continue;
      best = log;
      into.nodes.clear();
      into.classes = 0;
      auto const peak = static_cast<std::size_t>(std::ranges::max_element(logs) - logs.begin());
      double const q = pair_shares[peak] * visible, odds = q / (1 - q);
      for (auto const* region : {&regions[a], &regions[b]}) {
        for (auto const member : region->members) {
          into.nodes.push_back({hits[member].node, std::log1p(odds * hits[member].ratio(shares_of, all_classes))});
          into.classes |= hits[member].classes;
        }
      }
    }
  }
}

Coincidence CoincidenceModel::weigh(std::uint32_t scope, std::span<Hit const> given, Live const& live,
                                    Shocks const& shocks, std::int64_t ticks, std::size_t strength, bool explain) {
  Coincidence result;
  if (given.size() < 2) return result;
  auto const slot = fleet_.scopes[scope].kind;
  scaled_.assign(given.begin(), given.end());
  for (auto& hit : scaled_)
    for (auto& inverse : hit.inverse)
      if (inverse > 0) inverse = std::max(1.0, inverse * strengths[strength].surprise);
  std::span<Hit const> const hits = scaled_;
  masks_.resize(hits.size());
  for (std::size_t i = 0; i < hits.size(); ++i) masks_[i] = hits[i].classes;
  bool const one_operator = fleet_.group_of(hits.front().node, GroupKind::operator_) != none &&
                            fleet_.group_of(hits.front().node, GroupKind::operator_) ==
                                fleet_.group_of(hits.back().node, GroupKind::operator_);
  if (one_operator && !explain) return result;
  double const log_null = null_.log(hits, masks_, slot, live, shocks, ticks, explain ? &result.explained : nullptr);
  if (one_operator) return result;

  // Half of the prior over campaigns is on the whole scope, a quarter each on pairs of regions and on single vendors.
  bool const fleet_wide = slot == ScopeKind::fleet;
  double const regions = fleet_.scope_counts[static_cast<std::size_t>(ScopeKind::region)];
  bool const with_pairs = fleet_wide && regions >= 2, with_vendors = fleet_wide && wide_vendors_ > 0;
  double const whole = 1 - (with_pairs ? 0.25 : 0) - (with_vendors ? 0.25 : 0);
  double best = minus_infinity;
  auto const take = [&](double log, Term const& term, ClassScope const& classes, std::span<Hit const> reached) {
    result.log_ratio = log_add(result.log_ratio, log);
    if (log <= best) return;
    best = log;
    result.nodes.clear();
    result.classes = 0;
    for (auto const& hit : reached) {
      double const ratio = hit.ratio(classes.shares, classes.mask);
      if (ratio <= 0) continue;
      result.nodes.push_back({hit.node, std::log1p(term.q / (1 - term.q) * ratio)});
      result.classes |= hit.classes & classes.mask;
    }
  };

  auto const& expected = normaliser(scope, live, strength);
  for (auto const& classes : class_scopes) {
    auto const term = reach(hits, classes.shares, classes.mask, expected);
    double const log = term.log + std::log(whole / class_scopes.size());
    if (log < negligible) continue;
    for (std::size_t i = 0; i < hits.size(); ++i) masks_[i] = static_cast<ClassMask>(hits[i].classes & ~classes.mask);
    take(log + outside(hits, slot, live, shocks, ticks) - log_null, term, classes, hits);
  }
  if (with_pairs)
    pairs(hits, live, shocks, ticks, strength, log_null, std::log(0.25 * 2 / (regions * (regions - 1))), result, best);
  if (with_vendors) {
    std::map<std::uint32_t, std::vector<Hit>> by_vendor;
    for (auto const& hit : hits)
      if (auto const vendor = fleet_.scope_of(hit.node, ScopeKind::vendor); vendor != none)
        by_vendor[vendor].push_back(hit);
    for (auto const& [vendor, reached] : by_vendor) {
      if (reached.size() < 2) continue;
      auto const term = reach(reached, class_scopes[0].shares, all_classes, normaliser(vendor, live, strength));
      double const log = term.log + std::log(0.25 / wide_vendors_);
      if (log < negligible) continue;
      for (std::size_t i = 0; i < hits.size(); ++i)
        masks_[i] = fleet_.scope_of(hits[i].node, ScopeKind::vendor) == vendor ? ClassMask{0} : hits[i].classes;
      take(log + outside(hits, slot, live, shocks, ticks) - log_null, term, class_scopes[0], reached);
    }
  }
  return result;
}

}  // namespace greywatch::collector
