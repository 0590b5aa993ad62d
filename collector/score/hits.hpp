#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "collector/score/fleet.hpp"
#include "collector/score/options.hpp"

namespace greywatch::collector {

inline constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

using ClassShares = std::array<double, finding_classes>;  ///< how a cause spreads over classes; adds up to 1

/// A node with at least one onset in a tile. `inverse[c]` is 1 / (chance of that onset in the tile), 0 without one.
struct Hit {
  std::uint32_t node = 0;
  ClassMask classes = 0;
  std::array<double, finding_classes> inverse{};
  /// How unusual each onset's alarm is among those of its detector: mean one without acts (marks.hpp).
  std::array<double, finding_classes> mark{1, 1, 1, 1, 1, 1};
  /// By class, chance that a benign cause, seen in the whole fleet, brought the onset, and whose cause it is: a part of
  /// the fleet sees less of it, or none.
  std::array<double, finding_classes> excused{};
  std::array<GroupKind, finding_classes> excuse{};
  /// Likelihood ratio of what the node showed earlier, given that this is a later stage of the same act (stages.hpp).
  double progress = 1;

  /// Likelihood ratio of "one visible act here, its class drawn from `shares`" to no act: mean one without acts, as
  /// each term is (onset of c) / P(onset of c). Only classes in `mask` count.
  double ratio(ClassShares const& shares, ClassMask mask) const {
    double sum = 0;
    for (std::size_t c = 0; c < finding_classes; ++c)
      if (mask >> c & 1) sum += shares[c] * inverse[c];
    return sum;
  }
  /// The same for an act whose alarms are more unusual than others.
  double marked_ratio(ClassShares const& shares, ClassMask mask) const {
    double sum = 0;
    for (std::size_t c = 0; c < finding_classes; ++c)
      if (mask >> c & 1) sum += shares[c] * inverse[c] * mark[c];
    return sum;
  }
  /// Whether somebody got in and gave commands, and not the one or the other alone.
  bool taken() const { return (classes & bit(FindingClass::access)) && (classes & bit(FindingClass::command)); }
  /// The largest mark of its classes in `mask`, of which it has one.
  double unusual(ClassMask mask) const {
    double most = 0;
    for (std::size_t c = 0; c < finding_classes; ++c)
      if (classes & mask & (1U << c)) most = std::max(most, mark[c]);
    return most;
  }
};

/// Log of a product of factors of at least one, without a logarithm of each.
class LogProduct {
 public:
  void times(double factor) {
    product_ *= factor;
    if (product_ > 1e200) {
      log_ += std::log(product_);
      product_ = 1;
    }
  }
  void add_log(double log) { log_ += log; }
  double log() const { return log_ + std::log(product_); }

 private:
  double product_ = 1, log_ = 0;
};

/// "At least two of these units were hit", as a likelihood: each unit brings z = its odds of having been hit, and what
/// is kept are the posterior chances of none, one and more hits, so nothing cancels and nothing overflows. Order
/// matters only in the last bits: feed units in a canonical order.
class AtLeastTwo {
 public:
  void add(double z) {
    double const miss = 1 / (1 + z);
    mix(miss, z * miss);
    scale_.times(1 + z);
  }
  /// The same for a unit whose odds are given as log(1 + z).
  void add_log(double log1p_z) {
    mix(std::exp(-log1p_z), -std::expm1(-log1p_z));
    scale_.add_log(log1p_z);
  }
  /// Log of the sum over all ways to hit at least two, relative to none hit.
  double log() const { return two_ > 0 ? scale_.log() + std::log(two_) : minus_infinity; }

 private:
  void mix(double miss, double hit) {
    two_ += one_ * hit;
    one_ = one_ * miss + none_ * hit;
    none_ *= miss;
  }
  double none_ = 1, one_ = 0, two_ = 0;
  LogProduct scale_;
};

/// The same for `units` equal units, each hit with probability q, before anything was seen: the normaliser. In units of
/// "none hit", as `AtLeastTwo::log`. Minus infinity below two units.
double log_at_least_two(std::uint32_t units, double q);

inline double log_add(double a, double b) {
  if (a < b) return a == minus_infinity ? b : b + std::log1p(std::exp(a - b));
  return b == minus_infinity ? a : a + std::log1p(std::exp(b - a));
}

}  // namespace greywatch::collector
