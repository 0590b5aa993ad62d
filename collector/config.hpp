#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/engine.hpp"
#include "collector/ingest/ingest.hpp"
#include "collector/sink/sinks.hpp"
#include "collector/store/store.hpp"
#include "collector/web/server.hpp"
#include "common/result.hpp"
#include "common/service/service.hpp"
#include "common/time.hpp"
#include "common/yaml.hpp"

namespace greywatch::collector {

/// The scoring line.
struct LineConfig {
  EngineOptions engine;
  Duration silence_after = std::chrono::minutes{5};   ///< an expected node not heard for this long is not covered
  Duration snapshot_every = std::chrono::minutes{5};  ///< bounds what is read again at a start
};

/// The collector's configuration file, checked. docs/configuration.md lists every key.
struct Config {
  std::filesystem::path file;
  std::filesystem::path inventory;
  std::filesystem::path rules;  ///< folder with correlation rules; empty: findings are scored as they are
  std::optional<std::filesystem::path> context;         ///< NDJSON of declared causes
  std::optional<std::filesystem::path> context_folder;  ///< watched for files of declared causes
  std::filesystem::path rules_key, rules_certificate;   ///< sign the rule packs of agents
  StoreOptions store;
  IngestOptions ingest;
  std::vector<SinkConfig> sinks;
  WebOptions web;
  LineConfig line;
  service::LogLevel log = service::LogLevel::info;
};

/// Every error as one line file:line:column: text. With `files`, files that a key names must be readable.
Result<Config, Refusal> load_config(std::filesystem::path const& file, bool files = true);
Result<Config, Refusal> parse_config(std::string_view text, std::filesystem::path const& file, bool files = false);

}  // namespace greywatch::collector
