#include "common/rule/rule_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "common/rule/aggregation.hpp"

namespace greywatch::rules {

namespace {

constexpr std::size_t max_selections = 256;

/// Reads detections into selections; the first complaint sticks.
class DetectionReader {
 public:
  /// Fields are called as `mapping` says where there is one. Placeholders may be without a value where nothing is tried
  /// before they have one: `waits`.
  DetectionReader(Reading const& reading, SourceMapping const* mapping, bool waits = false)
      : reading_(reading), complain_(reading.complain), mapping_(mapping), waits_(waits) {}

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
    std::vector<std::string> missing;
    auto compiled =
        compile_item(key, values, is_list, reading_.fields, &reading_.pipelines, waits_ ? &missing : nullptr);
    for (auto const& name : missing)
      reading_.warn(where, fmt::format("no pipeline has a value for the placeholder %{}%", name));
    if (compiled) return std::move(*compiled);
    complain_(where, compiled.error().text);
    return {};
  }

  /// The key with its field's name as events here have it; modifiers stay.
  std::string called_here(std::string const& key, const YAML::Node& where) {
    if (mapping_ == nullptr) return key;
    auto const bar = key.find('|');
    auto const name = key.substr(0, bar);
    if (name.empty()) return key;
    auto const found = mapping_->fields.find(name);
    if (found == mapping_->fields.end()) {
      reading_.warn(where, fmt::format("no pipeline says what field \"{}\" is called here", name));
      return key;
    }
    return bar == std::string::npos ? found->second : found->second + key.substr(bar);
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
      if (key == "<<") complain_(line.first, "merge keys (\"<<\") are not supported: YAML 1.2 has none");
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
      if (key.find("|fieldref") != std::string::npos)
        for (auto& value : values)
          if (auto* other = std::get_if<std::string>(&value)) *other = called_here(*other, line.second);
      out.push_back(item(called_here(key, line.first), values, is_list, line.first));
    }
    return out;
  }

  Reading const& reading_;
  Complaint& complain_;
  SourceMapping const* mapping_;
  bool waits_;
};

/// What the logsource of one of our own rules asks of an event: `category` tells findings from observations, `service`
/// is the protocol.
ItemMap own_source(LogSource const& source, const YAML::Node& where, DetectionReader& reader, Complaint& complain) {
  ItemMap out;
  if (source.category == "observation")
    out.push_back(reader.item("event.kind", {Literal("observation")}, false, where));
  else if (source.category == "finding")
    out.push_back(reader.item("event.kind|neq", {Literal("observation")}, false, where));
  else if (!source.category.empty())
    complain(where, fmt::format("logsource category \"{}\" is not one of product greywatch: wanted is finding or "
                                "observation",
                                source.category));
  if (source.service.empty()) return out;
  if (source.service.find_first_of("*?\\") != std::string::npos)
    complain(where, "logsource service must be the name of a protocol");
  out.push_back(reader.item("network.protocol", {Literal(source.service)}, false, where));
  return out;
}

/// The part of a condition before the "|", which selects events; what follows counts them.
std::string_view selecting(std::string_view condition) { return condition.substr(0, condition.find('|')); }

/// The selections and the condition that stand together in `section`; keys of `others` are no selections. With `counts`
/// the condition may count in the way of Sigma 1, which is then read by others.
void read_selections(const YAML::Node& section, std::span<std::string_view const> others, DetectionReader& reader,
                     Reading const& reading, bool counts, std::vector<Selection>& selections, Condition& whole) {
  auto& complain = reading.complain;
  if (section.size() > max_selections) complain(section, fmt::format("more than {} selections", max_selections));
  std::vector<std::string> names;
  for (auto const& part : section) {
    auto const& name = part.first.Scalar();
    if (name == "condition" || std::ranges::find(others, name) != others.end()) continue;
    if (name == "timeframe") {
      if (counts) continue;
      complain(part.first, "\"timeframe\" is not supported: it was removed in Sigma 2, use a correlation rule");
      continue;
    }
    selections.push_back(reader.selection(name, part.second));
    names.push_back(name);
    if (complain) return;
  }
  auto const condition = entry(section, "condition");
  if (!condition.IsDefined() || condition.IsNull()) return complain(section, "condition is missing");
  std::vector<bool> used(names.size());
  std::vector<Condition> conditions;
  for (auto const& text : texts(condition, "condition", complain)) {
    auto parsed = parse_condition(counts ? selecting(text) : text, names, used);
    if (!parsed) return complain(condition, parsed.error().text);
    conditions.push_back(std::move(*parsed));
  }
  if (conditions.empty()) return complain(condition, "condition is empty");
  whole = any_of(std::move(conditions));
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!used[i]) reading.warn(section, fmt::format("selection \"{}\" is not used by the condition", names[i]));
}

/// What a condition of Sigma 1 counts becomes a correlation over its rule. Sigma specification 1.0.2, "Aggregation
/// expression": the window is `timeframe`.
void read_counting(const YAML::Node& detection, DetectionReader& reader, Reading const& reading, Rule& rule,
                   std::optional<CorrelationRule>& counting) {
  auto& complain = reading.complain;
  auto const condition = entry(detection, "condition"), timeframe = entry(detection, "timeframe");
  auto const conditions = texts(condition, "condition", complain);
  auto const counts = [](std::string const& text) { return text.find('|') != std::string::npos; };
  if (std::ranges::none_of(conditions, counts)) {
    if (timeframe.IsDefined())
      reading.warn(timeframe, "timeframe means nothing without an aggregation: events are matched one by one");
    return;
  }
  if (conditions.size() > 1)
    return complain(condition, "an aggregation in a list of conditions is not supported: use correlation rules");
  auto const& text = conditions.front();
  auto const parsed = parse_aggregation(std::string_view(text).substr(text.find('|') + 1));
  if (!parsed) return complain(condition, parsed.error().text);
  if (!timeframe.IsDefined())
    return complain(condition, "an aggregation without timeframe is not supported: it has no window to count in");
  auto const window = timespan(rules::text(timeframe, "timeframe", complain));
  if (!window) return complain(timeframe, "timeframe must be a number and s, m, h, d or w, up to a year, such as 10m");
  if (auto const value = parsed->bound.count;
      !is_metric(parsed->type) && (value < 0 || value > max_count || value != std::floor(value)))
    return complain(condition, fmt::format("an aggregation counts to a whole number from 0 to {}", max_count));
  counting = CorrelationRule{.header = rule.header, .type = parsed->type, .timespan = *window};
  if (!parsed->field.empty()) counting->counted = reader.called_here(parsed->field, condition);
  for (auto const& field : parsed->group_by) counting->group_by.push_back(reader.called_here(field, condition));
  counting->bounds = {parsed->bound};
  for (auto const& called : {rule.header.id, rule.header.name})
    if (!called.empty()) rule.also_called.push_back(called);
  if (rule.also_called.empty()) rule.also_called.push_back(rule.header.place);
  rule.header = {.place = rule.header.place,
                 .title = rule.header.title,
                 .name = "events of " + rule.also_called.front(),
                 .level = rule.header.level};
  counting->rules = {rule.header.name};
}

}  // namespace

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

LogSource read_log_source(const YAML::Node& node, Complaint& complain) {
  LogSource source;
  for (auto const& line : node) {
    auto const& key = line.first.Scalar();
    auto* const into = key == "category"  ? &source.category
                       : key == "product" ? &source.product
                       : key == "service" ? &source.service
                                          : nullptr;
    if (into != nullptr) *into = text(line.second, "logsource." + key, complain);
  }
  return source;
}

/// Where it is missing, a complaint.
static std::optional<LogSource> needed_log_source(const YAML::Node& document, Complaint& complain) {
  auto const where = entry(document, "logsource");
  if (where.IsMap() && where.size() != 0) return read_log_source(where, complain);
  complain(where.IsDefined() ? where : document, "logsource is missing");
  return std::nullopt;
}

Rule read_rule(const YAML::Node& document, Reading const& reading, std::optional<CorrelationRule>& counting) {
  auto& complain = reading.complain;
  Rule rule{.header = read_header(document, reading)};
  auto const source = needed_log_source(document, complain);
  if (!source) return rule;
  rule.logsource = *source;
  auto const where = entry(document, "logsource");
  bool const own = rule.logsource.product == "greywatch";
  auto const* mapping = own ? nullptr : reading.pipelines.find(rule.logsource);
  DetectionReader reader(reading, mapping, !own && mapping == nullptr);
  if (own) {
    rule.source = own_source(rule.logsource, where, reader, complain);
  } else if (mapping != nullptr) {
    for (auto const& [field, values] : mapping->events)
      rule.source.push_back(reader.item(field, values, values.size() > 1, where));
  } else {
    rule.fed = false;
  }
  auto const taxonomy = text(entry(document, "taxonomy"), "taxonomy", complain);
  if (!taxonomy.empty() && taxonomy != "sigma" && taxonomy != "greywatch") {
    reading.warn(entry(document, "taxonomy"), fmt::format("nothing here speaks taxonomy \"{}\"", taxonomy));
    rule.fed = false;
  }
  auto const detection = entry(document, "detection");
  if (!detection.IsMap()) {
    if (detection.IsDefined())
      complain(detection, "detection must be a map");
    else
      complain(document, "detection is missing: a rule has a detection, a correlation or a filter");
    return rule;
  }
  read_selections(detection, {}, reader, reading, !own, rule.selections, rule.condition);
  if (!own && !complain) read_counting(detection, reader, reading, rule, counting);
  return rule;
}

Filter read_filter(const YAML::Node& document, Reading const& reading) {
  auto& complain = reading.complain;
  Filter filter{.header = read_header(document, reading)};
  auto const section = entry(document, "filter");
  if (!section.IsMap()) {
    complain(document, "filter must be a map");
    return filter;
  }
  auto const rules = entry(section, "rules");
  bool const any = rules.IsScalar() && rules.Scalar() == "any";
  if (!any && rules.IsDefined()) filter.rules = texts(rules, "filter.rules", complain);
  if (!any && filter.rules.empty())
    complain(section, "filter.rules is missing: wanted are ids or names of rules, or any");
  if (auto const source = needed_log_source(document, complain)) filter.logsource = *source;
  if (entry(document, "detection").IsDefined())
    complain(entry(document, "detection"), "a filter has no detection: write two documents");
  bool const own = filter.logsource.product == "greywatch";
  DetectionReader reader(reading, own ? nullptr : reading.pipelines.find(filter.logsource));
  static constexpr std::string_view no_selections[] = {"rules"};
  read_selections(section, no_selections, reader, reading, false, filter.selections, filter.condition);
  return filter;
}

namespace {

/// `over` laid upon `base`: maps are merged, everything else is replaced.
YAML::Node merged(const YAML::Node& base, const YAML::Node& over) {
  if (!base.IsMap() || !over.IsMap()) return over;
  YAML::Node out(YAML::NodeType::Map);
  for (auto const& line : base) {
    auto const above = entry(over, line.first.Scalar());
    out.force_insert(line.first, above.IsDefined() ? merged(line.second, above) : line.second);
  }
  for (auto const& line : over)
    if (!entry(base, line.first.Scalar()).IsDefined()) out.force_insert(line.first, line.second);
  return out;
}

}  // namespace

std::vector<Collected> collected(std::vector<YAML::Node> const& documents, Complaint& complain) {
  std::vector<Collected> out;
  YAML::Node global(YAML::NodeType::Map), before(YAML::NodeType::Map);
  for (auto const& document : documents) {
    auto const action = entry(document, "action");
    if (!document.IsMap() || (!action.IsDefined() && global.size() == 0)) {
      out.push_back({document, document.Mark()});
      before.reset(document);
      continue;
    }
    auto const word = action.IsDefined() ? text(action, "action", complain) : "";
    if (word == "global") {
      global.reset(merged(global, document));
      continue;
    }
    if (word == "reset") {
      global.reset(YAML::Node(YAML::NodeType::Map));
      if (document.size() == 1) continue;
    } else if (word == "repeat") {
      out.push_back({merged(before, document), document.Mark()});
      before.reset(out.back().document);
      continue;
    } else if (action.IsDefined()) {
      complain(action, fmt::format("action \"{}\" is not supported: Sigma 1 knows global, reset and repeat", word));
      return out;
    }
    out.push_back({merged(global, document), document.Mark()});
    before.reset(out.back().document);
  }
  return out;
}

}  // namespace greywatch::rules
