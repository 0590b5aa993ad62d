#include "collector/score/core_state.hpp"

#include <algorithm>

namespace greywatch::collector {

namespace {

void save(std::vector<std::string> const& texts, StateWriter& out) {
  out.number(texts.size());
  for (auto const& text : texts) out.text(text);
}
std::vector<std::string> load_texts(StateReader& in) {
  std::vector<std::string> texts;
  for (auto left = in.count(); in && left > 0; --left) texts.push_back(in.text());
  return texts;
}

std::string group_key(Group const& group) { return std::to_string(static_cast<int>(group.kind)) + ':' + group.name; }

std::uint32_t find_group(Fleet const& fleet, std::string const& key) {
  for (std::uint32_t g = 0; g < fleet.groups.size(); ++g)
    if (group_key(fleet.groups[g]) == key) return g;
  return none;
}
std::uint32_t find_node(Fleet const& fleet, std::string const& name) {
  auto const found = fleet.index.find(name);
  return found == fleet.index.end() ? none : found->second;
}

/// Numbers of (node, class).
void save(std::map<std::uint32_t, double> const& cells, Fleet const& fleet, StateWriter& out) {
  out.number(cells.size());
  for (auto const& [key, value] : cells) {
    out.text(fleet.nodes[key / finding_classes].name);
    out.number(key % finding_classes);
    out.real(value);
  }
}
std::map<std::uint32_t, double> load_cells(Fleet const& fleet, StateReader& in) {
  std::map<std::uint32_t, double> cells;
  for (auto left = in.count(); in && left > 0; --left) {
    auto const node = find_node(fleet, in.text());
    auto const kind = FindingClass(in.number() % finding_classes);
    auto const value = in.real();
    if (node != none) cells[class_key(node, kind)] = value;
  }
  return cells;
}

void save(OpenTick const& open, Fleet const& fleet, StateWriter& out) {
  out.number(open.alarms.size());
  for (auto const& [key, cell] : open.alarms) {
    out.text(fleet.nodes[key / finding_classes].name);
    out.number(key % finding_classes);
    out.integer(unix_ns(cell.first));
    out.integer(unix_ns(cell.last));
    out.real(cell.p);
    out.text(cell.detector);
    save(cell.findings, out);
    save(cell.techniques, out);
    save(cell.traits, out);
  }
  out.number(open.coverage.size());
  for (auto const& [node, record] : open.coverage) {
    out.text(fleet.nodes[node].name);
    out.integer(unix_ns(record.first));
    out.real(record.second);
  }
  out.number(open.techniques.size());
  for (auto const& [node, techniques] : open.techniques) {
    out.text(fleet.nodes[node].name);
    save(techniques, out);
  }
  save(open.summaries, fleet, out);
}

OpenTick load_open(Fleet const& fleet, StateReader& in) {
  OpenTick open;
  for (auto left = in.count(); in && left > 0; --left) {
    auto const node = find_node(fleet, in.text());
    auto const kind = FindingClass(in.number() % finding_classes);
    AlarmCell cell{from_unix_ns(in.integer()),
                   from_unix_ns(in.integer()),
                   in.real(),
                   in.text(),
                   load_texts(in),
                   load_texts(in),
                   load_texts(in)};
    if (node != none) open.alarms[class_key(node, kind)] = cell;
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const node = find_node(fleet, in.text());
    std::pair const record{from_unix_ns(in.integer()), in.real()};
    if (node != none) open.coverage[node] = record;
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const node = find_node(fleet, in.text());
    auto techniques = load_texts(in);
    if (node != none) open.techniques[node] = std::move(techniques);
  }
  open.summaries = load_cells(fleet, in);
  return open;
}

void save(Account const& account, Fleet const& fleet, StateWriter& out) {
  out.real(account.unattributed);
  out.real(account.quiet);
  out.number(account.nodes.size());
  for (auto const& one : account.nodes) {
    out.text(fleet.nodes[one.node].name);
    out.real(one.nats);
    out.number(one.evidence != nullptr);
    if (!one.evidence) continue;
    save(one.evidence->findings, out);
    save(one.evidence->techniques, out);
  }
  out.number(account.episodes.size());
  for (auto const& episode : account.episodes) {
    out.integer(episode.tick);
    out.real(episode.nats);
    out.real(episode.log_ratio);
    out.real(episode.modelled);
    for (auto const count : {episode.nodes, episode.operators, episode.regions}) out.number(count);
    out.number(episode.classes);
    out.integer(episode.ticks);
    out.text(episode.trait);
  }
}

void load(Account& account, Fleet const& fleet, StateReader& in) {
  account.unattributed = in.real();
  account.quiet = in.real();
  for (auto left = in.count(); in && left > 0; --left) {
    Attribution one{.node = find_node(fleet, in.text())};
    one.nats = in.real();
    if (in.number()) {
      auto evidence = std::make_shared<Evidence>();
      evidence->findings = load_texts(in);
      evidence->techniques = load_texts(in);
      one.evidence = std::move(evidence);
    }
    if (one.node == none)
      account.unattributed += one.nats;
    else
      account.nodes.push_back(std::move(one));
  }
  std::ranges::sort(account.nodes, {}, &Attribution::node);
  for (auto left = in.count(); in && left > 0; --left) {
    Episode episode{.tick = in.integer(), .nats = in.real(), .log_ratio = in.real(), .modelled = in.real()};
    for (auto* count : {&episode.nodes, &episode.operators, &episode.regions})
      *count = static_cast<std::uint32_t>(in.number());
    episode.classes = static_cast<ClassMask>(in.number() & all_classes);
    episode.ticks = in.integer();
    episode.trait = in.text();
    account.episodes.push_back(episode);
  }
}

void save(Tiles const& tiles, StateWriter& out) {
  for (auto const weight : tiles.weight) out.real(weight);
}
void load(Tiles& tiles, StateReader& in) {
  for (auto& weight : tiles.weight) weight = in.real();
}

void save(ScopeState const& state, Fleet const& fleet, StateWriter& out) {
  out.number(state.accounts.size());
  for (auto const& account : state.accounts) save(account, fleet, out);
  save(state.tiles, out);
  out.real(state.slow.log);
  out.number(state.drifts.size());
  for (auto const& [group, chance] : state.drifts) {
    out.text(group_key(fleet.groups[group]));
    out.real(chance);
  }
  out.real(state.log_e);
  for (auto const& particle : state.particles) {
    out.real(particle.above);
    save(particle.tiles, out);
    out.real(particle.slow.log);
  }
  out.number(state.discounts.size());
  for (auto const& discount : state.discounts) {
    out.integer(discount.tick);
    out.text(group_key(fleet.groups[discount.explained.group]));
    out.number(discount.explained.nodes);
    out.number(discount.explained.classes);
    out.real(discount.explained.log_gain);
  }
}

ScopeState load_scope(Fleet const& fleet, StateReader& in) {
  ScopeState state;
  auto const accounts = in.count();
  for (std::size_t f = 0; in && f < accounts; ++f) {
    Account account;
    load(account, fleet, in);
    if (f < state.accounts.size()) state.accounts[f] = std::move(account);
  }
  load(state.tiles, in);
  state.slow.log = in.real();
  for (auto left = in.count(); in && left > 0; --left) {
    auto const group = find_group(fleet, in.text());
    auto const chance = in.real();
    if (group != none) state.drifts[group] = chance;
  }
  state.log_e = in.real();
  for (auto& particle : state.particles) {
    particle.above = in.real();
    load(particle.tiles, in);
    particle.slow.log = in.real();
  }
  for (auto left = in.count(); in && left > 0; --left) {
    Discount discount{.tick = in.integer(), .explained = {}};
    discount.explained.group = find_group(fleet, in.text());
    discount.explained.nodes = static_cast<std::uint32_t>(in.number());
    discount.explained.classes = static_cast<ClassMask>(in.number() & all_classes);
    discount.explained.log_gain = in.real();
    if (discount.explained.group != none) state.discounts.push_back(discount);
  }
  return state;
}

}  // namespace

void save_core(Core const& core, Fleet const& fleet, StateWriter& out) {
  out.number(core.next.has_value());
  out.integer(core.next.value_or(0));
  core.rates.save(out, fleet);
  core.marks.save(out);
  core.record.save(out, fleet);
  out.number(fleet.nodes.size());
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i) {
    out.text(fleet.nodes[i].name);
    out.real(core.live.coverage[i]);
  }
  out.number(core.live.held.size());
  for (auto const& [node, until] : core.live.held) {
    out.text(fleet.nodes[node].name);
    out.integer(until);
  }
  out.number(fleet.groups.size());
  for (std::uint32_t g = 0; g < fleet.groups.size(); ++g) {
    out.text(group_key(fleet.groups[g]));
    out.real(core.shocks.on[g]);
  }
  out.number(fleet.scopes.size());
  for (std::uint32_t s = 0; s < fleet.scopes.size(); ++s) {
    out.text(fleet.scopes[s].name);
    save(core.scopes[s], fleet, out);
  }
  out.number(core.open.size());
  for (auto const& [tick, open] : core.open) {
    out.integer(tick);
    save(open, fleet, out);
  }
  for (auto const& tile : core.tiles) {
    out.number(tile.size());
    for (auto const& onset : tile) {
      out.text(fleet.nodes[onset.node].name);
      out.number(static_cast<std::uint64_t>(onset.kind));
      out.integer(onset.tick);
      out.real(onset.p);
      out.real(onset.mark);
      out.real(onset.excused);
      out.number(static_cast<std::uint64_t>(onset.excuse));
    }
  }
  save(core.slow.pending, fleet, out);
  out.number(fleet.nodes.size());
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i) {
    out.text(fleet.nodes[i].name);
    out.real(core.slow.affected[i]);
    out.real(core.slow.drifting[i]);
  }
  out.real(core.slow.drifted);
  out.real(core.slow.total);
  out.real(core.slow.count);
  core.around.save(out, fleet);
  core.stages.save(out, fleet);
  core.traits.save(out, fleet);
}

void load_core(Core& core, Fleet const& fleet, StateReader& in) {
  bool const begun = in.number() != 0;
  auto const next = in.integer();
  if (begun) core.next = next;
  if (begun) core.rates.start(next);
  core.rates.load(in, fleet);
  core.marks.load(in);
  core.record.load(in, fleet);
  for (auto left = in.count(); in && left > 0; --left) {
    auto const node = find_node(fleet, in.text());
    auto const coverage = in.real();
    if (node != none) core.live.set(fleet, node, coverage);
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const node = find_node(fleet, in.text());
    auto const until = in.integer();
    if (node != none) core.live.hold(fleet, node, until);
  }
  std::map<std::string, std::uint32_t> groups;
  for (std::uint32_t g = 0; g < fleet.groups.size(); ++g) groups.emplace(group_key(fleet.groups[g]), g);
  for (auto left = in.count(); in && left > 0; --left) {
    auto const group = groups.find(in.text());
    auto const on = in.real();
    if (group != groups.end()) core.shocks.on[group->second] = on;
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const name = in.text();
    auto state = load_scope(fleet, in);
    auto const scope = std::ranges::find(fleet.scopes, name, &Scope::name);
    if (scope != fleet.scopes.end())
      core.scopes[static_cast<std::size_t>(scope - fleet.scopes.begin())] = std::move(state);
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const tick = in.integer();
    core.open[tick] = load_open(fleet, in);
  }
  for (auto& tile : core.tiles)
    for (auto left = in.count(); in && left > 0; --left) {
      Onset onset{.node = find_node(fleet, in.text())};
      onset.kind = static_cast<FindingClass>(in.number() % finding_classes);
      onset.tick = in.integer();
      onset.p = in.real();
      onset.mark = in.real();
      onset.excused = in.real();
      onset.excuse = static_cast<GroupKind>(in.number() % group_kinds);
      if (onset.node != none) tile.push_back(onset);
    }
  core.slow.pending = load_cells(fleet, in);
  for (auto left = in.count(); in && left > 0; --left) {
    auto const node = find_node(fleet, in.text());
    auto const affected = in.real(), drifting = in.real();
    if (node != none) core.slow.affected[node] = affected, core.slow.drifting[node] = drifting;
  }
  core.slow.drifted = in.real();
  core.slow.total = in.real();
  core.slow.count = in.real();
  core.around.load(in, fleet);
  core.stages.load(in, fleet);
  core.traits.load(in, fleet);
}

void save_declared(Declared const& notice, StateWriter& out) {
  for (auto const time : {notice.published, notice.start, notice.end}) out.integer(unix_ns(time));
  for (auto const* text : {&notice.kind, &notice.group_kind, &notice.group_name, &notice.source}) out.text(*text);
  out.number(notice.classes.size());
  for (auto const kind : notice.classes) out.number(static_cast<std::uint64_t>(kind));
  save(notice.traits, out);
  out.real(notice.index);
}

Declared load_declared(StateReader& in) {
  Declared notice;
  for (auto* time : {&notice.published, &notice.start, &notice.end}) *time = from_unix_ns(in.integer());
  for (auto* text : {&notice.kind, &notice.group_kind, &notice.group_name, &notice.source}) *text = in.text();
  for (auto left = in.count(); in && left > 0; --left)
    notice.classes.push_back(static_cast<FindingClass>(in.number() % finding_classes));
  notice.traits = load_texts(in);
  notice.index = in.real();
  return notice;
}

}  // namespace greywatch::collector
