#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>

#include "agent/ship/spool.hpp"
#include "common/result.hpp"

namespace greywatch::agent {

/// What `list_spool` met.
struct SpoolListing {
  std::uint64_t waiting = 0;     ///< records that were listed
  std::uint64_t damaged = 0;     ///< damaged stretches or records that were skipped
  std::uint64_t torn = 0;        ///< torn tails, which the next start of the agent cuts off
  std::uint64_t unreadable = 0;  ///< segment files that could not be read
  bool state_lost = false;       ///< no good state file: records acked before are listed too
};

/// Calls `each` with every record that waits in the spool of an agent that does not run, in rising sequence, with the
/// epoch that its event.id has. Changes nothing in the directory. Refuses a directory that cannot be read or that a
/// running agent holds. An agent that starts meanwhile is not kept from it; what it ships then may be missing.
/// Holds up to one segment a class in memory.
Result<SpoolListing, Refusal> list_spool(std::filesystem::path const& directory,
                                         std::function<void(std::uint64_t epoch, SpoolRecord&& record)> const& each);

}  // namespace greywatch::agent
