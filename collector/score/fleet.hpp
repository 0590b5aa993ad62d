#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/inventory.hpp"

namespace greywatch::collector {

/// What a benign cause can hit together.
enum class GroupKind : std::uint8_t {
  region,
  operator_,
  vendor,
  carrier,
  clock_domain,
  sector,
  internet,
  market,
  unknown,
  everywhere
};
inline constexpr std::size_t group_kinds = 10;

/// The kinds of scope that get a score; the value is the slot in `Fleet::scopes_of`.
enum class ScopeKind : std::uint8_t { fleet, region, sector, vendor };
inline constexpr std::size_t scope_kinds = 4;

inline constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

struct Group {
  GroupKind kind;
  std::string name;  ///< empty for internet, market and unknown, of which there is one each
};

struct Scope {
  ScopeKind kind;
  std::string name;                      ///< "fleet", "region:NAME", …
  std::vector<std::uint32_t> members;    ///< nodes
  std::vector<std::uint32_t> operators;  ///< cells of the named operators in it
};

/// The inventory, compiled to numbers. A cell is the part of a group that lies in a scope. Immutable.
struct Fleet {
  explicit Fleet(Inventory const& inventory);

  std::vector<Node> nodes;
  std::unordered_map<std::string, std::uint32_t> index;  ///< node by name
  std::vector<Group> groups;
  std::vector<Scope> scopes;  ///< the fleet first, then regions, sectors, vendors, each by name
  std::vector<std::array<std::uint32_t, group_kinds>> groups_of;  ///< of a node; none where it has no such group
  std::vector<std::array<std::uint32_t, scope_kinds>> scopes_of;
  std::vector<std::array<std::array<std::uint32_t, group_kinds>, scope_kinds>> cells_of;
  std::vector<double> weight;        ///< of a node for coverage; 0 for one that is not expected
  std::vector<std::uint32_t> whole;  ///< of a group: its cell in the fleet
  std::vector<std::uint32_t> rank;   ///< of a node when nodes are ordered by operator, then by index
  std::uint32_t cells = 0;
  std::array<std::uint32_t, scope_kinds> scope_counts{};  ///< scopes of each kind

  std::uint32_t group_of(std::uint32_t node, GroupKind kind) const {
    return groups_of[node][static_cast<std::size_t>(kind)];
  }
  std::uint32_t scope_of(std::uint32_t node, ScopeKind kind) const {
    return scopes_of[node][static_cast<std::size_t>(kind)];
  }
};

/// Which nodes report, and how many of each scope and cell do.
struct Live {
  explicit Live(Fleet const& fleet);

  /// Takes a node's coverage in [0, 1]; below one half the node is left out of the likelihoods, unless it is held.
  void set(Fleet const& fleet, std::uint32_t node, double share);
  /// Keeps the node in the likelihoods before `until` (a tick), whatever it covers: what alarms was there.
  void hold(Fleet const& fleet, std::uint32_t node, std::int64_t until);
  /// Lets go of those that were held until `tick` or an earlier one.
  void release(Fleet const& fleet, std::int64_t tick);
  /// Share of the expected nodes of a scope that report, by weight; 1 when none is expected.
  double coverage_of(Fleet const& fleet, Scope const& scope) const;

  std::vector<double> coverage;                ///< of each node
  std::vector<std::uint32_t> in_scope;         ///< live nodes
  std::vector<std::uint32_t> in_cell;          ///< live nodes
  std::vector<std::uint32_t> unnamed;          ///< live nodes of a scope that have no operator
  std::map<std::uint32_t, std::int64_t> held;  ///< nodes, until when
  std::uint64_t version = 0;                   ///< of the live set; no two different sets of one process share one

  bool covered(std::uint32_t node) const { return coverage[node] >= 0.5; }
  bool live(std::uint32_t node) const { return counted_[node]; }

 private:
  void count(Fleet const& fleet, std::uint32_t node);
  std::vector<char> counted_;
};

}  // namespace greywatch::collector
