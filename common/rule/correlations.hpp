#pragma once
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/result.hpp"
#include "common/rule/rule_set.hpp"

namespace greywatch::rules {

/// A correlation that has come true.
struct Correlated {
  std::uint32_t correlation = 0;    ///< a place in RuleSet::correlations()
  std::vector<std::string> group;   ///< values of group-by, in its order
  std::vector<std::string> events;  ///< ids of the events in the window, oldest first; the newest max_listed at most
  double count = 0;                 ///< events, distinct values, rules seen, or what was computed of the values
};

/// Bounds of what correlations keep.
struct CorrelationLimits {
  std::size_t groups = 4096;      ///< per correlation
  std::size_t entries = 65'536;   ///< events remembered per correlation
  std::size_t key_octets = 1024;  ///< of all values of group-by together, of a counted value, of an id
};

/// The state of a rule set's correlations, in event time. An event belongs to the window (t - timespan, t], t being the
/// newest time of its group, so the order in which events arrive does not matter within a timespan.
///
/// A correlation fires with the event that makes its condition true and is silent while it stays true; once the window
/// no longer fulfils it, it can fire again. Bounds are only looked at when an event arrives: `lt` and `lte` mean "seen,
/// but less often", silence alone fires nothing. An event without one of the group-by fields is not counted; one with a
/// list belongs to the group of each of its values.
///
/// Metrics (value_sum, value_avg, value_median, value_percentile) stand on the newest 4,096 numbers of a group; the
/// percentile is the nearest rank.
///
/// Bounded by `CorrelationLimits`. When all groups are taken, those whose window has passed make room; else the new
/// group is turned away and counted, so that a flood of new groups cannot evict old ones. One thread.
class Correlations {
 public:
  static constexpr std::size_t max_listed = 64;        ///< event ids told per firing
  static constexpr std::size_t max_combinations = 16;  ///< groups that one event with lists can belong to

  /// Keeps a reference to `rules`, which must outlive it and stay where it is.
  explicit Correlations(RuleSet const& rules, CorrelationLimits limits = {});

  /// Takes an event and the rules that it matches (as RuleSet::match gives them); appends what came true.
  void on_event(EventView const& event, Time time, std::string_view id, std::span<std::uint32_t const> matched,
                std::vector<Correlated>& out);

  struct Counters {
    std::uint64_t groups_turned_away = 0;  ///< no room for a new group
    std::uint64_t entries_dropped = 0;     ///< no room for another event: the oldest of its group went
    std::uint64_t late = 0;                ///< older than its group's window
    std::uint64_t keys_too_long = 0;
    std::uint64_t not_numbers = 0;  ///< values that were to be computed with
  };
  Counters const& counters() const { return counters_; }
  std::size_t groups() const;

  /// All windows as text, versioned, in the same order for the same state.
  std::string save() const;
  /// Takes up what `save` wrote. Windows of correlations that are gone or were changed are left out; refuses another
  /// version and broken text, and then holds nothing.
  Result<void, Refusal> load(std::string_view text);
  /// Forgets all windows.
  void clear();

 private:
  struct Entry {
    Time time;
    std::uint32_t which = 0;  ///< which of the correlation's rules
    std::string id;
    std::string value;  ///< value_*: the value that counts
    double number = 0;  ///< the same as a number, for what computes with it
  };
  struct Group {
    Time newest;
    std::deque<Entry> entries;  ///< by time, oldest first
  };
  struct State {
    std::unordered_map<std::string, Group> groups;
    std::size_t entries = 0;
    Time newest;  ///< of all groups
    Time last_purge;
    std::uint64_t digest = 0;
    std::uint64_t saturation = 0;  ///< a higher count makes no difference to the bounds; metrics: values kept
  };
  struct Target {
    std::uint32_t correlation;
    std::uint32_t which;
  };

  bool feed(std::uint32_t correlation, std::uint32_t which, EventView const& event, Time time, std::string_view id,
            std::vector<Correlated>& out);
  bool add(std::uint32_t correlation, std::string const& key, Entry entry, std::vector<Correlated>& out);
  void expire(State& state, Group& group, Time now, Duration timespan);
  void insert(State& state, CorrelationRule const& rule, Group& group, Entry entry);
  double count(CorrelationRule const& rule, Group const& group);
  bool satisfied(CorrelationRule const& rule, Group const& group, double count);
  void purge(State& state, Duration timespan);
  std::string_view field_of(CorrelationRule const& rule, std::string const& name, std::uint32_t which) const;

  RuleSet const& rules_;
  CorrelationLimits limits_;
  std::vector<std::vector<Target>> of_rule_, of_correlation_;
  std::vector<State> states_;
  std::vector<double> numbers_;  ///< scratch of `count`
  std::vector<bool> seen_;       ///< scratch: rules seen in a group
  Counters counters_;
};

}  // namespace greywatch::rules
