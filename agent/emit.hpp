#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "agent/rule/field_columns.hpp"

namespace greywatch::agent {

/// Writes observations as NDJSON (DESIGN 3.2). Keeps its buffers, so that a long replay allocates little. One thread.
class ObservationWriter {
 public:
  /// `node` becomes observer.name; `community_id` may be null.
  ObservationWriter(std::string node, CommunityId community_id) : node_(std::move(node)), community_id_(community_id) {}

  /// Appends one line. A field that came several times is one list, in the order of its values.
  void write(Observation const& observation, std::string& out);

 private:
  using Plain = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view>;

  std::string node_;
  CommunityId community_id_;
  FieldColumns<Plain> columns_;  ///< of this observation
};

}  // namespace greywatch::agent
