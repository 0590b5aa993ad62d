#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/store.hpp"
#include "collector/web/server.hpp"
#include "common/result.hpp"
#include "common/time.hpp"
#include "common/yaml.hpp"

namespace greywatch::collector {

/// Which time closes ticks: the machine's, or the newest finding's (for demonstrations and recorded streams only: one
/// agent with a wrong clock would move it for all).
enum class TickClock : std::uint8_t { wall, event };

/// The scoring line.
struct LineConfig {
  TickClock clock = TickClock::wall;
  Duration lateness = std::chrono::minutes{10};      ///< a tick closes this long after its end
  Duration silence_after = std::chrono::minutes{5};  ///< an expected node not heard for this long is not covered
  Duration correlation_memory =
      std::chrono::hours{48};  ///< findings read again at a start, so that rules go on where they were
};

/// Log level of standard error.
enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// The collector's configuration file, checked. docs/configuration.md lists every key.
struct Config {
  std::filesystem::path file;
  std::filesystem::path inventory;
  std::filesystem::path rules;  ///< folder with correlation rules; empty: findings are scored as they are
  std::optional<std::filesystem::path> context;  ///< NDJSON of declared causes
  StoreOptions store;
  WebOptions web;
  LineConfig line;
  LogLevel log = LogLevel::info;
};

/// Every error as one line file:line:column: text. Files that a key names must be readable where `files` says so.
Result<Config, Refusal> load_config(std::filesystem::path const& file);
Result<Config, Refusal> parse_config(std::string_view text, std::filesystem::path const& file, bool files = false);

}  // namespace greywatch::collector
