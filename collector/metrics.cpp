#include "collector/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <mutex>
#include <set>

namespace greywatch::collector {

namespace {

using prometheus::Histogram;
using prometheus::MetricFamily;

/// The first names that come, up to a bound; later ones are "other".
class BoundedNames {
 public:
  explicit BoundedNames(std::size_t most) : most_(most) {}
  std::string operator()(std::string const& name) {
    if (name.empty()) return "none";
    if (names_.contains(name)) return name;
    if (names_.size() >= most_) return "other";
    names_.insert(name);
    return name;
  }

 private:
  std::size_t most_;
  std::set<std::string> names_;
};

constexpr std::size_t most_nodes = 10'000;
constexpr std::size_t most_detectors = 64;

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& findings = prometheus::BuildCounter()
                                                          .Name("greywatch_findings_total")
                                                          .Help("Alarms committed, by node and class")
                                                          .Register(registry);
  prometheus::Family<prometheus::Counter>& indicators = prometheus::BuildCounter()
                                                            .Name("greywatch_indicators_total")
                                                            .Help("Indicators given to the score, by class")
                                                            .Register(registry);
  prometheus::Family<prometheus::Counter>& alerts = prometheus::BuildCounter()
                                                        .Name("greywatch_alerts_total")
                                                        .Help("Changes of alerts, by severity and new state")
                                                        .Register(registry);
  prometheus::Family<Histogram>& pvalues = prometheus::BuildHistogram()
                                               .Name("greywatch_detector_pvalue")
                                               .Help("p-values of daily summaries; flat while calibrated and quiet")
                                               .Register(registry);
  Histogram& transactions =
      prometheus::BuildHistogram()
          .Name("greywatch_store_commit_seconds")
          .Help("Time of one store transaction, sync included")
          .Register(registry)
          .Add({}, Histogram::BucketBoundaries{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2});
  Histogram& evaluations =
      prometheus::BuildHistogram()
          .Name("greywatch_evaluation_seconds")
          .Help("Time from a finding's receipt to the end of its evaluation")
          .Register(registry)
          .Add({}, Histogram::BucketBoundaries{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30});
  mutable std::mutex mutex;
  BoundedNames nodes{most_nodes}, detectors{most_detectors};
  std::vector<std::function<void(MetricWriter&)>> sources;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::finding(Finding const& finding) {
  std::string node, detector;
  {
    std::lock_guard const guard(impl_->mutex);
    node = impl_->nodes(finding.node);
    detector = impl_->detectors(finding.detector);
  }
  if (finding.kind == FindingKind::alert)
    impl_->findings.Add({{"node", node}, {"class", std::string(name(finding.classification))}}).Increment();
  if (finding.kind == FindingKind::summary)
    impl_->pvalues
        .Add({{"detector", detector}},
             Histogram::BucketBoundaries{0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1})
        .Observe(finding.p);
}
void Metrics::indicator(Indicator const& indicator) {
  if (indicator.kind == FindingKind::coverage) return;
  impl_->indicators.Add({{"class", std::string(name(indicator.classification))}}).Increment();
}
void Metrics::alert(std::string_view severity, bool firing) {
  impl_->alerts.Add({{"severity", std::string(severity)}, {"state", firing ? "firing" : "resolved"}}).Increment();
}
void Metrics::transaction(double seconds) { impl_->transactions.Observe(seconds); }
void Metrics::evaluated(double seconds) { impl_->evaluations.Observe(seconds); }

void Metrics::add_source(std::function<void(MetricWriter&)> give) {
  std::lock_guard const guard(impl_->mutex);
  impl_->sources.push_back(std::move(give));
}
void Metrics::remove_sources() {
  std::lock_guard const guard(impl_->mutex);
  impl_->sources.clear();
}

std::vector<MetricFamily> Metrics::collect() const {
  auto families = impl_->registry.Collect();
  std::lock_guard const guard(impl_->mutex);
  MetricWriter writer(families);
  for (auto const& give : impl_->sources) give(writer);
  return families;
}

}  // namespace greywatch::collector
