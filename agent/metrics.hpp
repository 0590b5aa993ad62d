#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/asset/assets.hpp"
#include "agent/capture/live.hpp"
#include "agent/detect/detection.hpp"
#include "agent/dissect/dissection_counters.hpp"
#include "agent/net/counters.hpp"
#include "agent/rule/observation_rules.hpp"
#include "agent/rule/rule_source.hpp"
#include "agent/ship/shipper.hpp"
#include "common/yaml.hpp"

namespace greywatch::agent {

/// What one interface's line counted, copied on its thread.
struct WatchCounters {
  std::string interface;
  std::uint64_t packets = 0;
  LiveCounters live;
  NetworkCounters network;
  DissectionCounters dissection{{}};
  DetectionCounters detection;
  RuleCounters rules;
  AssetCounters assets;
  std::uint64_t refused = 0;  ///< findings that the queue to the io thread did not take
  double coverage = 0;
};

struct AgentCounters {
  std::vector<WatchCounters> watches;
  ShipCounters ship;
  PackCounters packs;
};

/// `/metrics` of the agent, on a loopback address.
class MetricsEndpoint {
 public:
  /// `take` is called at each scrape, on a thread of the endpoint. Throws std::runtime_error when the address is taken.
  MetricsEndpoint(yaml::SocketAddress const& address, std::function<AgentCounters()> take);
  ~MetricsEndpoint();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace greywatch::agent
