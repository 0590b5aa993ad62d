#pragma once
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/pack/pack.hpp"
#include "common/result.hpp"
#include "common/rule/rule_set.hpp"

namespace greywatch::agent {

/// Rule files that were found good; compiled anew for each thread that evaluates them.
struct RuleFiles {
  std::uint64_t version = 0;  ///< of their pack; 0 when they come from a folder
  std::vector<rules::RuleFile> files;
  rules::Pipelines pipelines;
  rules::RuleSet compile() const;
};

/// Rules of a folder of rule files, or of a signed pack, which needs the authority. Refused as a whole, with the reason
/// of the first file refused.
Result<RuleFiles, Refusal> load_rules(std::filesystem::path const& path, std::filesystem::path const& authority);

struct PackCounters {
  std::uint64_t version = 0;  ///< in use; 0: none
  std::uint64_t accepted = 0, refused = 0;
};

/// Takes rule packs from the collector and keeps the last good one on disk. Calls come from one thread; counters from
/// any.
class PackKeeper {
 public:
  PackKeeper(std::filesystem::path file, std::filesystem::path authority)
      : file_(std::move(file)), authority_(std::move(authority)) {}

  /// The pack that was kept. None when there is none, or when it is refused, which is logged.
  std::optional<RuleFiles> load();
  /// A pack that came. Refused, logged and counted, with everything left as it was: a signature that is wrong or not
  /// the authority's, a version that is not newer, and a single rule file that does not load.
  Result<RuleFiles, Refusal> take(std::string_view octets);

  std::uint64_t version() const;
  PackCounters counters() const;

 private:
  Result<RuleFiles, Refusal> judge(std::string_view octets, bool kept) const;

  std::filesystem::path file_, authority_;
  mutable std::mutex mutex_;
  PackCounters counters_;
};

}  // namespace greywatch::agent
