#pragma once
#include <array>
#include <cstdint>

#include "agent/detect/alarms.hpp"

namespace greywatch::agent::detect {

/// The slow channel: per class and day the most unusual window that was no alarm. With n windows tested that day and
/// the least p of them m, the finding says 1 - (1 - m)^n, which is uniform when nothing goes on: a patient campaign
/// shows as days that are all a little too small.
class Summary {
 public:
  explicit Summary(Alarms& alarms) : alarms_(alarms) {}

  /// A window was tested and not alarmed; `p` in (0, 1].
  void note(FindingClass classification, double p) {
    auto& day = days_[static_cast<std::size_t>(classification)];
    ++day.tests;
    if (p < day.least) day.least = p;
  }
  /// Event time passed: ends the day that is over, by UTC.
  void on_time(Time now);
  /// Ends the day now.
  void finish(Time end);
  std::uint64_t sent() const { return sent_; }

 private:
  struct Day {
    std::uint64_t tests = 0;
    double least = 1;
  };
  void close(Time end);
  Alarms& alarms_;
  std::array<Day, finding_classes> days_{};
  std::int64_t day_ = -1;
  std::uint64_t sent_ = 0;
};

}  // namespace greywatch::agent::detect
