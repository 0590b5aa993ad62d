#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace greywatch::agent::opcua {

/// Where a Read asks for parts of the server's BuildInfo by their own nodes, by the places of its results: an answer
/// repeats no node. All zero: nowhere. OPC 10000-5, 6.3.1 and 12.4; node ids: its annex A.
class BuildReads {
 public:
  /// The Value of a node of namespace 0 is asked for in place `result`. Of a part that is asked for twice the first
  /// place counts; places beyond 255 are not remembered.
  void note(std::uint32_t node, std::uint32_t result) {
    if (node < first_node || node >= first_node + places_.size() || result >= 0xFF) return;
    auto& place = places_[node - first_node];
    if (place == 0) place = static_cast<std::uint8_t>(result + 1);
  }
  bool any() const { return places_ != std::array<std::uint8_t, parts>{}; }
  /// The field that a result is; empty where it is none of these.
  std::string_view name_of(std::uint32_t result) const;

 private:
  static constexpr std::uint32_t first_node = 2261;  ///< Server_ServerStatus_BuildInfo_ProductName
  static constexpr std::size_t parts = 5;
  std::array<std::uint8_t, parts> places_{};  ///< from 1 on; 0 is none
};

/// Reads of BuildInfo that wait for their answers, the latest four of a connection.
class PendingBuildReads {
 public:
  void ask(std::size_t way, std::uint32_t request, BuildReads const& reads) {
    entries_[next_] = {.request = request, .way = static_cast<std::uint8_t>(way), .reads = reads};
    next_ = static_cast<std::uint8_t>((next_ + 1) % entries_.size());
  }
  /// What the answer to a request holds, which the other end asked. It is done with.
  BuildReads answer(std::size_t way, std::uint32_t request) {
    for (auto& entry : entries_) {
      if (entry.request != request || entry.way == way || !entry.reads.any()) continue;
      auto const reads = entry.reads;
      entry = {};
      return reads;
    }
    return {};
  }

 private:
  struct Entry {
    std::uint32_t request = 0;
    std::uint8_t way = 0;
    BuildReads reads;
  };
  std::array<Entry, 4> entries_{};
  std::uint8_t next_ = 0;
};

}  // namespace greywatch::agent::opcua
