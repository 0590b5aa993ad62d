#include "agent/net/duplicates.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace greywatch::agent {

DuplicateFilter::DuplicateFilter(NetworkOptions const& options, NetworkCounters& counters)
    : sets_(options.deduplicate ? std::bit_ceil(std::max<std::size_t>((options.duplicate_entries + 3) / 4, 1)) : 1),
      mask_(sets_.size() - 1),
      windows_{options.duplicate_window_anonymous.count(), options.duplicate_window.count(),
               options.duplicate_window_redundant.count()},
      counters_(counters) {
  clear();
}

void DuplicateFilter::clear() {
  for (auto& set : sets_)
    for (auto& entry : set.entries) entry = {.time = std::numeric_limits<std::int64_t>::min() / 2};
}

bool DuplicateFilter::holds(Set const& set, Entry newest, Identity identity) {
  auto const window = windows_[static_cast<int>(identity)];
  for (auto const& entry : set.entries) {
    if (entry.digest != newest.digest || entry.time > newest.time + window || entry.time < newest.time - window)
      continue;
    auto& kind = identity == Identity::redundant ? counters_.duplicates_redundant
                 : entry.macs == newest.macs     ? counters_.duplicates_mirror
                                                 : counters_.duplicates_forwarded;
    ++kind;
    return true;
  }
  return false;
}

}  // namespace greywatch::agent
