#include "agent/dissect/logon/failures.hpp"

namespace greywatch::agent::logon {

Failures::Entry* Failures::find(Observation const& observation, HashKey const& hash_key, bool admit) {
  auto const key = siphash(hash_key, observation.flow.client.ip.octets) | 1;
  auto& set = entries_[key >> 1 & (sets - 1)];
  auto* oldest = &set[0];
  for (auto& entry : set) {
    if (entry.key == key) {
      if (observation.time - entry.latest > of_late) entry.count = 0;
      return &entry;
    }
    if (entry.key == 0 || (oldest->key != 0 && entry.latest < oldest->latest)) oldest = &entry;
  }
  if (!admit) return nullptr;
  *oldest = {.key = key, .latest = observation.time, .count = 0};
  return oldest;
}

std::uint32_t Failures::add(Observation const& observation, HashKey const& key) {
  auto* const entry = find(observation, key, true);
  entry->latest = observation.time;
  if (entry->count < UINT32_MAX) ++entry->count;
  return entry->count;
}

std::uint32_t Failures::of(Observation const& observation, HashKey const& key) {
  auto const* const entry = find(observation, key, false);
  return entry != nullptr ? entry->count : 0;
}

}  // namespace greywatch::agent::logon
