#pragma once
#include <string>
#include <vector>

#include "collector/web/views.hpp"

namespace prometheus {
struct MetricFamily;
}

namespace greywatch::collector {

/// Metric families in the Prometheus text format 0.0.4 or in OpenMetrics 1.0 (which prometheus-cpp does not write).
std::string expose(std::vector<prometheus::MetricFamily> const& families, Exposition format);

}  // namespace greywatch::collector
