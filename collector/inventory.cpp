#include "collector/inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "common/yaml.hpp"

namespace greywatch::collector {

namespace {

constexpr std::array<std::string_view, 7> sectors{"transmission", "distribution", "generation", "der",
                                                  "market",       "telecom",      "space"};

Node read_node(yaml::Node const& yaml, yaml::Errors& errors) {
  Node node;
  yaml::Mapping mapping(yaml, errors);
  mapping.required("name", node.name);
  mapping.optional("operator", node.operator_name);
  mapping.optional("country", node.country);
  mapping.optional("region", node.region);
  if (mapping.optional("sector", node.sector) && std::ranges::find(sectors, node.sector) == sectors.end())
    mapping.error(*yaml.find("sector"), fmt::format("is no sector; one of: {}", fmt::join(sectors, ", ")));
  mapping.optional("vendor", node.vendor);
  mapping.optional("carrier", node.carrier);
  mapping.optional("clock_domain", node.clock_domain);
  if (mapping.optional("weight", node.weight) && !(node.weight > 0 && node.weight <= 10))
    mapping.error(*yaml.find("weight"), "is not above 0 and up to 10");
  mapping.optional("expected", node.expected);
  mapping.finish();
  return node;
}

}  // namespace

Node const* Inventory::find(std::string_view name) const {
  auto const found = std::ranges::find(nodes, name, &Node::name);
  return found == nodes.end() ? nullptr : &*found;
}

Result<Inventory, Refusal> load_inventory(std::filesystem::path const& file) {
  // A node has about ten values, so this is room for the 10 000 agents of a large collector and as many again.
  auto const root = yaml::load(file, {.octets = 16 << 20, .depth = 8, .values = 400'000});
  if (!root) return std::unexpected(root.error());
  yaml::Errors errors(file);
  Inventory inventory;
  std::map<std::string, int, std::less<>> lines;
  yaml::Mapping mapping(*root, errors);
  mapping.list(
      "nodes",
      [&](yaml::Node const& item) {
        auto node = read_node(item, errors);
        auto const* name = item.find("name");
        if (!name || node.name.empty()) return;
        auto const [first, fresh] = lines.emplace(node.name, name->at.line);
        if (!fresh) {
          errors.add(name->at, fmt::format("node \"{}\" is already on line {}", node.name, first->second));
          return;
        }
        inventory.nodes.push_back(std::move(node));
      },
      true);
  mapping.finish();
  if (!errors.empty()) return std::unexpected(errors.refusal());
  return inventory;
}

}  // namespace greywatch::collector
