#pragma once
#include <filesystem>
#include <vector>

#include "collector/config.hpp"
#include "collector/context.hpp"
#include "collector/correlate/correlator.hpp"
#include "collector/inventory.hpp"
#include "common/result.hpp"

namespace greywatch::collector {

/// What a configuration refers to, read and checked.
struct Loaded {
  Inventory inventory;
  Correlator correlator;
  std::vector<ContextEntry> causes;
};
Result<Loaded, Refusal> load_parts(Config const& config);

/// The service, until SIGTERM or SIGINT; SIGHUP reads certificates, tokens, inventory, rules and context again (a
/// refusal is logged and leaves everything as it was). Tells systemd when it is ready and that it lives. The exit
/// status: 0, or 1 when something was refused, which standard error names.
int run(std::filesystem::path const& config_file);

/// Validates a configuration and all it refers to: 0, or 1 with every error on standard error.
int check(std::filesystem::path const& config_file);

}  // namespace greywatch::collector
