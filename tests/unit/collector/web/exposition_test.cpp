#include "collector/web/exposition.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <catch2/catch.hpp>

using namespace greywatch::collector;

TEST_CASE("OpenMetrics names families without their suffixes and ends with EOF", "[collector][web]") {
  prometheus::Registry registry;
  prometheus::BuildCounter()
      .Name("greywatch_findings_total")
      .Help("What \"was\" odd")
      .Register(registry)
      .Add({{"node", "a\"b\\c\nd"}})
      .Increment(3);
  prometheus::BuildGauge()
      .Name("greywatch_build_info")
      .Help("Version")
      .Register(registry)
      .Add({{"version", "1"}})
      .Set(1);
  prometheus::BuildHistogram()
      .Name("greywatch_seconds")
      .Help("Time")
      .Register(registry)
      .Add({}, prometheus::Histogram::BucketBoundaries{0.5, 1})
      .Observe(0.7);
  auto const text = expose(registry.Collect(), Exposition::open_metrics);
  CHECK(text ==
        "# TYPE greywatch_findings counter\n# HELP greywatch_findings What \\\"was\\\" odd\n"
        "greywatch_findings_total{node=\"a\\\"b\\\\c\\nd\"} 3\n"
        "# TYPE greywatch_build info\n# HELP greywatch_build Version\n"
        "greywatch_build_info{version=\"1\"} 1\n"
        "# TYPE greywatch_seconds histogram\n# HELP greywatch_seconds Time\n"
        "greywatch_seconds_bucket{le=\"0.5\"} 0\ngreywatch_seconds_bucket{le=\"1.0\"} "
        "1\ngreywatch_seconds_bucket{le=\"+Inf\"} 1\n"
        "greywatch_seconds_sum 0.7\ngreywatch_seconds_count 1\n# EOF\n");
  auto const plain = expose(registry.Collect(), Exposition::text);
  CHECK(plain.find("# TYPE greywatch_findings_total counter") != std::string::npos);
  CHECK(plain.find("# EOF") == std::string::npos);
}
