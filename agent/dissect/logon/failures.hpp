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
  /// One more; how many there were of late. `key` is Emitter::key. True in `evicted` when another client's, which would
  /// still count, went for it.
  std::uint32_t add(Observation const& observation, HashKey const& key, bool& evicted);
  /// How many there were of late.
  std::uint32_t of(Observation const& observation, HashKey const& key);

 private:
  struct Entry {
    std::uint64_t key;  ///< 0 is free
    Time latest;
    std::uint32_t count;
  };
  using Set = std::array<Entry, 4>;
  Set& set_of(std::uint64_t key) { return entries_[key >> 1 & (sets - 1)]; }
  static Entry* find(Set& set, std::uint64_t key, Time now);
  static constexpr std::size_t sets = 64;
  std::array<Set, sets> entries_;
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
    bool evicted = false;
    auto const failures = failures_->add(observation_, emitter_.key(), evicted);
    if (evicted) emitter_.table_full();
    return failures;
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
