#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/ingest/ingest.hpp"
#include "collector/inventory.hpp"
#include "collector/store/reader.hpp"

namespace greywatch::collector {

enum class NodeState : std::uint8_t { seen, silent, never_seen };
std::string_view name(NodeState state);

/// All that is known of one node: what the inventory says, what it sent, how its agent is connected.
struct NodeView {
  Node node;
  bool in_inventory = false;
  NodeState state = NodeState::never_seen;
  std::optional<Time> first_seen, last_seen;  ///< wall time
  std::uint64_t findings = 0;                 ///< ever committed
  std::optional<double> coverage;             ///< as last told, by the agent or for its silence
  std::optional<AgentStatus> agent;           ///< since this collector's start
};

/// Puts inventory, store and ingest together. Any thread.
class Roster {
 public:
  /// A node is silent when nothing was heard of it for `silence_after`. `ingest` may be null.
  Roster(Inventory inventory, Duration silence_after, Ingest const* ingest, std::unique_ptr<StoreReader> reader);
  void replace(Inventory inventory);
  Inventory inventory() const;
  /// By name. Throws sqlite::Error.
  std::vector<NodeView> nodes(Time now);

 private:
  mutable std::mutex mutex_;
  Inventory inventory_;
  Duration const silence_after_;
  Ingest const* ingest_;
  std::unique_ptr<StoreReader> reader_;
};

}  // namespace greywatch::collector
