#include "collector/score/core.hpp"

#include <algorithm>
#include <cmath>

namespace greywatch::collector {

namespace {

constexpr double suspicious = 50;  // score of the fleet from which learning is slowed down
constexpr double suspicious_weight = 0.1;

Time start_of(std::int64_t tick) { return from_unix_ns(tick * tick_length.count()); }

std::string const& group_name(Node const& node, std::string_view kind) {
  static std::string const everyone;
  if (kind == "region") return node.region;
  if (kind == "operator") return node.operator_name;
  if (kind == "vendor") return node.vendor;
  if (kind == "carrier") return node.carrier;
  if (kind == "sector") return node.sector;
  if (kind == "clock_domain") return node.clock_domain;
  if (kind == "node") return node.name;
  return everyone;
}

bool stresses(Declared const& notice) {
  return notice.kind == "market_stress" || notice.kind == "crisis" || (notice.kind == "exercise" && notice.index > 0);
}
bool known_at(Declared const& notice, Time time) {
  return notice.published <= time && notice.start <= time && time < notice.end;
}

/// Whether a declared cause makes an alarm of (node, class) at `time` expected. Stress never does.
bool expected(std::span<Declared const> declared, Node const& node, FindingClass kind, Time time) {
  return std::ranges::any_of(declared, [&](Declared const& notice) {
    return notice.kind != "market_stress" && notice.kind != "crisis" && known_at(notice, time) &&
           (notice.classes.empty() || std::ranges::find(notice.classes, kind) != notice.classes.end()) &&
           (notice.group_kind == "fleet" || group_name(node, notice.group_kind) == notice.group_name);
  });
}

/// Activity of a campaign in this tick: stress changes this and nothing else.
double activity(Models const& models, Scope const& scope, std::int64_t tick) {
  double index = 0;
  for (auto const& notice : models.declared) {
    bool const here = notice.group_kind == "fleet" || scope.kind == ScopeKind::fleet ||
                      scope.name == notice.group_kind + ":" + notice.group_name;
    if (here && stresses(notice) && known_at(notice, start_of(tick))) index = std::max(index, notice.index);
  }
  return std::min(0.5, models.options.activity * (1 + (models.options.stress_factor - 1) * index));
}

/// One entry a node, in the order of `Fleet::rank`.
std::vector<Hit> hits_of(std::span<Onset const> onsets, Fleet const& fleet, double ticks) {
  std::vector<Onset const*> order;
  order.reserve(onsets.size());
  for (auto const& onset : onsets) order.push_back(&onset);
  std::ranges::sort(order, {},
                    [&](Onset const* onset) { return std::tuple(fleet.rank[onset->node], onset->kind, onset->tick); });
  std::vector<Hit> hits;
  for (auto const* onset : order) {
    if (hits.empty() || hits.back().node != onset->node) hits.push_back({.node = onset->node});
    auto& hit = hits.back();
    hit.classes |= bit(onset->kind);
    double const chance = ticks == 1 ? onset->p : -std::expm1(ticks * std::log1p(-std::min(onset->p, 1 - 1e-12)));
    hit.inverse[static_cast<std::size_t>(onset->kind)] = 1 / chance;
  }
  return hits;
}

/// What families read: of each tile that ends with the tick the hits, by scope.
struct TickView {
  std::int64_t tick;
  std::array<bool, tile_count> ends{};
  std::array<std::vector<std::vector<Hit>>, tile_count> hits;
  std::vector<SlowDay> day;  ///< of the slow channel; empty but when a day is judged
};

std::vector<std::vector<Hit>> by_scope(std::span<Hit const> hits, Fleet const& fleet) {
  std::vector<std::vector<Hit>> scopes(fleet.scopes.size());
  for (auto const& hit : hits)
    for (auto const scope : fleet.scopes_of[hit.node])
      if (scope != none) scopes[scope].push_back(hit);
  return scopes;
}

Episode episode_of(Fleet const& fleet, Coincidence const& found, std::int64_t tick, std::int64_t ticks) {
  Episode episode{.tick = tick, .log_ratio = found.log_ratio, .classes = found.classes, .ticks = ticks};
  episode.nodes = static_cast<std::uint32_t>(found.nodes.size());
  auto const distinct = [&](GroupKind kind) {
    std::vector<std::uint32_t> groups;
    for (auto const& one : found.nodes)
      if (auto const group = fleet.group_of(one.node, kind); group != none) groups.push_back(group);
    std::ranges::sort(groups);
    return static_cast<std::uint32_t>(std::ranges::unique(groups).begin() - groups.begin());
  };
  episode.operators = distinct(GroupKind::operator_);
  episode.regions = distinct(GroupKind::region);
  return episode;
}

Increment weigh_coincidence(Core const& core, Models const& models, TickView const& view, std::uint32_t scope,
                            ScopeState& state) {
  double const a = activity(models, models.fleet.scopes[scope], view.tick);
  // A tile without two hits is the common case, and its answer is known.
  std::array<std::array<Coincidence, strengths.size()>, tile_count> found;
  for (std::size_t k = 0; k < tile_count; ++k)
    for (std::size_t s = 0; view.ends[k] && s < strengths.size(); ++s)
      found[k][s] = models.coincidence.weigh(scope, view.hits[k][scope], core.live, core.shocks, tile_shapes[k].ticks,
                                             s, k == 0 && s == 0);
  auto const nats_of = [&](double once, std::size_t s) {
    std::array<double, tile_count> nats{};
    for (std::size_t k = 0; k < tile_count; ++k)
      if (view.ends[k])
        nats[k] = diluted(1 - std::pow(1 - once, static_cast<double>(tile_shapes[k].ticks)), found[k][s].log_ratio);
    return nats;
  };
  Increment increment;
  auto const nats = nats_of(a, 0);
  std::size_t best = 0;  // the tile that moves the score most
  for (std::size_t k = 1; k < tile_count; ++k)
    if (view.ends[k] && state.tiles.weight[k] + nats[k] > state.tiles.weight[best] + nats[best]) best = k;
  increment.nats = state.tiles.add(nats);
  state.tiles.fade(1 - models.options.end_hazard);
  for (std::size_t j = 0; j < particle_count; ++j) {
    auto const levels = levels_of(j);
    auto& tiles = state.particles[j].tiles;
    increment.particle_nats[j] = tiles.add(nats_of(std::min(0.5, a * levels.activity), levels.strength));
    tiles.fade(1 - models.options.end_hazard);
  }
  increment.episode = episode_of(models.fleet, found[best][0], view.tick, tile_shapes[best].ticks);
  increment.episode.nats = increment.nats;
  increment.explained = std::move(found[0][0].explained);
  increment.nodes = std::move(found[best][0].nodes);
  return increment;
}

Increment weigh_slow(Core const& core, Models const& models, TickView const& view, std::uint32_t scope,
                     ScopeState& state) {
  Increment increment;
  if (view.day.empty()) return increment;
  std::vector<NodeWeight> nodes;
  double const ratio = core.slow.log_ratio(models.fleet, scope, view.day, state.drifts, nodes);
  increment.nats = state.slow.add(ratio);
  for (auto& particle : state.particles) {
    auto const level = static_cast<std::size_t>(&particle - state.particles.data());
    increment.particle_nats[level] = particle.slow.add(ratio * strengths[levels_of(level).strength].visibility);
  }
  increment.episode = {.tick = view.tick, .nats = increment.nats, .log_ratio = ratio};
  Coincidence found{.nodes = nodes};
  auto const groups = episode_of(models.fleet, found, view.tick, 1);
  increment.episode.nodes = groups.nodes;
  increment.episode.operators = groups.operators;
  increment.episode.regions = groups.regions;
  increment.nodes = std::move(nodes);
  return increment;
}

/// The families of evidence: a new one is a name in `FamilyId` and a row here.
struct Family {
  FamilyId id;
  Increment (*weigh)(Core const&, Models const&, TickView const&, std::uint32_t scope, ScopeState&);
};
constexpr std::array<Family, family_count> families{
    {{FamilyId::coincidence, weigh_coincidence}, {FamilyId::slow, weigh_slow}}};

void take_coverage(Core& core, Models const& models, OpenTick const& open, std::int64_t tick) {
  for (auto const& [node, record] : open.coverage) {
    core.live.set(models.fleet, node, record.second);
    core.rates.set_live(node, core.live.live(node), tick);
  }
}

std::vector<Onset> take_onsets(Core& core, Models const& models, OpenTick const& open, std::int64_t tick) {
  std::vector<Onset> onsets;
  auto const& options = models.options;
  for (auto const& [key, cell] : open.alarms) {
    auto const node = key / static_cast<std::uint32_t>(finding_classes);
    auto const kind = FindingClass(key % finding_classes);
    // The rate first: what it says must not know of this alarm.
    double p = core.rates.predictive(node, kind, tick);
    if (!core.rates.onset(node, kind, cell.first, cell.last)) continue;
    p = std::max(p, cell.p < 1 ? cell.p : options.unknown_p);
    if (expected(models.declared, models.fleet.nodes[node], kind, cell.first)) p = std::max(p, options.declared_floor);
    onsets.push_back({node, kind, tick, p});
  }
  return onsets;
}

}  // namespace

Core::Core(Fleet const& fleet, ScoreOptions const& options)
    : live(fleet), rates(fleet, options), shocks(fleet), slow(fleet.nodes.size()), scopes(fleet.scopes.size()) {}

void close_tick(Core& core, Models& models) {
  auto const tick = *core.next;
  auto const& fleet = models.fleet;
  auto const& options = models.options;
  OpenTick open;
  if (auto found = core.open.find(tick); found != core.open.end()) {
    open = std::move(found->second);
    core.open.erase(found);
  }

  take_coverage(core, models, open, tick);
  auto const onsets = take_onsets(core, models, open, tick);
  TickView view{.tick = tick};
  for (std::size_t k = 0; k < tile_count; ++k) {
    if (k > 0) core.tiles[k].insert(core.tiles[k].end(), onsets.begin(), onsets.end());
    view.ends[k] = tile_shapes[k].ends_with(tick);
    if (!view.ends[k]) continue;
    auto const hits = hits_of(k == 0 ? onsets : core.tiles[k], fleet, static_cast<double>(tile_shapes[k].ticks));
    view.hits[k] = by_scope(hits, fleet);
    core.tiles[k].clear();
  }
  for (auto const& [key, p] : open.summaries)
    if (core.live.live(key / static_cast<std::uint32_t>(finding_classes)))
      core.slow.take(key / static_cast<std::uint32_t>(finding_classes), FindingClass(key % finding_classes), p);
  if ((tick % 24 + 24) % 24 == slow_hour) view.day = core.slow.end_day();

  auto const evidence_of = [&](std::uint32_t node) -> std::shared_ptr<Evidence const> {
    auto evidence = std::make_shared<Evidence>();
    auto const append = [](std::vector<std::string>& into, std::vector<std::string> const& from) {
      for (auto const& text : from)
        if (std::ranges::find(into, text) == into.end()) into.push_back(text);
    };
    auto const first = node * static_cast<std::uint32_t>(finding_classes);
    for (auto at = open.alarms.lower_bound(first); at != open.alarms.end() && at->first < first + finding_classes;
         ++at) {
      append(evidence->findings, at->second.findings);
      append(evidence->techniques, at->second.techniques);
    }
    if (auto const rules = open.techniques.find(node); rules != open.techniques.end())
      append(evidence->techniques, rules->second);
    // A long tile may credit a node whose alarm was in an earlier tick: that one's evidence stays.
    if (evidence->findings.empty() && evidence->techniques.empty()) return nullptr;
    return evidence;
  };

  core.shocks.predict(fleet);
  std::vector<Explained> explained;
  Hazards const hazards{options.start_hazard, options.end_hazard};
  for (std::uint32_t scope = 0; scope < fleet.scopes.size(); ++scope) {
    auto& state = core.scopes[scope];
    predict(state, hazards);
    for (auto const& family : families) {
      auto increment = family.weigh(core, models, view, scope, state);
      if (increment.nats == 0 && increment.nodes.empty()) continue;
      update(state, family.id, increment, options.node_cap, evidence_of);
      for (auto const& one : increment.explained) {
        if (state.discounts.size() == most_discounts) state.discounts.erase(state.discounts.begin());
        state.discounts.push_back({tick, one});
      }
      if (scope == 0) explained = std::move(increment.explained);
    }
    std::erase_if(state.discounts, [&](Discount const& one) { return tick - one.tick >= 24; });
  }
  core.shocks.commit(fleet, core.live, explained);
  core.slow.learn(view.day);

  double const score = percent(hazards.rest() + core.scopes[0].above());
  for (auto const& onset : onsets)
    core.rates.learn(onset.node, onset.kind, tick, score < suspicious ? 1 : suspicious_weight);
  if (((tick + 1) % 24 + 24) % 24 == 0) core.rates.end_of_day(tick + 1);
  core.next = tick + 1;
}

}  // namespace greywatch::collector
