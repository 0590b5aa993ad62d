#include "collector/silence.hpp"

#include <fmt/format.h>

#include <set>

namespace greywatch::collector {

namespace {

Finding record(NodeView const& node, double coverage, std::string message, Time now) {
  Finding made;
  made.time = made.first = made.last = now;
  made.id = fmt::format("{}-collector-{}", node.node.name, unix_ns(now));
  made.code = coverage > 0 ? "collector.node.heard" : "collector.node.silent";
  made.kind = FindingKind::coverage;
  made.message = std::move(message);
  made.node = node.node.name;
  made.detector = "silence";
  made.coverage = coverage;
  return made;
}

}  // namespace

std::vector<Finding> Silence::look(std::vector<NodeView> const& nodes, Time now) {
  std::vector<Finding> out;
  bool const settled = now - began_ > silence_after_;
  std::set<std::string_view> known;
  for (auto const& node : nodes) {
    if (!node.in_inventory || !node.node.expected) continue;
    known.insert(node.node.name);
    auto const [entry, first] = told_.try_emplace(node.node.name);
    auto& told = entry->second;
    // What was told before a restart stands in the store.
    if (first) told.silent = node.coverage == 0.0;
    bool const silent = node.state != NodeState::seen;
    if (silent && !told.silent && settled) {
      told = {true, node.coverage.value_or(1)};
      out.push_back(record(
          node, 0,
          node.last_seen ? fmt::format("{} has not been heard since {}", node.node.name, to_rfc3339(*node.last_seen))
                         : fmt::format("{} has never been heard", node.node.name),
          now));
    } else if (!silent && told.silent) {
      // The agent's own word, if it has said one, is newer than what it said before the silence.
      auto const own = node.agent ? node.agent->coverage : std::nullopt;
      double const coverage = own.value_or(told.coverage_before);
      // An agent that says itself that it sees nothing is heard, but still not covered.
      if (coverage > 0) out.push_back(record(node, coverage, fmt::format("{} is heard again", node.node.name), now));
      told = {false, coverage};
    }
  }
  std::erase_if(told_, [&](auto const& entry) { return !known.contains(entry.first); });
  return out;
}

}  // namespace greywatch::collector
