#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "agent/ship/file.hpp"
#include "common/wire/message.hpp"

namespace greywatch::agent {

/// What a spool remembers beside its records.
struct SpoolState {
  std::uint64_t epoch = 0;     ///< of this spool, never zero, unlike that of any other
  std::uint64_t reserved = 1;  ///< no sequence from here on was ever given
  std::uint64_t acked = 0;     ///< everything up to here is committed by the collector
  link::PerClass dropped{};    ///< since the spool was made
  bool operator==(SpoolState const&) const = default;
};

/// The file `state`: two slots, written in turn, each with a generation and a CRC-32C, so that one is always whole.
class SpoolStateFile {
 public:
  /// Opens or makes the file. 0 or the errno.
  int open(std::filesystem::path const& directory);
  int open_to_read(std::filesystem::path const& directory);
  /// The newest whole slot.
  std::optional<SpoolState> read();
  /// Without `durable` this is one small write that the system flushes when it likes.
  int write(SpoolState const& state, bool durable);

 private:
  File file_;
  std::uint64_t generation_ = 0;
};

/// An epoch for a new spool: seconds since 1970 times 2^20 plus 20 random bits; it fits 53 bits.
std::uint64_t new_epoch();

}  // namespace greywatch::agent
