#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/dissector.hpp"

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

/// The client of a message and its failed logons. Where a row shares no memory, `failures` is null and none is known.
class Client {
 public:
  Client(Failures* failures, Observation const& observation, Emitter& emitter)
      : failures_(failures), observation_(observation), emitter_(emitter) {}
  /// How many there were of late.
  std::uint32_t failures() const { return failures_ != nullptr ? failures_->of(observation_, emitter_.key()) : 0; }
  /// One more; how many there were of late.
  std::optional<std::uint32_t> failed() const {
    if (failures_ == nullptr) return std::nullopt;
    return failures_->add(observation_, emitter_.key());
  }

 private:
  Failures* failures_;
  Observation const& observation_;
  Emitter& emitter_;
};

/// That a client with so many `failures` of late tries once more breaks `rule`, shown by `field`; nothing when they are
/// few.
inline std::optional<Violation> guessing(std::uint32_t failures, std::string_view rule, std::string_view field) {
  if (failures < many) return std::nullopt;
  return Violation{rule, field, 0, failures};
}

}  // namespace greywatch::agent::logon
