#pragma once
#include <array>
#include <cstdint>

#include "agent/observation.hpp"
#include "common/hash.hpp"

namespace greywatch::agent::logon {

/// Failures longer ago than this are forgotten.
inline constexpr Duration of_late = std::chrono::minutes(10);
/// So many of late are more than a mistyped password.
inline constexpr std::uint32_t many = 5;

/// Failed logons by client, whatever the connection: 256 clients, in sets of four where the oldest gives way. Zeroed
/// octets are empty, so that it can stand in Dissector::shared_size.
class Failures {
 public:
  /// One more; how many there were of late. `key` is Emitter::key.
  std::uint32_t add(Observation const& observation, HashKey const& key);
  /// How many there were of late.
  std::uint32_t of(Observation const& observation, HashKey const& key);

 private:
  struct Entry {
    std::uint64_t key;  ///< 0 is free
    Time latest;
    std::uint32_t count;
  };
  Entry* find(Observation const& observation, HashKey const& hash_key, bool admit);
  static constexpr std::size_t sets = 64, ways = 4;
  std::array<std::array<Entry, ways>, sets> entries_;
};

}  // namespace greywatch::agent::logon
