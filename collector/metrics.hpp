#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/indicator.hpp"
#include "common/event/finding.hpp"

namespace prometheus {
struct MetricFamily;
}

namespace greywatch::collector {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// Collects families at one scrape; samples of one family are given one after the other.
class MetricWriter {
 public:
  explicit MetricWriter(std::vector<prometheus::MetricFamily>& out) : out_(out) {}
  void counter(std::string_view name, std::string_view help, double value, MetricLabels const& labels = {});
  void gauge(std::string_view name, std::string_view help, double value, MetricLabels const& labels = {});

 private:
  void sample(bool counter, std::string_view name, std::string_view help, double value, MetricLabels const& labels);
  std::vector<prometheus::MetricFamily>& out_;
};

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
