#pragma once
#include "common/rule/rule.hpp"
#include "common/rule/rule_yaml.hpp"

/// From YAML documents to rules: for the .cpp files of this folder only.
namespace greywatch::rules {

/// Reads what every rule says about itself.
Header read_header(const YAML::Node& document, Complaint& complain);

/// Reads a document with a `detection`. What is wrong goes to `complain`, what is merely odd to `warnings`.
Rule read_rule(const YAML::Node& document, FieldTable& fields, Complaint& complain, std::vector<std::string>& warnings);

/// Reads a document with a `correlation`.
CorrelationRule read_correlation(const YAML::Node& document, Complaint& complain);

}  // namespace greywatch::rules
