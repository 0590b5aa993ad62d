#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "agent/observation.hpp"
#include "common/hash.hpp"

namespace greywatch::agent::iec61850 {

/// Where a message was published: what subscribers select by. A stranger's message goes to the same place.
struct Place {
  std::uint64_t destination = 0;  ///< group address and VLAN
  std::uint64_t publisher = 0;    ///< source address
  HashKey key = {};               ///< see Emitter::key
};

inline Place place_of(Observation const& observation, HashKey const& key) {
  auto const& flow = observation.flow;
  auto const word = [](Mac const& mac) {
    std::uint64_t value = 0;
    for (auto octet : mac.octets) value = value << 8 | octet;
    return value;
  };
  if (flow.transport == Transport::ethernet)
    return {word(observation.destination_mac) | std::uint64_t{flow.vlan.value_or(0)} << 48,
            word(observation.source_mac), key};
  return {siphash(key, flow.receiver(observation.way).ip.octets), siphash(key, flow.sender(observation.way).ip.octets),
          key};
}

/// Names a publication at its place; never 0. Outsiders cannot aim at the place of another one.
inline std::uint64_t publication_key(Place const& place, std::uint16_t appid, bool simulated, std::string_view name) {
  auto const rest = std::uint64_t{appid} << 1 | (simulated ? 1 : 0);
  return siphash_words(place.key, place.destination, rest, siphash(place.key, as_bytes(name))) | 1;
}

/// What is remembered of each publication, whatever flow it comes in: Dissector::shared_size octets, zeroed is empty.
/// An Entry has a `key`, 0 where it is free, and tells whether it has gone quiet. One that lives is never pushed out,
/// so that a flood of invented ones cannot hide what goes on; what finds no room is not judged, and counted
/// (Emitter::table_full).
template <class Entry, std::size_t sets>
class Publications {
 public:
  Entry* find(std::uint64_t key) {
    for (auto& entry : set_of(key))
      if (entry.key == key) return &entry;
    return nullptr;
  }
  /// The entry of `key`, or a zeroed one for it; null when its set is full of live ones.
  Entry* admit(std::uint64_t key, Time now) {
    if (auto* entry = find(key)) return entry;
    Entry* oldest = nullptr;
    for (auto& entry : set_of(key))
      if (entry.key == 0 || (entry.is_quiet(now) && (!oldest || (oldest->key && entry.heard < oldest->heard))))
        oldest = &entry;
    if (oldest) *oldest = {.key = key};
    return oldest;
  }

 private:
  using Set = std::array<Entry, 4>;
  Set& set_of(std::uint64_t key) { return sets_[key >> 1 & (sets - 1)]; }
  static_assert((sets & (sets - 1)) == 0);
  std::array<Set, sets> sets_;
};

}  // namespace greywatch::agent::iec61850
