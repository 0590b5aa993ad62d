#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/event/finding.hpp"
#include "common/rule/condition.hpp"
#include "common/rule/item.hpp"
#include "common/rule/pipeline.hpp"

namespace greywatch::rules {

/// Sigma's severity of a rule.
enum class Level : std::uint8_t { informational, low, medium, high, critical };
std::string_view name(Level level);
std::optional<Level> parse_level(std::string_view name);

/// Events that a rule must or must not match, as they stand in the rule file: one event, or for a correlation a stream
/// of them. Each is one NDJSON line; what a finding needs and the line leaves out is filled in by the test.
struct Example {
  std::vector<std::string> lines;
  std::string place;  ///< file:line:column
};

/// What a rule says about itself.
struct Header {
  std::string place;  ///< file:line:column where its document begins
  std::string title, id, name, status, description;
  std::optional<Level> level;
  std::vector<std::string> tags, references, falsepositives, fields, authors;
  std::vector<std::string> techniques;  ///< ATT&CK ids of `tags`, as "T1692.001"
  std::optional<FindingClass>
      classification;                 ///< greywatch.class: the class of what it finds, when not its finding's own
  std::vector<Example> hits, misses;  ///< greywatch.examples
};

/// Items joined by "and".
using ItemMap = std::vector<Item>;

/// Item maps joined by "or".
struct Selection {
  std::string name;
  std::vector<ItemMap> alternatives;
  bool matches(EventCache& event) const;
};

/// A detection: which single events it matches.
struct Rule {
  Header header;
  std::vector<Selection> selections;
  Condition condition;
  ItemMap source;                        ///< what `logsource` asks of an event
  LogSource logsource;                   ///< as written
  bool fed = true;                       ///< false: nothing here makes events of its log source, so it is never tried
  std::vector<std::string> also_called;  ///< id and name of the correlation that a counting rule of Sigma 1 became

  bool matches(EventCache& event) const;
};

/// A Sigma filter: what it adds to the conditions of other rules.
struct Filter {
  Header header;
  std::vector<std::string> rules;  ///< ids or names, as written; empty: all rules of its log source
  std::vector<Selection> selections;
  Condition condition;
  LogSource logsource;
};

/// The types of correlation: Sigma correlation rules specification 2.1.0.
enum class CorrelationType : std::uint8_t {
  event_count,
  value_count,
  value_sum,
  value_avg,
  value_median,
  value_percentile,
  temporal,
  temporal_ordered
};
constexpr bool is_temporal(CorrelationType type) { return type >= CorrelationType::temporal; }
/// Whether it computes with the numbers of a field.
constexpr bool is_metric(CorrelationType type) {
  return type >= CorrelationType::value_sum && type <= CorrelationType::value_percentile;
}

/// One bound of a correlation's count, or of what it computes.
struct Bound {
  Comparison how;
  double count;
};

/// A correlation: which matches of other rules it joins.
struct CorrelationRule {
  Header header;
  CorrelationType type = CorrelationType::event_count;
  std::vector<std::string> rules;     ///< ids or names, as written
  std::vector<std::string> group_by;  ///< fields, or names of aliases
  struct Alias {
    std::string name, rule, field;
  };
  std::vector<Alias> aliases;
  Duration timespan{};
  std::string counted;                  ///< value_*: the field whose distinct values count, or whose numbers do
  double percentile = 50;               ///< value_percentile: 0 to 100
  std::vector<Bound> bounds;            ///< all must hold; for temporal types the number of rules seen
  std::optional<Condition> expression;  ///< temporal: over the rules seen, instead of bounds; selection i is rule i
  bool generate = false;                ///< the rules it refers to report on their own as well
};

}  // namespace greywatch::rules
