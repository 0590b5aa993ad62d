#include "agent/detect/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace greywatch::agent::detect {

namespace {
constexpr std::int64_t day_ns = 86'400'000'000'000;
std::int64_t day_of(Time time) { return unix_ns(time) / day_ns; }
}  // namespace

void Summary::on_time(Time now) {
  auto const day = day_of(now);
  if (day_ < 0) day_ = day;
  if (day <= day_) return;
  close(from_unix_ns((day_ + 1) * day_ns - 1));
  day_ = day;
}

void Summary::finish(Time end) {
  if (day_ < 0) return;
  close(std::min(end, from_unix_ns((day_ + 1) * day_ns - 1)));
}

void Summary::close(Time end) {
  for (std::size_t i = 0; i < days_.size(); ++i) {
    auto& day = days_[i];
    if (day.tests == 0) continue;
    auto const tests = static_cast<double>(day.tests);
    double const p = day.least >= 1 ? 1 : -std::expm1(tests * std::log1p(-day.least));
    Finding finding;
    finding.kind = FindingKind::summary;
    finding.time = end;
    finding.code = "node.day.summary";
    finding.classification = static_cast<FindingClass>(i);
    finding.p = std::clamp(p, 1e-300, 1.0);
    finding.detector = "summary";
    finding.count = day.tests;
    finding.first = from_unix_ns(day_ * day_ns);
    finding.last = end;
    finding.message = fmt::format(
        "The most unusual of {} {} windows that were no alarm had p {:.3g}; of so many one is that unusual on a share "
        "of {:.3g} of days",
        day.tests, name(finding.classification), day.least, p);
    finding.fields.push_back({"greywatch.least_p", day.least});
    alarms_.send(std::move(finding));
    ++sent_;
    day = {};
  }
}

}  // namespace greywatch::agent::detect
