#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace greywatch::agent::detect {

/// How often something new turns up, after Good and Turing: with n draws, N1 kinds of which came exactly once, the
/// chance that the next draw is of a kind never seen is about (N1 + 1) / (n + 1). Four octets: at 65,535 draws both are
/// halved, so that the estimate follows slow change and p stays above 1.5e-5.
struct Novelty {
  std::uint16_t draws = 0, once = 0;

  /// The kind drawn has now been seen `times` times, this one included.
  void draw(std::uint32_t times) {
    if (draws == 0xffff) draws /= 2, once /= 2;
    ++draws;
    if (times == 1) ++once;
    if (times == 2 && once > 0) --once;
  }
  double p() const { return std::min(1.0, (once + 1.0) / (draws + 1.0)); }
};

/// The same for all alike: of the occasions at a like age, on how many did something new turn up? What is young is
/// expected to bring new things, and this table learns from the whole node until what age. Ages count occasions or
/// draws.
class Hazard {
 public:
  void expose(std::uint32_t age) { ++exposed_[bucket(age)]; }
  void befall(std::uint32_t age) { ++odd_[bucket(age)]; }

  /// p of something new at this age: over all occasions at least about half as old.
  double p(std::uint32_t age) const {
    double odd = 1, exposed = 1;
    for (unsigned b = bucket(age) > 0 ? bucket(age) - 1 : 0; b < buckets; ++b) odd += odd_[b], exposed += exposed_[b];
    return std::min(1.0, odd / exposed);
  }

  /// How often it happened, at least about half as old.
  std::uint64_t times(std::uint32_t age) const {
    std::uint64_t odd = 0;
    for (unsigned b = bucket(age) > 0 ? bucket(age) - 1 : 0; b < buckets; ++b) odd += odd_[b];
    return odd;
  }

  static constexpr unsigned buckets = 20;
  std::array<std::uint32_t, buckets>& exposed() { return exposed_; }
  std::array<std::uint32_t, buckets>& odd() { return odd_; }

 private:
  static unsigned bucket(std::uint32_t age) {
    return std::min(buckets - 1, static_cast<unsigned>(std::bit_width(age)));
  }
  std::array<std::uint32_t, buckets> exposed_{}, odd_{};
};

/// Ranks a statistic among those seen before: p = (1 + how many were at least as large) / (n + 1). Conformal, in bins
/// of a quarter from -4 to 28; what lies beyond is counted in the outermost bins.
class Rank {
 public:
  static constexpr unsigned bins = 128;
  void add(double value) { ++counts_[bin(value)], ++total_; }
  double p(double value) const {
    std::uint64_t above = 0;
    for (unsigned b = bin(value); b < bins; ++b) above += counts_[b];
    return (1.0 + static_cast<double>(above)) / (1.0 + static_cast<double>(total_));
  }
  std::uint64_t total() const { return total_; }
  std::array<std::uint32_t, bins> const& counts() const { return counts_; }
  void set(unsigned at, std::uint32_t count) { total_ += count - std::uint64_t{counts_[at]}, counts_[at] = count; }

 private:
  static unsigned bin(double value) { return static_cast<unsigned>(std::clamp((value + 4) * 4, 0.0, bins - 1.0)); }
  std::array<std::uint32_t, bins> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace greywatch::agent::detect
