#include "collector/web/exposition.hpp"

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <sstream>

namespace greywatch::collector {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void escape(std::string_view text, std::string& out) {
  for (char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  return fmt::format("{}", value);
}

/// One OpenMetrics exposition (OpenMetrics 1.0, "Text format").
class OpenMetrics {
 public:
  std::string write(std::vector<MetricFamily> const& families) {
    for (auto const& family : families) write(family);
    return std::move(out_) + "# EOF\n";
  }

 private:
  void write(MetricFamily const& family) {
    if (family.metric.empty()) return;
    // A counter's family goes by the name without _total; a *_info gauge is a metric of type info.
    std::string_view name = family.name;
    bool const counter = family.type == MetricType::Counter;
    bool const info = family.type == MetricType::Gauge && name.ends_with("_info");
    if (counter && name.ends_with("_total")) name.remove_suffix(6);
    if (info) name.remove_suffix(5);
    fmt::format_to(std::back_inserter(out_), "# TYPE {} {}\n# HELP {} ", name, info ? "info" : type(family.type), name);
    escape(family.help, out_);
    out_ += '\n';
    for (auto const& metric : family.metric) sample(name, family.type, info, metric);
  }

  static std::string_view type(MetricType type) {
    switch (type) {
      case MetricType::Counter:
        return "counter";
      case MetricType::Gauge:
        return "gauge";
      case MetricType::Summary:
        return "summary";
      case MetricType::Histogram:
        return "histogram";
      default:
        return "unknown";
    }
  }

  void sample(std::string_view name, MetricType type, bool info, ClientMetric const& metric) {
    if (type == MetricType::Counter) return line(name, "_total", metric, {}, number(metric.counter.value));
    if (type == MetricType::Gauge) return line(name, info ? "_info" : "", metric, {}, number(metric.gauge.value));
    if (type == MetricType::Untyped) return line(name, "", metric, {}, number(metric.untyped.value));
    if (type == MetricType::Histogram) {
      auto const& histogram = metric.histogram;
      for (auto const& bucket : histogram.bucket)
        line(name, "_bucket", metric, fmt::format("le=\"{}\"", bound(bucket.upper_bound)),
             fmt::format("{}", bucket.cumulative_count));
      if (histogram.bucket.empty() || !std::isinf(histogram.bucket.back().upper_bound))
        line(name, "_bucket", metric, "le=\"+Inf\"", fmt::format("{}", histogram.sample_count));
      line(name, "_sum", metric, {}, number(histogram.sample_sum));
      return line(name, "_count", metric, {}, fmt::format("{}", histogram.sample_count));
    }
    for (auto const& quantile : metric.summary.quantile)
      line(name, "", metric, fmt::format("quantile=\"{}\"", number(quantile.quantile)), number(quantile.value));
    line(name, "_sum", metric, {}, number(metric.summary.sample_sum));
    line(name, "_count", metric, {}, fmt::format("{}", metric.summary.sample_count));
  }

  /// Bounds of buckets are written as floating point: "1.0".
  static std::string bound(double value) {
    auto text = number(value);
    if (text.find_first_of(".eN+") == std::string::npos) text += ".0";
    return text;
  }

  void line(std::string_view name, std::string_view suffix, ClientMetric const& metric, std::string_view extra,
            std::string_view value) {
    out_ += name;
    out_ += suffix;
    if (!metric.label.empty() || !extra.empty()) {
      out_ += '{';
      for (auto const& label : metric.label) {
        if (out_.back() != '{') out_ += ',';
        out_ += label.name;
        out_ += "=\"";
        escape(label.value, out_);
        out_ += '"';
      }
      if (!extra.empty() && out_.back() != '{') out_ += ',';
      out_ += extra;
      out_ += '}';
    }
    out_ += ' ';
    out_ += value;
    out_ += '\n';
  }

  std::string out_;
};

}  // namespace

std::string expose(std::vector<MetricFamily> const& families, Exposition format) {
  if (format == Exposition::open_metrics) return OpenMetrics().write(families);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace greywatch::collector
