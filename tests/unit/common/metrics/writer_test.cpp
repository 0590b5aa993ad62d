#include "common/metrics/writer.hpp"

#include <prometheus/metric_family.h>

#include <catch2/catch.hpp>

using namespace greywatch;

TEST_CASE("samples of one name form one family, whatever comes between them", "[metrics]") {
  std::vector<prometheus::MetricFamily> families;
  MetricWriter out(families);
  out.counter("greywatch_a_total", "What a counts", 1, {{"node", "north"}});
  out.gauge("greywatch_b", "What b shows", 2);
  out.counter("greywatch_a_total", "What a counts", 3, {{"node", "south"}});
  REQUIRE(families.size() == 2);
  CHECK(families[0].name == "greywatch_a_total");
  CHECK(families[0].help == "What a counts");
  CHECK(families[0].type == prometheus::MetricType::Counter);
  REQUIRE(families[0].metric.size() == 2);
  CHECK(families[0].metric[1].counter.value == 3);
  REQUIRE(families[0].metric[1].label.size() == 1);
  CHECK(families[0].metric[1].label[0].name == "node");
  CHECK(families[0].metric[1].label[0].value == "south");
  CHECK(families[1].type == prometheus::MetricType::Gauge);
  REQUIRE(families[1].metric.size() == 1);
  CHECK(families[1].metric[0].gauge.value == 2);
}
