#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace greywatch {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// Writes samples that somebody else counts into Prometheus families, whatever order they come in. `out` is borrowed.
class MetricWriter {
 public:
  explicit MetricWriter(std::vector<prometheus::MetricFamily>& out) : out_(out) {}
  void counter(std::string_view name, std::string_view help, double value, MetricLabels const& labels = {});
  void gauge(std::string_view name, std::string_view help, double value, MetricLabels const& labels = {});

 private:
  void sample(bool counter, std::string_view name, std::string_view help, double value, MetricLabels const& labels);
  std::vector<prometheus::MetricFamily>& out_;
};

}  // namespace greywatch
