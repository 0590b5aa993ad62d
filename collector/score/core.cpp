#include "collector/score/core.hpp"

#include <algorithm>
#include <cmath>

namespace greywatch::collector {

namespace {

constexpr double suspicious = 50;  // score of the fleet from which learning is slowed down
constexpr double suspicious_weight = 0.3;
constexpr std::int64_t heard = 14 * 24;  // ticks for which an alarm keeps a node that covers little in the likelihoods
constexpr double most_of_stages = 6;     // log ratio that an earlier stage adds to what the record believes
constexpr double reaches = 0.5;          // share of a group's nodes at which its cause shows, when it is at work

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

/// What a notice that names no classes can be about: no scan gives commands, no roll-out switches breakers.
ClassMask classes_of(Declared const& notice) {
  if (notice.kind == "crisis") return 0;
  if (notice.kind == "market_stress") return bit(FindingClass::market);
  if (!notice.classes.empty()) {
    ClassMask mask = 0;
    for (auto const kind : notice.classes) mask |= bit(kind);
    return mask;
  }
  if (notice.kind == "scan_wave") return bit(FindingClass::recon);
  if (notice.kind == "rollout") return all_classes & ~(bit(FindingClass::command) | bit(FindingClass::market));
  if (notice.kind == "weather") return bit(FindingClass::command) | bit(FindingClass::timing) | bit(FindingClass::loss);
  return all_classes;
}

/// Whether a declared cause makes an alarm of (node, class) at `time` expected. Stress never does.
bool expected(std::span<Declared const> declared, Node const& node, FindingClass kind, Time time) {
  return std::ranges::any_of(declared, [&](Declared const& notice) {
    return known_at(notice, time) && (classes_of(notice) & bit(kind)) &&
           (notice.group_kind == "fleet" || group_name(node, notice.group_kind) == notice.group_name);
  });
}

/// The notices that change how active campaigns are in a tick.
std::vector<Declared const*> stresses_at(std::span<Declared const> declared, std::int64_t tick) {
  std::vector<Declared const*> found;
  for (auto const& notice : declared)
    if (stresses(notice) && known_at(notice, start_of(tick))) found.push_back(&notice);
  return found;
}

/// Activity of a campaign in this tick: stress changes this and nothing else.
double activity(ScoreOptions const& options, Scope const& scope, std::span<Declared const* const> stress) {
  double index = 0;
  for (auto const* notice : stress) {
    bool const here = notice->group_kind == "fleet" || scope.kind == ScopeKind::fleet ||
                      scope.name == notice->group_kind + ":" + notice->group_name;
    if (here) index = std::max(index, notice->index);
  }
  return std::min(0.5, options.activity * (1 + (options.stress_factor - 1) * index));
}

/// One entry a node, in the order of `Fleet::rank`.
std::vector<Hit> hits_of(std::span<Onset const> onsets, Core const& core, Fleet const& fleet, double ticks) {
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
    hit.mark[static_cast<std::size_t>(onset->kind)] = onset->mark;
    hit.excused[static_cast<std::size_t>(onset->kind)] = onset->excused;
    hit.excuse[static_cast<std::size_t>(onset->kind)] = onset->excuse;
    if (onset->kind == FindingClass::command || onset->kind == FindingClass::loss)
      hit.progress = core.stages.progress(onset->node, onset->tick, core.rates);
  }
  return hits;
}

/// What families read: of each tile that ends with the tick the hits, by scope.
struct TickView {
  std::int64_t tick;
  std::array<bool, tile_count> ends{};
  std::array<std::vector<std::vector<Hit>>, tile_count> hits;
  std::array<Surroundings, tile_count> around;  ///< of the fleet
  std::vector<SlowDay> day;                     ///< of the slow channel; empty but when a day is judged
  std::vector<std::vector<TraitSign>> signs;    ///< by scope
  std::map<std::uint64_t, std::string> traits;  ///< names of those
  std::vector<Declared const*> stress;          ///< notices of it
  double weight = 1;                            ///< at which this tick may be learned from
};

/// What the families add to a scope in one tick.
using Increments = std::array<Increment, family_count>;
Increment& of(Increments& increments, FamilyId family) { return increments[static_cast<std::size_t>(family)]; }
Increment& of(Increments& increments, Act act) { return increments[static_cast<std::size_t>(act)]; }

/// The groups that are a scope of their own kind.
bool same(ScopeKind scope, GroupKind group) {
  return (scope == ScopeKind::region && group == GroupKind::region) ||
         (scope == ScopeKind::sector && group == GroupKind::sector) ||
         (scope == ScopeKind::vendor && group == GroupKind::vendor);
}

/// The hits of each scope. What the fleet's benign causes explain is to be expected in its parts, but for causes of
/// just that part: there they are weighed anew.
std::vector<std::vector<Hit>> by_scope(std::span<Hit const> hits, Fleet const& fleet) {
  std::vector<std::vector<Hit>> scopes(fleet.scopes.size());
  for (auto const& hit : hits)
    for (std::size_t kind = 0; kind < scope_kinds; ++kind) {
      auto const scope = fleet.scopes_of[hit.node][kind];
      if (scope == none) continue;
      auto& taken = scopes[scope].emplace_back(hit);
      if (kind == 0) continue;
      for (std::size_t c = 0; c < finding_classes; ++c)
        if (hit.excused[c] > 0 && !same(ScopeKind(kind), hit.excuse[c]))
          taken.inverse[c] = std::min(taken.inverse[c], 1 / (reaches * hit.excused[c]));
    }
  return scopes;
}

/// Says of each onset which cause brought it, as far as the fleet's null knows.
void excuse(Core const& core, Models const& models, std::span<Onset> onsets) {
  auto const hits = hits_of(onsets, core, models.fleet, 1);
  auto const explained = models.coincidence.explain(hits, core.live, core.shocks);
  for (auto& onset : onsets)
    for (auto const& one : explained) {
      auto const kind = models.fleet.groups[one.group].kind;
      if (models.fleet.group_of(onset.node, kind) != one.group || !(one.classes & bit(onset.kind))) continue;
      onset.excused = 1 / (1 + std::exp(-one.log_odds));
      onset.excuse = kind;
      break;
    }
}

Episode episode_of(Fleet const& fleet, std::span<NodeWeight const> nodes, std::int64_t tick, double log_ratio) {
  Episode episode{.tick = tick, .log_ratio = log_ratio};
  episode.nodes = static_cast<std::uint32_t>(nodes.size());
  auto const distinct = [&](GroupKind kind) {
    std::vector<std::uint32_t> groups;
    for (auto const& one : nodes)
      if (auto const group = fleet.group_of(one.node, kind); group != none) groups.push_back(group);
    std::ranges::sort(groups);
    return static_cast<std::uint32_t>(std::ranges::unique(groups).begin() - groups.begin());
  };
  episode.operators = distinct(GroupKind::operator_);
  episode.regions = distinct(GroupKind::region);
  return episode;
}

/// What a tile was judged to be, before the fleet's record limited it.
struct Seen {
  Place place;
  std::size_t stratum;
  double log_ratio;
};

/// Each act of a tile counts for no more than the fleet's record believes. That an earlier stage was at the same nodes
/// is no matter of the hour, so that it counts on top.
void believe(Record const& record, Place place, Judged& judged) {
  for (std::size_t act = 0; act < act_kinds; ++act) {
    auto& one = judged.acts[act];
    place.act = Act(act);
    one.modelled = one.log_ratio;
    one.log_ratio = record.believed(place, one);
  }
  auto const& anywhere = judged.of(Act::anywhere);
  auto& progress = judged.of(Act::progress);
  double const more = progress.modelled - anywhere.modelled;
  if (more > 0) progress.log_ratio = std::max(progress.log_ratio, anywhere.log_ratio + std::min(more, most_of_stages));
}

/// Takes down what is to be learned of a tile.
void see(Place place, Judged const& judged, Activity const& activity, std::vector<Seen>& seen) {
  for (std::size_t act = 0; act < act_kinds; ++act) {
    if (activity.share[act] == 0) continue;
    place.act = Act(act);
    seen.push_back({place, Record::stratum(judged.acts[act]), judged.acts[act].modelled});
  }
}

/// Families A, C, D and the two joint hypotheses read the same onsets. So they are terms of one sum, not factors: what
/// a family adds is what the sum gains by its term.
void weigh_acts(Core const& core, Models const& models, TickView const& view, std::uint32_t scope, ScopeState& state,
                Increments& increments, std::vector<Seen>& seen) {
  double const once = activity(models.options, models.fleet.scopes[scope], view.stress);
  std::array<std::array<Judged, strengths.size()>, tile_count> judged;
  std::array<std::array<Judged const*, strengths.size()>, tile_count> found{};
  std::array<Activities::Levels const*, tile_count> activities{};
  for (std::size_t k = 0; k < tile_count; ++k) {
    if (!view.ends[k]) continue;
    auto const weigh = [&](std::size_t strength) {
      judged[k][strength] =
          models.coincidence.weigh(scope, view.hits[k][scope], core.live, core.shocks, tile_shapes[k].ticks, strength,
                                   k == 0 && strength == 0, view.around[k]);
      auto& acts = judged[k][strength];
      Place const place{models.fleet.scopes[scope].kind, scope, k, Act::anywhere, view.tick};
      believe(core.record, place, acts);
      // What has one operator shows no coincidence, ever: it is no quiet part of others.
      bool const possible = models.fleet.scopes[scope].operators.size() + core.live.unnamed[scope] >= 2;
      if (strength == 0 && possible) see(place, acts, activities[k]->front(), seen);
      found[k][strength] = &judged[k][strength];
    };
    activities[k] = &models.tables.activities.of(once, k, view.around[k], scope == 0);
    auto const& own = activities[k]->front();
    weigh(0);
    // Where there is next to nothing, the other strengths find next to nothing, too.
    bool const something = own.nats(judged[k][0], act_kinds) > own.log_idle[act_kinds] + 0.02;
    for (std::size_t s = 1; s < strengths.size(); ++s) {
      if (something)
        weigh(s);
      else
        found[k][s] = found[k][0];
    }
  }
  auto const nats = [&](std::size_t acts, std::size_t strength, std::size_t level) {
    std::array<double, tile_count> all{};
    for (std::size_t k = 0; k < tile_count; ++k)
      if (view.ends[k]) all[k] = (*activities[k])[level].nats(*found[k][strength], acts);
    return all;
  };
  double before = 0;
  std::array<double, tile_count> all{};  // of the acts so far
  for (std::size_t act = 0; act < act_kinds; ++act) {
    auto const with = nats(act + 1, 0, 0);
    double const after = with == all ? before : state.tiles.gain(with);
    all = with;
    auto& increment = increments[act];
    increment.nats = after - before;
    before = after;
    std::size_t best = 0;  // the tile that moves this act most
    double most = minus_infinity;
    for (std::size_t k = 0; k < tile_count; ++k) {
      if (!view.ends[k]) continue;
      auto const& own = activities[k]->front();
      double const moved = state.tiles.weight[k] + own.log_share[act] + judged[k][0].acts[act].log_ratio;
      if (own.share[act] > 0 && moved > most) most = moved, best = k;
    }
    auto& one = judged[best][0].acts[act];
    increment.episode = episode_of(models.fleet, one.nodes, view.tick, one.log_ratio);
    increment.episode.modelled = one.modelled;
    increment.episode.classes = one.classes;
    increment.episode.ticks = tile_shapes[best].ticks;
    increment.episode.nats = increment.nats;
    increment.nodes = one.nodes;
  }
  auto& first = of(increments, Act::anywhere);
  // Particles of one strength and activity have seen the same tiles: what one of them makes of these is true of all.
  std::array<std::array<std::optional<std::size_t>, activity_levels>, strengths.size()> reckoned;
  for (std::size_t j = 0; j < particle_count; ++j) {
    auto const& levels = levels_of(j);
    auto& tiles = state.particles[j].tiles;
    auto& like = reckoned[levels.strength][levels.activity_level];
    if (like) {
      first.particle_nats[j] = first.particle_nats[*like];
      tiles = state.particles[*like].tiles;
      continue;
    }
    like = j;
    first.particle_nats[j] = tiles.add(nats(act_kinds, levels.strength, levels.activity_level));
    tiles.fade(1 - models.options.end_hazard);
  }
  state.tiles.take(all);
  state.tiles.fade(1 - models.options.end_hazard);
  first.explained = std::move(judged[0][0].explained);
}

void weigh_traits(Core& core, Models const& models, TickView const& view, std::uint32_t scope, Increments& increments) {
  auto& increment = of(increments, FamilyId::traits);
  auto gain = core.traits.judge(models.fleet, scope, view.tick, view.signs[scope], view.traits, view.weight);
  increment.nats = gain.nats;
  increment.particle_nats.fill(gain.nats);
  std::vector<NodeWeight> found;
  for (auto const node : gain.found) found.push_back({node, 1});
  increment.episode = episode_of(models.fleet, found, view.tick, gain.nats);
  increment.episode.classes = gain.classes;
  increment.episode.nats = gain.nats;
  increment.episode.trait = std::move(gain.trait);
  increment.nodes = std::move(gain.nodes);
}

void weigh_slow(Core const& core, Models const& models, TickView const& view, std::uint32_t scope, ScopeState& state,
                Increments& increments) {
  if (view.day.empty()) return;
  auto& increment = of(increments, FamilyId::slow);
  double const ratio = core.slow.log_ratio(models.fleet, scope, view.day, state.drifts, increment.nodes);
  increment.nats = state.slow.add(ratio);
  for (std::size_t j = 0; j < particle_count; ++j)
    increment.particle_nats[j] = state.particles[j].slow.add(ratio * strengths[levels_of(j).strength].visibility);
  increment.episode = episode_of(models.fleet, increment.nodes, view.tick, ratio);
  increment.episode.nats = increment.nats;
}

void take_coverage(Core& core, Models const& models, OpenTick const& open, std::int64_t tick) {
  core.live.release(models.fleet, tick);
  for (auto const& [node, record] : open.coverage) {
    bool const before = core.live.covered(node);
    core.live.set(models.fleet, node, record.second);
    bool const after = core.live.covered(node);
    core.rates.set_live(node, after, tick);
    // It was there in part of the running tiles: a storm that ends in silence is judged as a storm.
    if (before && !after) core.live.hold(models.fleet, node, tick + longest_tile);
  }
}

std::vector<Onset> take_onsets(Core& core, Models const& models, OpenTick const& open, std::int64_t tick) {
  std::vector<Onset> onsets;
  auto const& options = models.options;
  for (auto const& [key, cell] : open.alarms) {
    auto const node = key / static_cast<std::uint32_t>(finding_classes);
    auto const kind = FindingClass(key % finding_classes);
    // The rate first: what it says must not know of this alarm.
    double p = core.rates.in_burst(node, kind, tick);
    bool const stirred = core.rates.stirred(node, tick);
    // Who blinds his victims in part does not undo what they still say.
    if (!core.live.covered(node)) core.live.hold(models.fleet, node, tick + heard);
    if (!core.rates.onset(node, kind, cell.first, cell.last)) continue;
    p = std::max(p, cell.p < 1 ? cell.p : options.unknown_p);
    bool const declared = expected(models.declared, models.fleet.nodes[node], kind, cell.first);
    if (declared) p = std::max(p, options.declared_floor);
    // Who shouts lends no weight to what chance puts beside him, however shrill he is: his first alarm only counts
    // more.
    double const mark = core.marks.factor(cell.detector, cell.p);
    onsets.push_back({node, kind, tick, p, declared, stirred ? std::min(mark, 1.0) : mark});
  }
  return onsets;
}

/// Chance that an onset came by itself: what has a cause of its own in the null is not to be expected twice.
double by_itself(Fleet const& fleet, Onset const& onset, std::span<Explained const> explained) {
  if (onset.declared) return 0;
  for (auto const& one : explained) {
    auto const kind = static_cast<std::size_t>(fleet.groups[one.group].kind);
    if (fleet.groups_of[onset.node][kind] == one.group && (one.classes & bit(onset.kind)))
      return 1 / (1 + std::exp(one.log_odds));
  }
  return 1;
}

/// Every trait of every alarm, by scope: a victim made noisy first still shows what it shares.
void take_signs(Models const& models, OpenTick const& open, TickView& view) {
  auto const& fleet = models.fleet;
  view.signs.resize(fleet.scopes.size());
  for (auto const& [key, cell] : open.alarms) {
    auto const node = key / static_cast<std::uint32_t>(finding_classes);
    if (cell.traits.empty()) continue;
    auto const kind = FindingClass(key % finding_classes);
    bool const declared = expected(models.declared, models.fleet.nodes[node], kind, cell.first);
    for (auto const& trait : cell.traits) {
      TraitSign const sign{trait_key(trait), node, kind, declared};
      view.traits.emplace(sign.trait, trait);
      for (auto const scope : fleet.scopes_of[node])
        if (scope != none) view.signs[scope].push_back(sign);
    }
  }
  for (auto& signs : view.signs) std::ranges::sort(signs);
}

}  // namespace

double share_of_campaigns(Fleet const& fleet, ScoreOptions const& options, std::uint32_t scope) {
  auto const kind = fleet.scopes[scope].kind;
  if (kind == ScopeKind::fleet) return 1;
  return options.kept_to_part / fleet.scope_counts[static_cast<std::size_t>(kind)];
}

Hazards hazards_of(Fleet const& fleet, ScoreOptions const& options, std::uint32_t scope) {
  return {options.start_hazard * share_of_campaigns(fleet, options, scope), options.end_hazard};
}

Core::Core(Fleet const& fleet, ScoreOptions const& options)
    : live(fleet),
      rates(fleet, options),
      record(fleet),
      shocks(fleet),
      slow(fleet.nodes.size()),
      around(fleet),
      stages(fleet.nodes.size()),
      scopes(fleet.scopes.size()) {
  // What some quiet days would have left of the hazards' rest.
  for (std::uint32_t s = 0; s < scopes.size(); ++s) {
    auto& scope = scopes[s];
    double const under_way = options.under_way * share_of_campaigns(fleet, options, s);
    double const log_odds = std::log(under_way / (1 - under_way));
    auto const hazards = hazards_of(fleet, options, s);
    scope.accounts[0].quiet = log_odds - hazards.rest();
    for (std::size_t j = 0; j < particle_count; ++j) {
      auto const levels = levels_of(j);
      scope.particles[j].above = log_odds - Hazards{hazards.start * levels.start, hazards.end * levels.end}.rest();
    }
  }
}

Tables::Tables(Fleet const& fleet, ScoreOptions const& options) : activities(options), words(fleet, options) {
  for (std::uint32_t scope = 0; scope < fleet.scopes.size(); ++scope)
    hazards.emplace_back(hazards_of(fleet, options, scope));
}

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
  auto onsets = take_onsets(core, models, open, tick);
  core.shocks.predict(fleet);
  excuse(core, models, onsets);
  TickView view{.tick = tick};
  view.stress = stresses_at(models.declared, tick);
  core.around.take(fleet, core.live, tick, onsets);
  take_signs(models, open, view);
  double const rest = models.tables.hazards[0].rest;
  view.weight = percent(rest + core.scopes[0].above()) < suspicious ? 1 : suspicious_weight;
  for (std::size_t k = 0; k < tile_count; ++k) {
    if (k > 0) core.tiles[k].insert(core.tiles[k].end(), onsets.begin(), onsets.end());
    view.ends[k] = tile_shapes[k].ends_with(tick);
    if (!view.ends[k]) continue;
    auto const hits = hits_of(k == 0 ? onsets : core.tiles[k], core, fleet, static_cast<double>(tile_shapes[k].ticks));
    view.hits[k] = by_scope(hits, fleet);
    view.around[k] = core.around.of(fleet, tick, tile_shapes[k].ticks);
    core.tiles[k].clear();
  }
  for (auto const& [key, p] : open.summaries)
    if (core.live.covered(key / static_cast<std::uint32_t>(finding_classes)))
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

  models.tables.activities.trim();
  std::vector<Explained> explained;
  std::vector<Seen> seen;
  for (std::uint32_t scope = 0; scope < fleet.scopes.size(); ++scope) {
    auto& state = core.scopes[scope];
    predict(state, models.tables.hazards[scope]);
    Increments increments;
    weigh_acts(core, models, view, scope, state, increments, seen);
    weigh_traits(core, models, view, scope, increments);
    weigh_slow(core, models, view, scope, state, increments);
    for (std::size_t f = 0; f < family_count; ++f) {
      auto& increment = increments[f];
      if (increment.nats == 0 && increment.nodes.empty() && increment.explained.empty()) continue;
      update(state, FamilyId(f), increment, options.node_cap, evidence_of);
      for (auto const& one : increment.explained) {
        if (state.discounts.size() == most_discounts) state.discounts.erase(state.discounts.begin());
        state.discounts.push_back({tick, one});
      }
      if (scope == 0 && FamilyId(f) == FamilyId::coincidence) explained = std::move(increment.explained);
    }
    std::erase_if(state.discounts, [&](Discount const& one) { return tick - one.tick >= 24; });
  }
  core.shocks.commit(fleet, core.live, explained);
  core.slow.learn(view.day);

  double const score = percent(rest + core.scopes[0].above());
  double const weight = score < suspicious ? 1 : suspicious_weight;
  core.stages.learn(onsets, core.rates, weight);
  for (auto const& one : seen) core.record.learn(one.place, one.stratum, one.log_ratio);
  for (auto const& one : seen) core.record.note(one.place, one.stratum, one.log_ratio);
  for (auto const& onset : onsets) {
    auto const& cell = open.alarms.at(class_key(onset.node, onset.kind));
    core.marks.learn(cell.detector, cell.p);
    core.rates.learn(onset.node, onset.kind, tick, weight * by_itself(fleet, onset, explained));
  }
  core.rates.end_of_tick(tick);
  if (((tick + 1) % 24 + 24) % 24 == 0) {
    core.rates.end_of_day(tick + 1);
    core.traits.end_of_day(tick + 1);
    core.record.end_of_day(options.learn_half_life_days);
  }
  core.next = tick + 1;
}

}  // namespace greywatch::collector
