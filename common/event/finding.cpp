#include "common/event/finding.hpp"

#include <array>

namespace greywatch {

namespace {

constexpr std::array<std::string_view, finding_classes> class_names{"recon",  "access", "command",
                                                                    "market", "timing", "loss"};
constexpr std::array<std::string_view, finding_kinds> kind_names{"alert", "summary", "coverage", "asset"};

template <class Enum, std::size_t n>
std::optional<Enum> look_up(std::array<std::string_view, n> const& names, std::string_view name) {
  for (std::size_t i = 0; i < n; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name(FindingClass value) { return class_names.at(static_cast<std::size_t>(value)); }
std::optional<FindingClass> parse_class(std::string_view name) { return look_up<FindingClass>(class_names, name); }
std::string_view name(FindingKind value) { return kind_names.at(static_cast<std::size_t>(value)); }
std::optional<FindingKind> parse_kind(std::string_view name) { return look_up<FindingKind>(kind_names, name); }

}  // namespace greywatch
