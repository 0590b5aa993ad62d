#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/event/finding.hpp"
#include "common/result.hpp"
#include "common/time.hpp"

namespace greywatch::collector {

/// One node of the fleet (DESIGN 3.3). Only `name` is required; an empty group is no group.
struct Node {
  std::string name, operator_name, country, region, sector, vendor, carrier, clock_domain;
  double weight = 1;     ///< in (0, 10]
  bool expected = true;  ///< counts for coverage when it is silent
};

struct Inventory {
  std::vector<Node> nodes;
  Node const* find(std::string_view name) const;
};

/// Reads the YAML inventory. Every error as file:line:column: text; a duplicate name, an unknown key, an unknown sector
/// or a weight outside its range is one.
Result<Inventory, Refusal> load_inventory(std::filesystem::path const& file);

/// A declared or public cause: raises what is expected of its group and classes, never masks (DESIGN 3.3).
struct Declared {
  Time published, start, end;
  std::string kind;        ///< maintenance, weather, rollout, scan_wave, market_stress, crisis, exercise
  std::string group_kind;  ///< fleet, region, operator, vendor, carrier, sector, clock_domain, node
  std::string group_name;
  std::vector<FindingClass> classes;  ///< empty: all
  std::vector<std::string> traits;
  double index = 0;    ///< stress in [0, 1], for market_stress and crisis
  std::string source;  ///< who said so
};

/// Whether a cause that was known at `time` makes an alarm of the node and class expected then. Stress never does.
bool explains(Declared const& cause, Node const& node, FindingClass kind, Time time);

Result<Declared, Refusal> read_declared(std::string_view ndjson_line);

}  // namespace greywatch::collector
