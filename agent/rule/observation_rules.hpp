#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/rule/observation_view.hpp"
#include "common/rule/rule_set.hpp"

namespace greywatch::agent {

struct RuleOptions {
  std::string node;
  Duration remember = std::chrono::hours(24);  ///< a match seen again within this time is an update
  Duration quiet = std::chrono::minutes(5);    ///< after a last match the rest of the count is told
  std::size_t most_open = 512;                 ///< matches remembered; beyond, the one not seen for longest goes
  double per_day = 32, burst = 32;             ///< onsets of one rule; the rest is counted
};

struct RuleCounters {
  std::uint64_t version = 0;  ///< of the pack; 0 for rules of a folder
  std::uint64_t rules = 0;    ///< that are evaluated
  std::uint64_t observations = 0, matches = 0;
  std::uint64_t onsets = 0, updates = 0;
  std::uint64_t held = 0;  ///< matches beyond the budget of their rule
};

/// Evaluates the rules of `category: observation` on observations and makes findings of what matches: one onset for a
/// rule, a source and a destination, then updates with their count at growing intervals. On event time, on the capture
/// thread; no allocation while nothing matches.
class ObservationRules {
 public:
  /// `findings` must outlive it.
  ObservationRules(RuleOptions options, rules::RuleSet set, std::uint64_t version, CommunityId community_id,
                   FindingSink& findings);

  void on_observation(Observation const& observation);
  /// Tells counts of what has been quiet.
  void on_time(Time now);
  /// Tells all counts that were not told.
  void flush();

  RuleCounters const& counters() const { return counters_; }

 private:
  struct Open {
    std::uint32_t rule = 0;
    Finding finding;
    std::string onset;
    Time sent;
    Duration interval{};
    bool stale = false;
  };
  struct Budget {
    double tokens = 0;
    Time at;
  };

  bool wanted(std::string_view protocol) const;
  void matched(std::uint32_t rule, Observation const& observation);
  bool affordable(std::uint32_t rule, Time now);
  Finding begin(rules::Rule const& rule, Observation const& observation);
  void update(Open& open);
  std::string send(Finding finding);

  RuleOptions options_;
  rules::RuleSet set_;
  ObservationView view_;
  CommunityId community_id_;
  FindingSink& findings_;
  std::vector<bool> evaluated_;        ///< by rule: those of observations that report on their own
  std::vector<std::string> services_;  ///< protocols that rules name
  bool any_service_ = false;           ///< a rule names none
  std::vector<std::uint32_t> matches_;
  std::vector<Open> open_;
  std::vector<Budget> budgets_;
  std::int64_t epoch_ = 0;
  std::uint64_t sequence_ = 0;
  RuleCounters counters_;
};

}  // namespace greywatch::agent
