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

/// Reads a document with a `detection`. What is wrong goes to `complain`, what is merely odd to `warnings`.
Rule read_rule(const YAML::Node& document, Reading const& reading);

/// Reads a document with a `filter`.
Filter read_filter(const YAML::Node& document, Reading const& reading);

/// Reads a document with a `correlation`.
CorrelationRule read_correlation(const YAML::Node& document, Reading const& reading);

/// What the `action` of Sigma 1 collections makes of the documents of a file: `global` ones are merged into all that
/// follow, `reset` forgets them, `repeat` merges into the rule before. Plain documents stay as they are.
std::vector<YAML::Node> collected(std::vector<YAML::Node> const& documents, Complaint& complain);

}  // namespace greywatch::rules
