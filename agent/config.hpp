#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/capture/live.hpp"
#include "agent/ship/options.hpp"
#include "common/result.hpp"
#include "common/service/service.hpp"
#include "common/time.hpp"
#include "common/yaml.hpp"

namespace greywatch::agent {

/// Where findings go: one address, one certificate (docs/deployment.md).
struct CollectorConfig {
  Address address;
  tls::Files files;
};

/// The agent's configuration file, checked. docs/configuration.md lists every key.
struct Config {
  std::string node;                                          ///< observer.name; [a-z0-9.-], 1 to 63
  std::filesystem::path state = "/var/lib/greywatch-agent";  ///< baselines and spool
  std::vector<LiveOptions> capture;                          ///< at least one, no interface twice
  Duration learning = std::chrono::hours{7 * 24};            ///< event time from the first packet of a young baseline
  std::optional<std::vector<std::string>> detectors;         ///< words of agent/detect/detectors.hpp; absent: all
  std::uint32_t flows = 131'072;                             ///< bound of the flow table, each interface
  bool deduplicate = true;
  bool assets = true;
  bool rules = true;                                ///< evaluate rules on observations
  std::optional<std::filesystem::path> rules_from;  ///< a folder or a pack of its own, instead of the collector's
  std::optional<CollectorConfig> collector;         ///< absent: findings only go to the spool
  std::uint64_t spool_octets = 256 << 20;
  std::optional<yaml::SocketAddress> metrics;  ///< loopback only
  service::LogLevel log = service::LogLevel::info;
};

/// Every error as one line file:line:column: text; what is missing on this machine (interfaces) is not looked at.
Result<Config, Refusal> load_config(std::filesystem::path const& file);
Result<Config, Refusal> parse_config(std::string_view text, std::string_view file);

}  // namespace greywatch::agent
