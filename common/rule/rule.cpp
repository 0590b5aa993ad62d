#include "common/rule/rule.hpp"

#include <algorithm>
#include <array>

namespace greywatch::rules {

namespace {
constexpr std::array<std::string_view, 5> level_names{"informational", "low", "medium", "high", "critical"};
}  // namespace

std::string_view name(Level level) { return level_names.at(static_cast<std::size_t>(level)); }

std::optional<Level> parse_level(std::string_view name) {
  auto const at = std::ranges::find(level_names, name);
  if (at == level_names.end()) return std::nullopt;
  return static_cast<Level>(at - level_names.begin());
}

bool Selection::matches(EventCache& event) const {
  return std::ranges::any_of(alternatives, [&](ItemMap const& items) {
    return std::ranges::all_of(items, [&](Item const& item) { return item.matches(event); });
  });
}

bool Rule::matches(EventCache& event) const {
  return std::ranges::all_of(source, [&](Item const& item) { return item.matches(event); }) &&
         condition.evaluate([&](std::uint32_t which) { return selections[which].matches(event); });
}

}  // namespace greywatch::rules
