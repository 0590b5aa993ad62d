#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "collector/state.hpp"

namespace greywatch::collector {

/// How unusual an alarm is among the alarms of its own detector. A p-value says how rare something is at its node, but
/// by how much detectors differ in that is no evidence: here only the rank of a p-value among those that the same
/// detector gave in the whole fleet counts. Fleet-wide, bounded, slow to change. One thread.
class Marks {
 public:
  /// The factor on the likelihood of an act, from the conformal rank r of `p`: 1/2 + 1/4 r^(-1/2), at most 8. Its mean
  /// is one, or a little less by the cap, when the alarm is one like those before. 1 without a p-value (p = 1) and for
  /// a detector that is not known.
  double factor(std::string_view detector, double p) const;

  /// Takes the alarm that began an onset into the history of its detector.
  void learn(std::string_view detector, double p);

  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  static constexpr std::size_t bins = 64;             ///< quarters of a decade
  static constexpr std::size_t most_detectors = 256;  ///< the others are not ranked
  struct History {
    std::array<double, bins> count{};  ///< of p-values, by -4 log10 p
    double total = 0;
  };
  static std::size_t bin(double p);

  std::map<std::string, History, std::less<>> histories_;
};

}  // namespace greywatch::collector
