#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collector/alert.hpp"
#include "collector/alert/elond.hpp"
#include "collector/alert/token_bucket.hpp"
#include "collector/inventory.hpp"
#include "common/event/finding.hpp"
#include "common/result.hpp"

namespace greywatch::collector {

/// When people are told of one node alone (docs/alerts.md).
struct NodeAlertOptions {
  bool enabled = false;
  double fdr = 0.05;    ///< expected share of false alerts among those told, a region and month
  double looks = 2160;  ///< an agent's p is multiplied by this: 8,640 looks a day, 4 alarms a day by chance
  Duration half_life = std::chrono::hours{24 * 30};  ///< of those told before
  Duration refractory = std::chrono::hours{12};      ///< alarms of a node and class closer than this are one test
  Duration quiet = std::chrono::hours{24};           ///< without a further alarm the alert ends
  Allowance node{2, 2}, region{4, 8};
  std::string severity = "watch";
};

/// What became of the alarms; those that are not tests are updates, summaries and records of coverage.
struct NodeAlertCounters {
  std::uint64_t tests = 0;     ///< of e-LOND
  std::uint64_t expected = 0;  ///< of them: a declared cause made them likely
  std::uint64_t found = 0;     ///< of them: beyond the level
  std::uint64_t repeats = 0;   ///< no test: the same node and class within the refractory time
  std::uint64_t refused = 0;   ///< no test: node not in the inventory, or a time far ahead
  std::uint64_t told = 0;      ///< alerts begun
  std::uint64_t joined = 0;    ///< found at a node whose alert stands
  std::uint64_t deferred = 0;  ///< found, but beyond the budget: told later or in the words of another
  std::uint64_t resolved = 0;
};

/// Alerts of single nodes, from their alarms alone: the clearest ones only. Each region is a stream of tests under
/// e-LOND, so that a region that always alarms raises its own bar; token buckets of node and region bound what is told,
/// and what they hold back is told with the next. On event time; all state is bounded by the inventory. One thread.
class NodeAlerts {
 public:
  static constexpr std::size_t most_waiting = 32;  ///< a region
  static constexpr std::size_t most_declared = 4096;
  static constexpr auto furthest = std::chrono::hours{26};  ///< ahead of the last `advance`: a wrong clock

  NodeAlerts(Inventory const& inventory, NodeAlertOptions const& options);

  /// A declared cause lifts the p of the alarms it explains to 0.15: they are tested and never told.
  void declare(Declared const& cause);
  void on_finding(Finding const& finding, std::vector<Alert>& out);
  /// Ends what has been quiet and tells what waited for the budget.
  void advance(Time now, std::vector<Alert>& out);

  std::vector<Alert> firing() const;
  NodeAlertCounters const& counters() const { return counters_; }
  /// All but declared causes and counters; a node or region that is gone is left out.
  std::string save() const;
  Result<void, Refusal> load(std::string_view saved);
  /// Takes the causes of another one.
  void take_causes(NodeAlerts const& from) { declared_ = from.declared_; }

 private:
  /// An alarm beyond the level.
  struct Found {
    std::string node, code, message, finding;
    FindingClass classification = FindingClass::recon;
    std::vector<std::string> techniques;
    Time time;
    double p = 1, e = 1, threshold = 0, told_before = 0;
    std::uint64_t test = 0;
  };
  struct Standing {
    Alert alert;
    Time last;
  };
  struct PerNode {
    Node node;
    std::array<Time, finding_classes> alarmed{};
    TokenBucket bucket;
  };
  struct PerRegion {
    ELond stream;
    TokenBucket bucket;
    std::vector<Found> waiting;
    std::uint64_t overflow = 0;  ///< found, not even waiting
  };

  PerRegion& region(std::string const& name);
  void tell(PerRegion& region, Found const& found, std::vector<Alert>& out);
  void join(Standing& standing, Found const& found);

  NodeAlertOptions options_;
  std::map<std::string, PerNode, std::less<>> nodes_;
  std::map<std::string, PerRegion, std::less<>> regions_;
  std::map<std::string, Standing, std::less<>> standing_;  ///< by node
  std::vector<Declared> declared_;
  Time now_;
  NodeAlertCounters counters_;
};

}  // namespace greywatch::collector
