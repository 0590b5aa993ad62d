#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "collector/ingest/ingest.hpp"

namespace greywatch::collector {

/// The table of agents and the totals: written by the ingest thread, read by any.
class AgentTable {
 public:
  explicit AgentTable(std::size_t most) : most_(most) {}

  /// Changes totals under the lock.
  void count(std::function<void(IngestCounters&)> const& change);
  /// Changes the row of a node under the lock; makes it when absent. When the table is full the longest gone row that
  /// is not connected makes room; without one there is no row and nothing happens.
  void update(std::string const& node, std::function<void(AgentStatus&)> const& change);

  IngestCounters counters() const;
  std::vector<AgentStatus> rows() const;

 private:
  AgentStatus* row(std::string const& node);
  std::size_t most_;
  mutable std::mutex mutex_;
  IngestCounters counters_;
  std::map<std::string, AgentStatus> rows_;
};

}  // namespace greywatch::collector
