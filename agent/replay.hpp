#pragma once
#include <cstdio>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "common/time.hpp"

namespace greywatch::agent {

/// `greywatch-agent replay`: DESIGN 3.1.
struct ReplayOptions {
  enum class Emit : std::uint8_t { findings, observations, assets, none };

  std::optional<std::filesystem::path> config;
  std::optional<std::string> node;
  std::optional<std::filesystem::path> rules;  ///< folder of rules or a pack, instead of what the configuration says
  Emit emit = Emit::findings;
  std::vector<std::filesystem::path> learn;
  std::optional<Time> learn_until;
  std::optional<std::filesystem::path> baseline, save_baseline;
  bool stats = false;
  std::vector<std::filesystem::path> captures;
};

/// NDJSON to `out`, what went wrong to `errors`. Returns the exit status: 0, or 1 when an input was refused or damaged.
int replay(ReplayOptions const& options, std::FILE* out, std::FILE* errors);

}  // namespace greywatch::agent
