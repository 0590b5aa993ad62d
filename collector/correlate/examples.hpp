#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "common/rule/rule_set.hpp"

namespace greywatch::collector {

/// What became of the examples in rule files.
struct ExampleReport {
  std::size_t examples = 0;           ///< run
  std::vector<std::string> failures;  ///< "file:line:column: text", one an example that did not do what it says
  std::vector<std::string> bare;      ///< places and titles of reporting rules without an example of either kind
};

/// Runs the examples of all rules of `rules`. An example is a finding in the keys of its NDJSON form; for a correlation
/// a list of findings, one after the other. What a finding needs and the example leaves out is filled in: @timestamp (a
/// second after the one before), event.id, event.kind alert, event.code "example.code", observer.name "node",
/// greywatch.class recon.
ExampleReport run_examples(rules::RuleSet& rules);

}  // namespace greywatch::collector
