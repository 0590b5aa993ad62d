#include "collector/ingest/agents.hpp"

namespace greywatch::collector {

std::string_view refused_name(std::size_t cause) { return link::name(static_cast<link::RefuseCause>(cause)); }

void AgentTable::count(std::function<void(IngestCounters&)> const& change) {
  std::lock_guard const lock(mutex_);
  change(counters_);
}

void AgentTable::update(std::string const& node, std::function<void(AgentStatus&)> const& change) {
  std::lock_guard const lock(mutex_);
  if (auto* found = row(node)) change(*found);
}

AgentStatus* AgentTable::row(std::string const& node) {
  if (auto const found = rows_.find(node); found != rows_.end()) return &found->second;
  if (rows_.size() >= most_) {
    auto oldest = rows_.end();
    for (auto it = rows_.begin(); it != rows_.end(); ++it)
      if (!it->second.connected && (oldest == rows_.end() || it->second.last_seen < oldest->second.last_seen))
        oldest = it;
    if (oldest == rows_.end()) return nullptr;
    rows_.erase(oldest);
  }
  auto& made = rows_[node];
  made.node = node;
  return &made;
}

IngestCounters AgentTable::counters() const {
  std::lock_guard const lock(mutex_);
  return counters_;
}

std::vector<AgentStatus> AgentTable::rows() const {
  std::lock_guard const lock(mutex_);
  std::vector<AgentStatus> out;
  out.reserve(rows_.size());
  for (auto const& [_, status] : rows_) out.push_back(status);
  return out;
}

}  // namespace greywatch::collector
