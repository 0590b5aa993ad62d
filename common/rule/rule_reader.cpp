#include "common/rule/rule_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace greywatch::rules {

namespace {

constexpr std::size_t max_selections = 256;

Literal literal(const YAML::Node& node) {
  return std::visit(
      [](auto&& held) -> Literal {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, Null>)
          return std::monostate{};
        else
          return std::forward<decltype(held)>(held);
      },
      scalar(node));
}

/// Reads detections into selections; the first complaint sticks.
class DetectionReader {
 public:
  DetectionReader(FieldTable& fields, Complaint& complain) : fields_(fields), complain_(complain) {}

  Selection selection(std::string const& name, const YAML::Node& node) {
    Selection out{.name = name};
    if (node.IsMap()) {
      out.alternatives.push_back(map(node));
    } else if (node.IsSequence() && node.size() > 0) {
      list(node, out);
    } else if (node.IsScalar()) {
      out.alternatives.push_back({item("", {literal(node)}, false, node)});
    } else {
      complain_(node, fmt::format("selection \"{}\" must be a map, a list of maps or a list of texts", name));
    }
    return out;
  }

  Item item(std::string_view key, std::vector<Literal> const& values, bool is_list, const YAML::Node& where) {
    auto compiled = compile_item(key, values, is_list, fields_);
    if (compiled) return std::move(*compiled);
    complain_(where, compiled.error().text);
    return {};
  }

 private:
  /// A list of maps, of keywords, or of both: all joined by "or".
  void list(const YAML::Node& node, Selection& out) {
    std::vector<Literal> keywords;
    for (auto const& entry : node) {
      if (entry.IsMap())
        out.alternatives.push_back(map(entry));
      else if (entry.IsScalar())
        keywords.push_back(literal(entry));
      else
        complain_(entry, "a list of a selection holds maps or texts");
    }
    if (!keywords.empty() && !complain_) out.alternatives.push_back({item("", keywords, true, node)});
  }

  ItemMap map(const YAML::Node& node) {
    ItemMap out;
    if (node.size() == 0) complain_(node, "a selection without fields matches nothing in particular");
    for (auto const& line : node) {
      auto const& key = line.first.Scalar();
      std::vector<Literal> values;
      bool const is_list = line.second.IsSequence();
      if (is_list) {
        for (auto const& value : line.second) {
          if (!value.IsScalar() && !value.IsNull())
            complain_(value, fmt::format("\"{}\" needs plain values", key));
          else
            values.push_back(literal(value));
        }
      } else if (line.second.IsScalar() || line.second.IsNull()) {
        values.push_back(literal(line.second));
      } else {
        complain_(line.second, fmt::format("\"{}\" needs a plain value or a list of them", key));
      }
      if (complain_) return out;
      if (key.empty()) complain_(line.first, "a field has no name");
      out.push_back(item(key, values, is_list, line.first));
    }
    return out;
  }

  FieldTable& fields_;
  Complaint& complain_;
};

/// What a logsource asks of an event here: `product` must be greywatch, `category` tells findings from observations,
/// `service` is the protocol.
ItemMap read_source(const YAML::Node& node, DetectionReader& reader, Complaint& complain) {
  ItemMap out;
  for (auto const& line : node) {
    auto const& key = line.first.Scalar();
    if (key == "definition") continue;
    auto const value = text(line.second, "logsource." + key, complain);
    if (key == "product") {
      if (value != "greywatch")
        complain(line.second, fmt::format("logsource product \"{}\" is not supported: only greywatch is", value));
    } else if (key == "category") {
      if (value == "observation")
        out.push_back(reader.item("event.kind", {Literal("observation")}, false, line.second));
      else if (value == "finding")
        out.push_back(reader.item("event.kind|neq", {Literal("observation")}, false, line.second));
      else
        complain(line.second,
                 fmt::format("logsource category \"{}\" is not supported: only finding and observation are", value));
    } else if (key == "service") {
      if (value.find_first_of("*?\\") != std::string::npos)
        complain(line.second, "logsource service must be the name of a protocol");
      out.push_back(reader.item("network.protocol", {Literal(value)}, false, line.second));
    } else {
      complain(line.first, fmt::format("logsource attribute \"{}\" is not supported", key));
    }
  }
  return out;
}

}  // namespace

Rule read_rule(const YAML::Node& document, FieldTable& fields, Complaint& complain,
               std::vector<std::string>& warnings) {
  Rule rule{.header = read_header(document, complain)};
  DetectionReader reader(fields, complain);
  auto const source = entry(document, "logsource");
  if (!source.IsMap() || !entry(source, "product").IsDefined())
    complain(source.IsDefined() ? source : document, "logsource with product: greywatch is missing");
  else
    rule.source = read_source(source, reader, complain);
  auto const detection = entry(document, "detection");
  if (!detection.IsMap()) {
    complain(document, "detection must be a map");
    return rule;
  }
  if (detection.size() > max_selections) complain(detection, fmt::format("more than {} selections", max_selections));
  std::vector<std::string> names;
  for (auto const& part : detection) {
    auto const& name = part.first.Scalar();
    if (name == "condition") continue;
    if (name == "timeframe") {
      complain(part.first, "\"timeframe\" is not supported: it was removed in Sigma 2, use a correlation rule");
      continue;
    }
    rule.selections.push_back(reader.selection(name, part.second));
    names.push_back(name);
    if (complain) return rule;
  }
  auto const condition = entry(detection, "condition");
  if (!condition.IsDefined() || condition.IsNull()) {
    complain(detection, "condition is missing");
    return rule;
  }
  std::vector<bool> used(names.size());
  std::vector<Condition> conditions;
  for (auto const& text : texts(condition, "condition", complain)) {
    auto parsed = parse_condition(text, names, used);
    if (!parsed) {
      complain(condition, parsed.error().text);
      return rule;
    }
    conditions.push_back(std::move(*parsed));
  }
  if (conditions.empty()) {
    complain(condition, "condition is empty");
    return rule;
  }
  rule.condition = any_of(std::move(conditions));
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!used[i])
      warnings.push_back(
          fmt::format("{}: selection \"{}\" is not used by the condition", complain.place(detection), names[i]));
  return rule;
}

}  // namespace greywatch::rules
