#include "agent/dissect/logon/failures.hpp"

#include <algorithm>

namespace greywatch::agent::logon {
namespace {

std::uint64_t key_of(Observation const& observation, HashKey const& hash_key) {
  return siphash(hash_key, observation.flow.client.ip.octets) | 1;
}

}  // namespace

Failures::Entry* Failures::find(Set& set, std::uint64_t key, Time now) {
  auto* const entry = std::ranges::find(set, key, &Entry::key);
  if (entry == set.end()) return nullptr;
  if (now - entry->latest > of_late) entry->count = 0;
  return entry;
}

std::uint32_t Failures::add(Observation const& observation, HashKey const& hash_key, bool& evicted) {
  auto const key = key_of(observation, hash_key);
  auto& set = set_of(key);
  auto* entry = find(set, key, observation.time);
  if (entry == nullptr) {
    // A free one, or the oldest.
    entry =
        std::ranges::min_element(set, {}, [](Entry const& each) { return each.key == 0 ? Time::min() : each.latest; });
    evicted = entry->key != 0 && observation.time - entry->latest <= of_late;
    *entry = {.key = key, .latest = {}, .count = 0};
  }
  entry->latest = observation.time;
  if (entry->count < UINT32_MAX) ++entry->count;
  return entry->count;
}

std::uint32_t Failures::of(Observation const& observation, HashKey const& hash_key) {
  auto const key = key_of(observation, hash_key);
  auto const* const entry = find(set_of(key), key, observation.time);
  return entry != nullptr ? entry->count : 0;
}

}  // namespace greywatch::agent::logon
