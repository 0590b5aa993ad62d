#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"
#include "common/rule/rule.hpp"

namespace greywatch::rules {

/// What follows "|" in a condition of Sigma 1: "count(user) by host > 5". Sigma specification 1.0.2, "Aggregation
/// expression". It says of a rule's matches what a correlation says in Sigma 2.
struct Aggregation {
  CorrelationType type = CorrelationType::event_count;
  std::string field;                  ///< what is counted or computed; empty for event_count
  std::vector<std::string> group_by;  ///< may be empty: one group for all
  Bound bound{};
};

/// Reads the text behind the "|". The refusal names what is not supported or wrong.
Result<Aggregation, Refusal> parse_aggregation(std::string_view text);

}  // namespace greywatch::rules
