#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/event/finding.hpp"
#include "common/result.hpp"

namespace greywatch::collector {

/// What an indicator over several findings needs to know of each.
struct Brief {
  std::string node;
  double p = 1;
  std::vector<std::string> techniques, traits;
};

/// The newest findings that correlations may stand on, by event.id; the oldest makes room. One thread.
class FindingMemory {
 public:
  static constexpr std::size_t max_traits = 16;  ///< kept of one finding, and as many techniques

  explicit FindingMemory(std::size_t capacity) : capacity_(capacity) {}
  /// `id` is that of the onset when the finding is an update.
  void add(std::string const& id, Finding const& finding);
  Brief const* find(std::string const& id) const;
  std::size_t size() const { return order_.size(); }
  void clear();

  /// Appends one JSON line a finding, oldest first, and a line that ends them.
  void save(std::string& out) const;
  /// Takes up what `save` wrote and gives the text behind it.
  Result<std::string_view, Refusal> load(std::string_view text);

 private:
  void add(std::string id, Brief&& brief);
  std::size_t capacity_;
  std::unordered_map<std::string, Brief> briefs_;
  std::deque<std::string> order_;  ///< ids, oldest first
};

}  // namespace greywatch::collector
