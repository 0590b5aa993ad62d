#include "common/metrics/writer.hpp"

#include <prometheus/metric_family.h>

#include <algorithm>

namespace greywatch {

void MetricWriter::sample(bool counter, std::string_view name, std::string_view help, double value,
                          MetricLabels const& labels) {
  // From the back: mostly the family of the sample before.
  auto family = std::find_if(out_.rbegin(), out_.rend(), [&](auto const& known) { return known.name == name; });
  if (family == out_.rend()) {
    prometheus::MetricFamily made;
    made.name = name;
    made.help = help;
    made.type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    out_.push_back(std::move(made));
    family = out_.rbegin();
  }
  prometheus::ClientMetric metric;
  for (auto const& [label, text] : labels) metric.label.push_back({label, text});
  (counter ? metric.counter.value : metric.gauge.value) = value;
  family->metric.push_back(std::move(metric));
}
void MetricWriter::counter(std::string_view name, std::string_view help, double value, MetricLabels const& labels) {
  sample(true, name, help, value, labels);
}
void MetricWriter::gauge(std::string_view name, std::string_view help, double value, MetricLabels const& labels) {
  sample(false, name, help, value, labels);
}

}  // namespace greywatch
