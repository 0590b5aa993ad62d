#include "collector/alert/elond.hpp"

#include <algorithm>
#include <cmath>

namespace greywatch::collector {

namespace {

constexpr double zeta = 2.6123753486854883;  // of 1.5: all levels of a month add up to the rate

std::int64_t month_of(Time time) {
  std::chrono::year_month_day const date(std::chrono::floor<std::chrono::days>(std::chrono::sys_time<Duration>(time)));
  return std::int64_t{int(date.year())} * 12 + unsigned(date.month()) - 1;
}

}  // namespace

double calibrated_e(double p) { return 0.5 / std::sqrt(std::clamp(p, 1e-300, 1.0)); }

ELond::Verdict ELond::test(double e, Time time) {
  if (auto const month = month_of(time); month > month_) {
    month_ = month;
    tests_ = 0;
    told_ = 0;
  }
  if (time > at_) {
    told_ *= std::exp2(-seconds(time - at_) / seconds(half_life_));
    at_ = time;
  }
  Verdict out{.told_before = told_};
  out.test = ++tests_;
  out.threshold = zeta * std::pow(static_cast<double>(tests_), 1.5) / (fdr_ * (told_ + 1));
  out.told = e >= out.threshold;
  if (out.told) told_ += 1;
  return out;
}

void ELond::save(StateWriter& out) const {
  out.integer(month_);
  out.number(tests_);
  out.real(told_);
  out.integer(unix_ns(at_));
}

void ELond::load(StateReader& in) {
  month_ = in.integer();
  tests_ = in.number();
  told_ = in.real();
  at_ = from_unix_ns(in.integer());
}

}  // namespace greywatch::collector
