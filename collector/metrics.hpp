#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/indicator.hpp"
#include "common/event/finding.hpp"
#include "common/metrics/writer.hpp"

namespace greywatch::collector {

/// All Prometheus families of the collector; docs/metrics.md lists them. Counts what passes; what has a state of its
/// own (store, ingest, scores, nodes) is asked at each scrape. Any thread. Labels hold names of nodes, scopes and fixed
/// words, never addresses; sets that agents could fill are bounded and what exceeds them counts under "other".
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void finding(Finding const& finding);
  void indicator(Indicator const& indicator);
  void alert(std::string_view severity, bool firing);
  /// Seconds of one store transaction.
  void transaction(double seconds);
  /// Seconds from the receipt of a finding to the end of its evaluation by the scoring line.
  void evaluated(double seconds);

  /// `give` is called at every scrape, on the scraping thread, until the source is removed.
  void add_source(std::function<void(MetricWriter&)> give);
  void remove_sources();

  std::vector<prometheus::MetricFamily> collect() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace greywatch::collector
