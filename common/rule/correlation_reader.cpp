#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>

#include "common/rule/rule_reader.hpp"

namespace greywatch::rules {

namespace {

constexpr std::array<std::string_view, 8> type_names{"event_count", "value_count",     "value_sum",
                                                     "value_avg",   "value_median",    "value_percentile",
                                                     "temporal",    "temporal_ordered"};
constexpr std::array<std::string_view, 6> comparison_names{"gt", "gte", "lt", "lte", "eq", "neq"};
constexpr std::size_t max_rules = 64;  ///< of one correlation
constexpr std::size_t max_group_fields = 16;

}  // namespace

std::optional<Duration> timespan(std::string_view text) {
  constexpr std::array<std::pair<char, std::int64_t>, 5> units{
      {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}}};
  if (text.size() < 2) return std::nullopt;
  auto const unit = std::ranges::find(units, text.back(), &std::pair<char, std::int64_t>::first);
  std::uint32_t number = 0;
  auto const end = std::from_chars(text.data(), text.data() + text.size() - 1, number);
  if (unit == units.end() || end.ec != std::errc() || end.ptr != text.data() + text.size() - 1 || number == 0)
    return std::nullopt;
  auto const whole = std::chrono::seconds(number * unit->second);
  if (whole > std::chrono::days(366)) return std::nullopt;
  return whole;
}

namespace {

std::optional<double> number(const YAML::Node& node) {
  auto const value = node.IsScalar() ? scalar(node) : YamlScalar(Null{});
  if (auto const* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (auto const* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

std::vector<Bound> all_rules(CorrelationRule const& rule) {
  return {{Comparison::gte, static_cast<double>(rule.rules.size())}};
}

/// Extended conditions of temporal correlations: "rule_a and (rule_b or not rule_c)".
void read_expression(const YAML::Node& node, CorrelationRule& rule, Complaint& complain) {
  std::vector<bool> used(rule.rules.size());
  auto parsed = parse_condition(node.Scalar(), rule.rules, used);
  if (!parsed) return complain(node, parsed.error().text);
  if (parsed->evaluate([](std::uint32_t) { return false; }))
    return complain(node, "the condition holds where none of the rules does: it must ask for one");
  auto const& nodes = parsed->nodes;
  bool const every =
      std::ranges::all_of(used, std::identity()) &&
      std::ranges::all_of(nodes,
                          [&](Condition::Node const& one) {
                            return one.kind == Condition::Kind::selection || &one == &nodes[parsed->root];
                          }) &&
      (nodes[parsed->root].kind == Condition::Kind::all || nodes.size() == 1);
  if (every)
    rule.bounds = all_rules(rule);  // "a and b and c" says what is meant without a condition
  else if (rule.type == CorrelationType::temporal_ordered)
    complain(node,
             "an expression other than all rules as the condition of temporal_ordered is not supported: its order is "
             "that of the rules");
  else
    rule.expression = std::move(*parsed);
}

void read_condition(const YAML::Node& node, CorrelationRule& rule, Complaint& complain) {
  if (!node.IsDefined() && is_temporal(rule.type)) {
    rule.bounds = all_rules(rule);
    return;
  }
  if (node.IsDefined() && node.IsScalar() && is_temporal(rule.type)) return read_expression(node, rule, complain);
  bool const has_field = !is_temporal(rule.type) && rule.type != CorrelationType::event_count;
  if (!node.IsMap())
    return complain(node.IsDefined() ? node : YAML::Node(), "condition must be a map such as {gte: 10}");
  for (auto const& line : node) {
    auto const& key = line.first.Scalar();
    if (key == "field" && has_field) {
      if (line.second.IsSequence())
        return complain(line.second, "a list of fields in condition.field is not supported");
      rule.counted = text(line.second, "condition.field", complain);
      continue;
    }
    if (key == "percentile" && rule.type == CorrelationType::value_percentile) {
      auto const value = number(line.second);
      if (!value || *value < 0 || *value > 100) complain(line.second, "percentile needs a number from 0 to 100");
      rule.percentile = value.value_or(0);
      continue;
    }
    auto const how = std::ranges::find(comparison_names, key);
    if (how == comparison_names.end()) {
      complain(line.first, fmt::format("\"{}\" is not supported in the condition of a correlation", key));
      return;
    }
    auto const count = number(line.second);
    if (is_metric(rule.type) ? !count : !count || *count < 0 || *count > max_count || *count != std::floor(*count)) {
      complain(line.second, is_metric(rule.type)
                                ? fmt::format("\"{}\" needs a number", key)
                                : fmt::format("\"{}\" needs a whole number from 0 to {}", key, max_count));
      return;
    }
    rule.bounds.push_back({static_cast<Comparison>(how - comparison_names.begin()), *count});
  }
  if (rule.bounds.empty()) complain(node, "condition needs one of gt, gte, lt, lte, eq, neq");
  if (has_field && rule.counted.empty())
    complain(node, fmt::format("{} needs condition.field", type_names[static_cast<std::size_t>(rule.type)]));
  if (rule.type == CorrelationType::value_percentile && !entry(node, "percentile").IsDefined())
    complain(node, "value_percentile needs condition.percentile");
}

void read_aliases(const YAML::Node& node, CorrelationRule& rule, Reading const& reading) {
  auto& complain = reading.complain;
  if (!node.IsDefined()) return;
  if (!node.IsMap()) return complain(node, "aliases must be a map of maps");
  for (auto const& alias : node) {
    auto const& name = alias.first.Scalar();
    if (!alias.second.IsMap()) return complain(alias.second, "an alias must be a map from rule to field");
    if (std::ranges::find(rule.group_by, name) == rule.group_by.end() && rule.counted != name)
      reading.warn(alias.first, fmt::format("alias \"{}\" is not used in group-by", name));
    std::vector<std::string> covered;
    for (auto const& line : alias.second) {
      auto const& refers_to = line.first.Scalar();
      auto const field = text(line.second, "alias", complain);
      if (field.empty()) complain(line.second, "an alias needs the name of a field");
      if (std::ranges::find(rule.rules, refers_to) == rule.rules.end())
        complain(line.first, fmt::format("alias \"{}\" names \"{}\", which is not among the rules", name, refers_to));
      covered.push_back(refers_to);
      rule.aliases.push_back({name, refers_to, field});
    }
    for (auto const& one : rule.rules)
      if (std::ranges::find(covered, one) == covered.end())
        complain(alias.first, fmt::format("alias \"{}\" has no field for rule \"{}\"", name, one));
  }
}

bool read_generate(const YAML::Node& document, const YAML::Node& section, Complaint& complain) {
  // The specification puts it beside the section, tools put it inside: both are read, a contradiction is refused.
  std::optional<bool> found;
  for (auto const& node : {entry(document, "generate"), entry(section, "generate")}) {
    if (!node.IsDefined()) continue;
    auto const value = node.IsScalar() ? scalar(node) : YamlScalar(Null{});
    auto const* flag = std::get_if<bool>(&value);
    if (!flag || (found && *found != *flag)) {
      complain(node, flag ? "generate is there twice and contradicts itself" : "generate must be true or false");
      return false;
    }
    found = *flag;
  }
  return found.value_or(false);
}

}  // namespace

CorrelationRule read_correlation(const YAML::Node& document, Reading const& reading) {
  auto& complain = reading.complain;
  CorrelationRule rule{.header = read_header(document, reading)};
  auto const section = entry(document, "correlation");
  for (auto const* key : {"detection", "logsource", "filter"})
    if (entry(document, key).IsDefined())
      complain(entry(document, key), fmt::format("a correlation has no {}: write two documents", key));
  if (!section.IsMap()) {
    complain(document, "correlation must be a map");
    return rule;
  }
  constexpr std::array<std::string_view, 7> known{"type",      "rules",   "group-by", "timespan",
                                                  "condition", "aliases", "generate"};
  for (auto const& line : section)
    if (std::ranges::find(known, line.first.Scalar()) == known.end())
      complain(line.first, fmt::format("correlation.{} is not supported", line.first.Scalar()));
  auto const type = text(entry(section, "type"), "correlation.type", complain);
  auto const found = std::ranges::find(type_names, type);
  if (found == type_names.end())
    complain(section,
             fmt::format("correlation type \"{}\" is not supported: only {} are", type, fmt::join(type_names, ", ")));
  else
    rule.type = static_cast<CorrelationType>(found - type_names.begin());
  rule.rules = texts(entry(section, "rules"), "correlation.rules", complain);
  if (rule.rules.empty() || rule.rules.size() > max_rules)
    complain(section, fmt::format("correlation.rules needs 1 to {} rules", max_rules));
  auto sorted = rule.rules;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) complain(section, "correlation.rules names a rule twice");
  rule.group_by = texts(entry(section, "group-by"), "correlation.group-by", complain);
  if (rule.group_by.size() > max_group_fields)
    complain(section, fmt::format("group-by has more than {} fields", max_group_fields));
  auto const span = timespan(text(entry(section, "timespan"), "correlation.timespan", complain));
  if (!span)
    complain(section, "correlation.timespan must be a number and s, m, h, d or w, up to a year, such as 10m");
  else
    rule.timespan = *span;
  auto const condition = entry(section, "condition");
  if (!is_temporal(rule.type) && !condition.IsDefined())
    complain(section, "correlation.condition is missing");
  else
    read_condition(condition, rule, complain);
  read_aliases(entry(section, "aliases"), rule, reading);
  rule.generate = read_generate(document, section, complain);
  return rule;
}

}  // namespace greywatch::rules
