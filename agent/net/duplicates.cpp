#include "agent/net/duplicates.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace greywatch::agent {

DuplicateFilter::DuplicateFilter(NetworkOptions const& options, NetworkCounters& counters)
    : entries_(options.deduplicate ? std::bit_ceil(std::max<std::size_t>(options.duplicate_entries, 4)) : 4,
               Entry{.time = std::numeric_limits<std::int64_t>::min() / 2}),
      mask_(entries_.size() - 1),
      windows_{options.duplicate_window_anonymous.count(), options.duplicate_window.count(),
               options.duplicate_window_redundant.count()},
      counters_(counters) {}

bool DuplicateFilter::is_copy(std::uint64_t digest, std::uint32_t macs, Identity identity, Time time) {
  auto const now = unix_ns(time);
  auto const window = windows_[static_cast<int>(identity)];
  auto const upper = static_cast<std::uint32_t>(digest >> 32);
  // Sets of four, newest first: one cache line, and no search for the oldest.
  Entry* const set = &entries_[digest & mask_ & ~std::size_t{3}];
  for (Entry const* entry = set; entry != set + 4; ++entry) {
    if (entry->digest != upper || entry->time > now + window || entry->time < now - window) continue;
    auto& kind = identity == Identity::redundant ? counters_.duplicates_redundant
                 : entry->macs == macs           ? counters_.duplicates_mirror
                                                 : counters_.duplicates_forwarded;
    ++kind;
    return true;
  }
  set[3] = set[2], set[2] = set[1], set[1] = set[0];  // less than the call that std::copy_backward would be
  set[0] = {upper, macs, now};
  return false;
}

}  // namespace greywatch::agent
