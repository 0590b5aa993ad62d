#include "collector/roster.hpp"

#include <algorithm>
#include <map>

namespace greywatch::collector {

std::string_view name(NodeState state) {
  switch (state) {
    case NodeState::seen:
      return "seen";
    case NodeState::silent:
      return "silent";
    case NodeState::never_seen:
      return "never_seen";
  }
  return "never_seen";
}

Roster::Roster(Inventory inventory, Duration silence_after, Ingest const* ingest, std::unique_ptr<StoreReader> reader)
    : inventory_(std::move(inventory)), silence_after_(silence_after), ingest_(ingest), reader_(std::move(reader)) {}

void Roster::replace(Inventory inventory) {
  std::lock_guard const guard(mutex_);
  inventory_ = std::move(inventory);
}
Inventory Roster::inventory() const {
  std::lock_guard const guard(mutex_);
  return inventory_;
}

std::vector<NodeView> Roster::nodes(Time now) {
  auto agents = ingest_ ? ingest_->agents() : std::vector<AgentStatus>{};
  std::map<std::string, NodeView> all;
  {
    std::lock_guard const guard(mutex_);
    for (auto const& node : inventory_.nodes) all[node.name] = {.node = node, .in_inventory = true};
    for (auto const& row : reader_->nodes()) {
      auto& view = all[row.name];
      view.node.name = row.name;
      view.coverage = row.coverage;
      view.findings = row.findings;
      // A row made for the collector's own record of a silence tells nothing of the agent.
      if (row.last_seen > Time{}) {
        view.first_seen = row.first_seen;
        view.last_seen = row.last_seen;
      }
    }
  }
  for (auto& agent : agents) {
    auto& view = all[agent.node];
    view.node.name = agent.node;
    if (agent.last_seen > Time{}) {
      if (!view.first_seen) view.first_seen = agent.last_seen;
      view.last_seen = std::max(view.last_seen.value_or(Time{}), agent.last_seen);
    }
    view.agent = std::move(agent);
  }
  std::vector<NodeView> out;
  for (auto& [node_name, view] : all) {
    if (view.last_seen) view.state = now - *view.last_seen > silence_after_ ? NodeState::silent : NodeState::seen;
    // A node outside the inventory is known, but nobody misses it.
    if (!view.in_inventory) view.node.expected = false;
    out.push_back(std::move(view));
  }
  return out;
}

}  // namespace greywatch::collector
