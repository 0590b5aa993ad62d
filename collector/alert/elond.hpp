#pragma once
#include <cstdint>

#include "collector/state.hpp"
#include "common/time.hpp"

namespace greywatch::collector {

/// An e-value from a p-value: 0.5 p^-0.5, which integrates to one over uniform p (Vovk and Wang, 2021).
double calibrated_e(double p);

/// e-LOND: which of a stream of tests to tell, so that among those told the expected share of false ones stays below
/// `fdr`, however the tests depend on each other (Xu and Ramdas, 2024). Test t of a calendar month (UTC) is told when
///   e_t >= 1 / (fdr g_t (R + 1)),   g_t = t^-1.5 / zeta(1.5),
/// R being those told before in this month, each fading with `half_life`: never more than were told, so the bound holds
/// for every month. On event time; a test that comes late belongs to the newest month seen.
class ELond {
 public:
  ELond(double fdr, Duration half_life) : fdr_(fdr), half_life_(half_life) {}

  struct Verdict {
    bool told = false;
    double threshold = 0;    ///< that e had to reach
    std::uint64_t test = 0;  ///< its number in this month, from 1
    double told_before = 0;  ///< R
  };
  Verdict test(double e, Time time);

  void save(StateWriter& out) const;
  void load(StateReader& in);

 private:
  double fdr_;
  Duration half_life_;
  std::int64_t month_ = INT64_MIN;  ///< since year 0
  std::uint64_t tests_ = 0;
  double told_ = 0;  ///< R at `at_`
  Time at_;
};

}  // namespace greywatch::collector
