#pragma once
#include <cstdint>
#include <vector>

#include "agent/net/counters.hpp"
#include "agent/net/options.hpp"
#include "common/time.hpp"

namespace greywatch::agent {

/// How sure a packet's own octets make it that two equal ones are one.
enum class Identity : std::uint8_t {
  none,       ///< could be said twice: UDP without an IP identification, unknown Ethernet protocols
  own,        ///< a number in it changes with each packet: IP identification, TCP data, GOOSE, SV, PTP
  redundant,  ///< a PRP or HSR sequence number
};

/// Remembers the digests of the last packets for a short window of packet time and recognises copies. Fixed memory; in
/// a burst that overflows it the oldest digest is forgotten and its copy passes.
class DuplicateFilter {
 public:
  DuplicateFilter(NetworkOptions const& options, NetworkCounters& counters);

  /// Whether a packet with this digest passed within the window; counted by kind. `macs` is a digest of the addresses
  /// of the frame, which tells copies of a mirror from forwarded packets.
  bool is_copy(std::uint64_t digest, std::uint32_t macs, Identity identity, Time time) {
    auto& set = sets_[digest & mask_];
    auto const upper = static_cast<std::uint32_t>(digest >> 32);
    if (set.may_hold(upper) && holds(set, {upper, macs, unix_ns(time)}, identity)) return true;
    set.admit(upper, macs, unix_ns(time));
    return false;
  }

  void clear();

  void prefetch(std::uint64_t digest) const { __builtin_prefetch(&sets_[digest & mask_], 1); }

 private:
  struct Entry {
    std::uint32_t digest = 0;  ///< upper half; the lower half is the place
    std::uint32_t macs = 0;
    std::int64_t time = 0;
  };
  /// Four, newest first: one cache line, and no search for the oldest.
  struct alignas(64) Set {
    Entry entries[4];

    bool may_hold(std::uint32_t digest) const {
      return entries[0].digest == digest || entries[1].digest == digest || entries[2].digest == digest ||
             entries[3].digest == digest;
    }
    void admit(std::uint32_t digest, std::uint32_t macs, std::int64_t time) {
      entries[3] = entries[2], entries[2] = entries[1], entries[1] = entries[0];  // less than a call
      entries[0].digest = digest, entries[0].macs = macs, entries[0].time = time;
    }
  };

  bool holds(Set const& set, Entry newest, Identity identity);

  std::vector<Set> sets_;
  std::size_t mask_;
  std::int64_t windows_[3];
  NetworkCounters& counters_;
};

}  // namespace greywatch::agent
