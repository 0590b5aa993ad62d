#pragma once
#include <algorithm>

#include "common/time.hpp"

namespace greywatch::collector {

/// So many a day, and so many at once.
struct Allowance {
  double per_day = 0, burst = 0;
};

/// A token bucket on event time: full at first, refilled as time passes, never by times that come late.
class TokenBucket {
 public:
  explicit TokenBucket(double burst = 0) : tokens(burst) {}

  bool has(Time now, Allowance const& allowance) {
    if (unix_ns(at) != 0 && now > at)
      tokens = std::min(allowance.burst, tokens + seconds(now - at) * allowance.per_day / 86'400);
    at = std::max(at, now);
    return tokens >= 1;
  }
  bool take(Time now, Allowance const& allowance) {
    if (!has(now, allowance)) return false;
    tokens -= 1;
    return true;
  }

  double tokens;
  Time at;
};

}  // namespace greywatch::collector
