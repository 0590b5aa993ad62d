#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/observation.hpp"

namespace greywatch::agent {

/// Writes observations as NDJSON (DESIGN 3.2). Keeps its buffers, so that a long replay allocates little. One thread.
class ObservationWriter : private FieldSink {
 public:
  /// `node` becomes observer.name; `community_id` may be null.
  ObservationWriter(std::string node, CommunityId community_id) : node_(std::move(node)), community_id_(community_id) {}

  /// Appends one line. A field that came several times is one list, in the order of its values.
  void write(Observation const& observation, std::string& out);

 private:
  using Plain = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view>;
  struct Column {
    std::string_view name;
    std::vector<Plain> values;
  };

  void field(std::string_view name, std::uint64_t value) override { add(name, value); }
  void field(std::string_view name, std::int64_t value) override { add(name, value); }
  void field(std::string_view name, double value) override { add(name, value); }
  void field(std::string_view name, bool value) override { add(name, value); }
  void field(std::string_view name, std::string_view text) override;
  void add(std::string_view name, Plain value);

  std::string node_;
  CommunityId community_id_;
  std::vector<Column> columns_;
  std::size_t used_ = 0;  ///< columns of this observation
  std::deque<std::string>
      texts_;  ///< texts live only during describe(), so they are kept here until the line is written
  std::size_t texts_used_ = 0;
};

}  // namespace greywatch::agent
