#include "collector/score/coincidence.hpp"

#include <algorithm>
#include <map>

namespace greywatch::collector {

namespace {

// What an acting campaign shows, by class: recon, access, command, market, timing, loss. A market that moves is no
// evidence by itself: prices answer to everything. What follows it may be (Act::market).
constexpr ClassShares acts{0.20, 0.30, 0.35, 0, 0.05, 0.10};

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

ClassScope const everything = class_scope(all_classes), accesses = class_scope(bit(FindingClass::access)),
                 commands = class_scope(bit(FindingClass::command)),
                 intrusions = class_scope(bit(FindingClass::access) | bit(FindingClass::command)),
                 effects = class_scope(bit(FindingClass::command) | bit(FindingClass::loss));

/// The prior over what campaigns do, by kind of act: shares of each table add up to 1 with what pairs, sectors and
/// vendors take.
struct ClassPrior {
  ClassScope const* classes;
  double share;
};
constexpr std::array<ClassPrior, 4> anywhere_prior{
    {{&everything, 0.2}, {&accesses, 0.2}, {&commands, 0.3}, {&intrusions, 0.3}}};
constexpr std::array<ClassPrior, 3> progress_prior{{{&commands, 0.6}, {&intrusions, 0.2}, {&effects, 0.2}}};
constexpr std::array<ClassPrior, 2> market_prior{{{&commands, 0.7}, {&intrusions, 0.3}}};
constexpr std::array<ClassPrior, 3> hidden_prior{{{&accesses, 0.2}, {&commands, 0.4}, {&intrusions, 0.4}}};
constexpr double elsewhere_in_pairs = 0.5;

constexpr std::array pair_shares{0.05, 0.2, 0.6};
constexpr std::size_t most_regions = 6;    // that are paired with each other
double const small = std::log(0.3);        // a term below is not worth asking what else the null explains
double const negligible = std::log(0.03);  // a term below cannot matter and is left out, so that the mean only falls

/// Calls `each(first, last)` for every run of hits of one operator; a node without one is a run of its own.
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

double visible(ScoreOptions const& options, std::size_t strength) {
  return std::min(0.95, options.visibility * strengths[strength].visibility);
}

}  // namespace

void Coincidence::forget() {
  nodes.clear();
  classes = 0;
  log_marks = 0;
  taken = 0;
}

void Coincidence::name(Hit const& hit, ClassMask mask, double weight) {
  nodes.push_back({hit.node, weight});
  classes |= hit.classes & mask;
  log_marks += std::log(hit.unusual(mask));
  taken += hit.taken();
}

struct CoincidenceModel::Case {
  std::uint32_t scope;
  ScopeKind slot;
  std::span<Hit const> hits;
  Live const& live;
  std::size_t strength;
  double log_null;
  Judged& into;
  std::array<double, act_kinds> best{};  // log ratio of the likeliest guess so far
};

struct CoincidenceModel::Guess {
  Act act;
  ClassScope const& classes;
  std::vector<char> const* within = nullptr;  // by node; without it everywhere in the scope
  ScopeKind part = ScopeKind::fleet;          // with `only`: a scope inside the one judged
  std::uint32_t only = none;

  bool holds(Fleet const& fleet, std::uint32_t node) const {
    return (!within || (*within)[node]) && (only == none || fleet.scope_of(node, part) == only);
  }
  /// Likelihood ratio of an act at the node of `hit` to none.
  double ratio(Hit const& hit) const {
    double const seen = hit.marked_ratio(classes.shares, classes.mask);
    constexpr auto later = bit(FindingClass::command) | bit(FindingClass::loss);
    return act == Act::progress && (hit.classes & classes.mask & later) ? seen * hit.progress : seen;
  }
};

CoincidenceModel::CoincidenceModel(Fleet const& fleet, ScoreOptions const& options)
    : fleet_(fleet), options_(options), null_(fleet), normalisers_(fleet.scopes.size()), order_(fleet.nodes.size()) {
  for (std::uint32_t i = 0; i < order_.size(); ++i) order_[fleet.rank[i]] = i;
  for (auto const& scope : fleet.scopes) {
    wide_vendors_ += scope.kind == ScopeKind::vendor && scope.operators.size() >= 2;
    wide_sectors_ += scope.kind == ScopeKind::sector && scope.operators.size() >= 2;
  }
}

CoincidenceModel::Normaliser const& CoincidenceModel::normaliser(std::uint32_t scope, Live const& live,
                                                                 std::size_t strength) {
  auto& found = normalisers_[scope][strength];
  if (found.version == live.version) return found;
  found.version = live.version;
  double const nodes = std::max(1U, live.in_scope[scope]);
  std::array<double, shares> const reach{3 / nodes, 8 / nodes, 16 / nodes, 32 / nodes};
  for (std::size_t i = 0; i < shares; ++i) {
    double const q = std::min(reach[i], 0.6) * visible(options_, strength);
    AtLeastTwo two;
    for (auto const cell : fleet_.scopes[scope].operators)
      if (live.in_cell[cell]) two.add(live.in_cell[cell] * q / (1 - q));
    for (std::uint32_t n = 0; n < live.unnamed[scope]; ++n) two.add(q / (1 - q));
    found.q[i] = q;
    found.log_expected[i] = two.log();
  }
  return found;
}

CoincidenceModel::Normaliser CoincidenceModel::normaliser(std::vector<char> const& within, Live const& live,
                                                          std::size_t strength) const {
  // Live nodes of each operator, in the order of rank; a node without one stands alone.
  std::vector<double> units;
  double nodes = 0;
  auto last = none;
  for (auto const node : order_) {
    if (!within[node] || !live.live(node)) continue;
    auto const owner = fleet_.group_of(node, GroupKind::operator_);
    if (owner == none || owner != last || units.empty()) units.push_back(0);
    last = owner;
    ++units.back();
    ++nodes;
  }
  Normaliser made;
  nodes = std::max(1.0, nodes);
  std::array<double, shares> const reach{3 / nodes, 8 / nodes, 16 / nodes, 32 / nodes};
  for (std::size_t i = 0; i < shares; ++i) {
    double const q = std::min(reach[i], 0.6) * visible(options_, strength);
    AtLeastTwo two;
    for (double const unit : units) two.add(unit * q / (1 - q));
    made.q[i] = q;
    made.log_expected[i] = two.log();
  }
  return made;
}

CoincidenceModel::Term CoincidenceModel::reach(std::span<Hit const> hits, Guess const& guess,
                                               Normaliser const& expected) {
  // Likelihood ratios of nodes, those of one operator side by side.
  ratios_.clear();
  runs_.clear();
  by_operator(fleet_, hits, [&](std::span<Hit const> run) {
    auto const before = ratios_.size();
    for (auto const& hit : run)
      if (guess.holds(fleet_, hit.node))
        if (double const ratio = guess.ratio(hit); ratio > 0) ratios_.push_back(ratio);
    if (ratios_.size() > before) runs_.push_back(ratios_.size());
  });
  Term term;
  if (runs_.size() < 2) return term;
  std::array<double, shares> logs;
  double peak = minus_infinity;
  for (std::size_t i = 0; i < shares; ++i) {
    double const odds = expected.q[i] / (1 - expected.q[i]);
    AtLeastTwo two;
    std::size_t at = 0;
    for (auto const end : runs_) {
      // One node of an operator is enough for a campaign; a cause that takes many of each is somebody else's.
      double z = 0;
      for (; at < end; ++at) z += odds * ratios_[at];
      two.add(z);
    }
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

double CoincidenceModel::outside(Case const& at) {
  // Never below nothing explained; where nothing much is, that is near enough.
  if (at.log_null < 0.05) return 0;
  auto const left = std::ranges::count_if(masks_, [](ClassMask mask) { return mask != 0; });
  return left < 2 ? 0 : null_.log(masks_, nullptr);
}

void CoincidenceModel::take(Case& at, Guess const& guess, Normaliser const& expected, double log_weight) {
  auto const term = reach(at.hits, guess, expected);
  double log = term.log + log_weight;
  if (log < negligible) return;
  for (std::size_t i = 0; i < at.hits.size(); ++i)
    masks_[i] = guess.holds(fleet_, at.hits[i].node) ? static_cast<ClassMask>(at.hits[i].classes & ~guess.classes.mask)
                                                     : at.hits[i].classes;
  log += (log < small ? 0 : outside(at)) - at.log_null;
  auto& found = at.into.of(guess.act);
  found.log_ratio = log_add(found.log_ratio, log);
  auto& best = at.best[static_cast<std::size_t>(guess.act)];
  if (log <= best) return;
  best = log;
  found.forget();
  for (auto const& hit : at.hits) {
    double const ratio = guess.holds(fleet_, hit.node) ? guess.ratio(hit) : 0;
    if (ratio > 0) found.name(hit, guess.classes.mask, std::log1p(term.q / (1 - term.q) * ratio));
  }
}

void CoincidenceModel::pairs(Case& at, Guess const& guess, double weight) {
  double const count = fleet_.scope_counts[static_cast<std::size_t>(ScopeKind::region)];
  double const log_weight = std::log(weight * 2 / (count * (count - 1)));
  struct Region {
    std::uint32_t scope;
    std::vector<std::size_t> members;
    std::array<double, pair_shares.size()> log{};
  };
  std::map<std::uint32_t, Region> found;
  for (std::size_t i = 0; i < at.hits.size(); ++i) {
    auto const node = at.hits[i].node;
    auto const scope = fleet_.scope_of(node, ScopeKind::region);
    if (scope == none || !(at.hits[i].classes & guess.classes.mask) || !guess.holds(fleet_, node)) continue;
    found.try_emplace(scope, Region{scope, {}, {}}).first->second.members.push_back(i);
  }
  if (found.size() < 2) return;
  std::vector<Region> regions;
  for (auto& [scope, region] : found) {
    for (std::size_t i = 0; i < pair_shares.size(); ++i) {
      double const q = pair_shares[i] * visible(options_, at.strength), odds = q / (1 - q);
      double sum = 0;
      for (auto const member : region.members) sum += std::log1p(odds * guess.ratio(at.hits[member]));
      auto const at_least_one = [](double log_all) { return log_all + std::log(-std::expm1(-log_all)); };
      double const expected = -static_cast<double>(std::max(1U, at.live.in_scope[scope])) * std::log1p(-q);
      region.log[i] = at_least_one(sum) - at_least_one(expected);
    }
    regions.push_back(std::move(region));
  }
  std::ranges::stable_sort(regions, std::greater{}, [](Region const& region) { return region.log[1]; });
  if (regions.size() > most_regions) regions.resize(most_regions);

  auto& into = at.into.of(guess.act);
  auto& best = at.best[static_cast<std::size_t>(guess.act)];
  for (std::size_t a = 0; a < regions.size(); ++a) {
    for (std::size_t b = a + 1; b < regions.size(); ++b) {
      std::array<double, pair_shares.size()> logs;
      for (std::size_t i = 0; i < logs.size(); ++i) logs[i] = regions[a].log[i] + regions[b].log[i];
      double const term = log_weight + log_mean(logs);
      if (term < negligible) continue;
      auto const owner = [&](std::size_t i) { return fleet_.group_of(at.hits[i].node, GroupKind::operator_); };
      auto const first = owner(regions[a].members.front());
      auto const same = [&](std::size_t i) { return first != none && owner(i) == first; };
      if (std::ranges::all_of(regions[a].members, same) && std::ranges::all_of(regions[b].members, same)) continue;
      for (std::size_t i = 0; i < at.hits.size(); ++i) masks_[i] = at.hits[i].classes;
      for (auto const* region : {&regions[a], &regions[b]})
        for (auto const member : region->members)
          masks_[member] = static_cast<ClassMask>(masks_[member] & ~guess.classes.mask);
      double const log = term + (term < small ? 0 : outside(at)) - at.log_null;
      into.log_ratio = log_add(into.log_ratio, log);
      if (log <= best) continue;
      best = log;
      into.forget();
      auto const peak = static_cast<std::size_t>(std::ranges::max_element(logs) - logs.begin());
      double const q = pair_shares[peak] * visible(options_, at.strength), odds = q / (1 - q);
      for (auto const* region : {&regions[a], &regions[b]})
        for (auto const member : region->members)
          into.name(at.hits[member], guess.classes.mask, std::log1p(odds * guess.ratio(at.hits[member])));
    }
  }
}

void CoincidenceModel::anywhere(Case& at) {
  // Half of the prior over campaigns is on the whole scope; pairs of regions, single vendors and single sectors share
  // the rest.
  bool const fleet_wide = at.slot == ScopeKind::fleet;
  bool const with_pairs = fleet_wide && fleet_.scope_counts[static_cast<std::size_t>(ScopeKind::region)] >= 2;
  double const of_pairs = with_pairs ? 0.2 : 0, of_vendors = fleet_wide && wide_vendors_ > 0 ? 0.15 : 0,
               of_sectors = fleet_wide && wide_sectors_ > 1 ? 0.15 : 0;
  double const whole = 1 - of_pairs - of_vendors - of_sectors;
  auto const& expected = normaliser(at.scope, at.live, at.strength);
  for (auto const& [classes, share] : anywhere_prior)
    take(at, {Act::anywhere, *classes}, expected, std::log(whole * share));
  if (with_pairs) {
    pairs(at, {Act::anywhere, everything}, of_pairs / 2);
    pairs(at, {Act::anywhere, intrusions}, of_pairs / 2);
  }
  auto const parts = [&](ScopeKind kind, double weight, std::span<ClassScope const* const> classes) {
    std::map<std::uint32_t, int> found;
    for (auto const& hit : at.hits)
      if (auto const part = fleet_.scope_of(hit.node, kind); part != none) ++found[part];
    for (auto const& [part, count] : found)
      for (auto const* one : classes)
        if (count >= 2)
          take(at, {.act = Act::anywhere, .classes = *one, .part = kind, .only = part},
               normaliser(part, at.live, at.strength), std::log(weight / static_cast<double>(classes.size())));
  };
  if (of_vendors > 0) parts(ScopeKind::vendor, of_vendors / wide_vendors_, std::array{&everything, &intrusions});
  if (of_sectors > 0) parts(ScopeKind::sector, of_sectors / wide_sectors_, std::array{&accesses, &commands});
}

Judged CoincidenceModel::weigh(std::uint32_t scope, std::span<Hit const> given, Live const& live, Shocks const& shocks,
                               std::int64_t ticks, std::size_t strength, bool explain, Surroundings const& around) {
  Judged result;
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
  null_.over(hits, slot, live, shocks, ticks);
  double const log_null = null_.log(masks_, explain ? &result.explained : nullptr);
  if (one_operator) return result;

  Case at{scope, slot, hits, live, strength, log_null, result, {}};
  at.best.fill(minus_infinity);
  anywhere(at);
  auto const whole = [&](Act act, std::span<ClassPrior const> prior, double weight, Normaliser const& expected,
                         std::vector<char> const* within) {
    for (auto const& [classes, share] : prior)
      take(at, {.act = act, .classes = *classes, .within = within}, expected, std::log(weight * share));
  };
  auto const& expected = normaliser(scope, live, strength);
  if (std::ranges::any_of(hits, [](Hit const& hit) { return hit.progress > 1; }))
    whole(Act::progress, progress_prior, 1, expected, nullptr);
  if (slot != ScopeKind::fleet) return result;
  if (around.market) whole(Act::market, market_prior, 1, expected, nullptr);
  if (!around.quiet.empty()) {
    whole(Act::elsewhere, hidden_prior, 1 - elsewhere_in_pairs, normaliser(around.quiet, live, strength),
          &around.quiet);
    pairs(at, {.act = Act::elsewhere, .classes = intrusions, .within = &around.quiet}, elsewhere_in_pairs);
  }
  if (!around.calm.empty()) whole(Act::beneath, hidden_prior, 1, normaliser(around.calm, live, strength), &around.calm);
  return result;
}

std::vector<Explained> CoincidenceModel::explain(std::span<Hit const> hits, Live const& live, Shocks const& shocks) {
  std::vector<Explained> explained;
  if (hits.size() < 2) return explained;
  masks_.resize(hits.size());
  for (std::size_t i = 0; i < hits.size(); ++i) masks_[i] = hits[i].classes;
  null_.over(hits, ScopeKind::fleet, live, shocks, 1);
  null_.log(masks_, &explained);
  return explained;
}

}  // namespace greywatch::collector
