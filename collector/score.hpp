#pragma once
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "common/time.hpp"

namespace greywatch::collector {

inline constexpr double decibans_per_nat = 10 / std::numbers::ln10;

/// 100 times the probability of log odds.
inline double percent(double log_odds) {
  if (log_odds > 0) return 100 / (1 + std::exp(-log_odds));
  double const odds = std::exp(log_odds);
  return 100 * odds / (1 + odds);
}

struct Share {
  std::string name;  ///< node
  double share = 0;  ///< of its contribution, in [0, 1]
};

/// One addend of a score.
struct Contribution {
  std::string family;   ///< "prior", "coincidence", …
  double decibans = 0;  ///< 10 log10 of its factor on the odds
  double points = 0;    ///< of the score; all points add up to it exactly
  std::vector<Share> nodes;
  std::string text;  ///< what a shift engineer reads
  /// The evidence: event.id and ATT&CK ids, the latest first, bounded. For alerts; not in the NDJSON of a score.
  std::vector<std::string> findings, techniques;
};

struct AlertMark {
  std::string id;
  bool firing = true;
  Time since;
};

/// How likely a coordinated campaign is under way in one scope, at one tick of event time (DESIGN 3.3).
struct Score {
  Time time;
  std::string scope;  ///< "fleet", "region:NAME", "sector:NAME", "vendor:NAME"
  double score = 0;   ///< 0 to 100: 100 x posterior probability
  double p05 = 0, p95 = 0;
  double coverage = 1;      ///< share of expected nodes that report, in [0, 1]
  double log_odds = 0;      ///< natural logarithm
  double evalue_log10 = 0;  ///< companion e-process, without the prior
  std::vector<Contribution> contributions;
  std::optional<AlertMark> alert;
};

/// Appends `score` as one JSON object without a line end; `write_ndjson` adds it.
void write_json(Score const& score, std::string& out);

/// Appends `score` as one NDJSON line with the keys of DESIGN 3.3. Numbers are written so that they read back the same.
void write_ndjson(Score const& score, std::string& out);

}  // namespace greywatch::collector
