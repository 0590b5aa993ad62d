#include "collector/score/fleet.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>

namespace greywatch::collector {

namespace {

std::string const& name_of(Node const& node, GroupKind kind) {
  static std::string const everyone;
  switch (kind) {
    case GroupKind::region:
      return node.region;
    case GroupKind::operator_:
      return node.operator_name;
    case GroupKind::vendor:
      return node.vendor;
    case GroupKind::carrier:
      return node.carrier;
    case GroupKind::clock_domain:
      return node.clock_domain;
    case GroupKind::sector:
      return node.sector;
    case GroupKind::internet:
    case GroupKind::market:
    case GroupKind::unknown:
    case GroupKind::everywhere:
      break;
  }
  return everyone;
}

bool worldwide(GroupKind kind) { return kind >= GroupKind::internet; }

/// The name of the scope of `kind` that a node is in, empty when in none.
std::string scope_name(Node const& node, ScopeKind kind) {
  auto const joined = [](std::string_view prefix, std::string const& name) {
    return name.empty() ? std::string() : std::string(prefix) + name;
  };
  switch (kind) {
    case ScopeKind::fleet:
      return "fleet";
    case ScopeKind::region:
      return joined("region:", node.region);
    case ScopeKind::sector:
      return joined("sector:", node.sector);
    case ScopeKind::vendor:
      return joined("vendor:", node.vendor);
  }
  return {};
}

std::uint64_t next_version() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

Fleet::Fleet(Inventory const& inventory) : nodes(inventory.nodes) {
  // By name, so that the order of the file changes nothing.
  std::ranges::sort(nodes, {}, &Node::name);
  auto const count = static_cast<std::uint32_t>(nodes.size());
  for (std::uint32_t i = 0; i < count; ++i) index.emplace(nodes[i].name, i);

  groups_of.assign(count, {});
  for (std::size_t k = 0; k < group_kinds; ++k) {
    auto const kind = static_cast<GroupKind>(k);
    std::map<std::string, std::uint32_t> ids;
    for (auto const& node : nodes)
      if (auto const& name = name_of(node, kind); worldwide(kind) || !name.empty()) ids.emplace(name, 0);
    for (auto& [name, id] : ids) {
      id = static_cast<std::uint32_t>(groups.size());
      groups.push_back({kind, name});
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      auto const found = ids.find(name_of(nodes[i], kind));
      groups_of[i][k] = found == ids.end() ? none : found->second;
    }
  }

  scopes_of.assign(count, {});
  for (std::size_t k = 0; k < scope_kinds; ++k) {
    auto const kind = static_cast<ScopeKind>(k);
    std::map<std::string, std::uint32_t> ids;
    if (kind == ScopeKind::fleet) ids.emplace("fleet", 0);
    for (auto const& node : nodes)
      if (auto name = scope_name(node, kind); !name.empty()) ids.emplace(std::move(name), 0);
    for (auto& [name, id] : ids) {
      id = static_cast<std::uint32_t>(scopes.size());
      scopes.push_back({kind, name, {}, {}});
    }
    scope_counts[k] = static_cast<std::uint32_t>(ids.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      auto const found = ids.find(scope_name(nodes[i], kind));
      scopes_of[i][k] = found == ids.end() ? none : found->second;
      if (found != ids.end()) scopes[found->second].members.push_back(i);
    }
  }

  cells_of.assign(count, {});
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> ids;
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::size_t s = 0; s < scope_kinds; ++s) {
      for (std::size_t g = 0; g < group_kinds; ++g) {
        auto const scope = scopes_of[i][s], group = groups_of[i][g];
        cells_of[i][s][g] = none;
        if (scope == none || group == none) continue;
        auto const [cell, fresh] = ids.try_emplace({scope, group}, cells);
        cells_of[i][s][g] = cell->second;
        if (!fresh) continue;
        ++cells;
        if (static_cast<GroupKind>(g) == GroupKind::operator_) scopes[scope].operators.push_back(cell->second);
      }
    }
  }

  whole.assign(groups.size(), none);
  for (std::uint32_t i = 0; i < count; ++i)
    for (std::size_t g = 0; g < group_kinds; ++g)
      if (groups_of[i][g] != none) whole[groups_of[i][g]] = cells_of[i][0][g];
  for (auto const& node : nodes) weight.push_back(node.expected ? node.weight : 0);

  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return group_of(i, GroupKind::operator_); });
  rank.assign(count, 0);
  for (std::uint32_t place = 0; place < count; ++place) rank[order[place]] = place;
}

Live::Live(Fleet const& fleet)
    : coverage(fleet.nodes.size(), 0),
      in_scope(fleet.scopes.size(), 0),
      in_cell(fleet.cells, 0),
      unnamed(fleet.scopes.size(), 0),
      counted_(fleet.nodes.size(), 0) {
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i) set(fleet, i, 1);
}

void Live::set(Fleet const& fleet, std::uint32_t node, double share) {
  coverage[node] = share;
  count(fleet, node);
}

void Live::hold(Fleet const& fleet, std::uint32_t node, std::int64_t until) {
  auto const [at, fresh] = held.try_emplace(node, until);
  at->second = std::max(at->second, until);
  count(fleet, node);
}

void Live::release(Fleet const& fleet, std::int64_t tick) {
  for (auto at = held.begin(); at != held.end();) {
    auto const [node, until] = *at;
    at = until <= tick ? held.erase(at) : std::next(at);
    if (until <= tick) count(fleet, node);
  }
}

void Live::count(Fleet const& fleet, std::uint32_t node) {
  bool const now = covered(node) || held.contains(node);
  if (counted_[node] == static_cast<char>(now)) return;
  counted_[node] = now;
  version = next_version();
  auto const step = [&](std::uint32_t& counter) { now ? ++counter : --counter; };
  for (std::size_t s = 0; s < scope_kinds; ++s) {
    auto const scope = fleet.scopes_of[node][s];
    if (scope == none) continue;
    step(in_scope[scope]);
    if (fleet.group_of(node, GroupKind::operator_) == none) step(unnamed[scope]);
    for (auto const cell : fleet.cells_of[node][s])
      if (cell != none) step(in_cell[cell]);
  }
}

double Live::coverage_of(Fleet const& fleet, Scope const& scope) const {
  double expected = 0, reporting = 0;
  for (auto const member : scope.members) {
    expected += fleet.weight[member];
    reporting += fleet.weight[member] * coverage[member];
  }
  return expected > 0 ? reporting / expected : 1;
}

}  // namespace greywatch::collector
