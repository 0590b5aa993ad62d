#pragma once
#include "common/rule/rule.hpp"
#include "common/rule/rule_yaml.hpp"

/// From YAML documents to rules: for the .cpp files of this folder only.
namespace greywatch::rules {

/// Where names of rules become names here, and what is odd but allowed.
struct Reading {
  FieldTable& fields;
  Pipelines const& pipelines;
  Complaint& complain;
  std::vector<std::string>& warnings;  ///< "file:line:column: text"

  void warn(const YAML::Node& where, std::string_view text) const;
};

/// A scalar of a rule as a value; null is monostate.
Literal literal(const YAML::Node& node);

/// Reads what every rule says about itself. What tools do not need to understand is warned about, not refused.
Header read_header(const YAML::Node& document, Reading const& reading);

/// Reads a `logsource`; `definition` and attributes of their own makers are passed over.
LogSource read_log_source(const YAML::Node& node, Complaint& complain);

/// Reads a document with a `detection`. What is wrong goes to `complain`, what is merely odd to `warnings`. A condition
/// of Sigma 1 that counts makes a correlation over the rule, which then goes by the document's id and name.
Rule read_rule(const YAML::Node& document, Reading const& reading, std::optional<CorrelationRule>& counting);

/// Reads a document with a `filter`.
Filter read_filter(const YAML::Node& document, Reading const& reading);

/// "10m": a number and one of s, m, h, d (Sigma correlation rules specification 2.0.2, "Time Selection") or w, up to a
/// year.
std::optional<Duration> timespan(std::string_view text);
/// Higher counts need more state than a correlation may keep.
inline constexpr double max_count = 10'000;

/// Reads a document with a `correlation`.
CorrelationRule read_correlation(const YAML::Node& document, Reading const& reading);

/// What the `action` of Sigma 1 collections makes of the documents of a file: `global` ones are merged into all that
/// follow, `reset` forgets them, `repeat` merges into the rule before. Plain documents stay as they are.
struct Collected {
  YAML::Node document;
  YAML::Mark begin;  ///< of the document that it was written as: what was merged has no place of its own
};
std::vector<Collected> collected(std::vector<YAML::Node> const& documents, Complaint& complain);

}  // namespace greywatch::rules
