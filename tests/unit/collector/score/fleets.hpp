#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

#include "collector/score/scorer.hpp"

namespace greywatch::test {

using collector::Indicator;
using collector::Inventory;
using collector::Score;
using collector::ScoreOptions;
using collector::Scorer;

/// A Monday, at a whole hour and at the start of a tile of six hours.
inline constexpr Time monday = from_unix_ns(1'763'942'400'000'000'000);  // 2025-11-24T00:00:00Z
inline Time at(double hours) { return monday + Duration(static_cast<std::int64_t>(hours * 3600e9)); }

/// `count` nodes "n000"…, spread evenly over operators, regions and vendors.
inline Inventory fleet(int count, int operators, int regions, int vendors) {
  Inventory inventory;
  for (int i = 0; i < count; ++i) {
    collector::Node node;
    node.name = fmt::format("n{:03}", i);
    node.operator_name = fmt::format("op{:02}", i % operators);
    node.region = fmt::format("R{}", i % operators % regions);
    node.vendor = fmt::format("v{}", i / 3 % vendors);
    node.sector = i % 2 ? "distribution" : "transmission";
    inventory.nodes.push_back(node);
  }
  return inventory;
}

/// Three operators in three regions, `each` nodes of one operator: what a demonstration has.
inline Inventory small_fleet(int each = 1) {
  Inventory inventory;
  for (int i = 0; i < 3 * each; ++i) {
    collector::Node node;
    node.name = fmt::format("site-{}", i);
    node.operator_name = fmt::format("operator-{}", i % 3);
    node.region = fmt::format("R{}", i % 3);
    node.vendor = "one";
    node.sector = "distribution";
    inventory.nodes.push_back(node);
  }
  return inventory;
}

inline Indicator alarm(std::string node, FindingClass kind, Time time, double p = 1e-6) {
  Indicator indicator;
  indicator.time = time;
  indicator.id = fmt::format("{}-{}-{}", node, name(kind), unix_ns(time));
  indicator.findings = {indicator.id};
  indicator.techniques = {"T1692.001"};
  indicator.node = std::move(node);
  indicator.classification = kind;
  indicator.p = p;
  return indicator;
}

inline Score of(std::vector<Score> const& scores, std::string_view scope) {
  for (auto score = scores.rbegin(); score != scores.rend(); ++score)
    if (score->scope == scope) return *score;
  throw std::out_of_range("no score of that scope");
}

}  // namespace greywatch::test
