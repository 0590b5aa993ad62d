#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "collector/config.hpp"
#include "collector/ingest/ingest.hpp"
#include "common/pack/pack.hpp"

namespace greywatch::collector {

/// Where a pack comes from and where it stays.
struct PackOptions {
  std::filesystem::path rules;             ///< rule tree
  std::filesystem::path key, certificate;  ///< that sign
  std::filesystem::path authority;         ///< to believe the pack that was kept
  std::filesystem::path kept;              ///< the last pack; its version tells which comes next
};
PackOptions pack_options(Config const& config);

/// What agents are to evaluate: the files of the tree that hold rules of `category: observation` of our own, by their
/// paths below it. Files with correlations are left out, each told in `told`: those are for the collector.
Result<std::vector<pack::File>, Refusal> observation_files(std::filesystem::path const& rules,
                                                           std::vector<std::string>& told);

/// Signs the pack of today and keeps it. Its version is that of the kept one while the files are the same, else higher
/// than any before, a restart and a clock that goes backwards included. None when there are no rules and never were.
Result<std::optional<RulesOffer>, Refusal> make_pack(PackOptions const& options, Time now,
                                                     std::vector<std::string>& told);

}  // namespace greywatch::collector
