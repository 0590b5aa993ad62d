#include "agent/replay.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <map>

#include "agent/asset/assets.hpp"
#include "agent/asset/vendors.hpp"
#include "agent/capture/file.hpp"
#include "agent/config.hpp"
#include "agent/dissect/dissection_counters.hpp"
#include "agent/emit.hpp"
#include "agent/net/community_id.hpp"
#include "agent/net/counters.hpp"
#include "agent/pipeline.hpp"
#include "agent/rule/rule_source.hpp"
#include "common/event/ndjson.hpp"

namespace greywatch::agent {

namespace {

/// Collects lines and writes them in large pieces.
class Lines {
 public:
  explicit Lines(std::FILE* out) : out_(out) {}
  ~Lines() { flush(); }
  Lines(Lines const&) = delete;
  Lines& operator=(Lines const&) = delete;
  std::string& text() { return text_; }
  void added() {
    if (text_.size() >= 1 << 16) flush();
  }
  void flush() {
    if (!text_.empty()) failed_ |= std::fwrite(text_.data(), 1, text_.size(), out_) != text_.size();
    text_.clear();
    failed_ |= std::fflush(out_) != 0;
  }
  bool failed() const { return failed_; }

 private:
  std::FILE* out_;
  std::string text_;
  bool failed_ = false;
};

/// Names findings and writes those of the captures proper; what learning finds is not told.
class FindingLines : public FindingSink {
 public:
  FindingLines(Lines& lines, std::string node, ReplayOptions::Emit emit)
      : lines_(lines), node_(std::move(node)), emit_(emit) {}

  void on_finding(Finding&& finding) override {
    if (quiet) return;
    using Emit = ReplayOptions::Emit;
    if (finding.kind == FindingKind::asset) {
      if (emit_ == Emit::assets) write(finding, ++assets_);
      return;
    }
    // A replay's epoch is the second of its first finding: the same capture gives the same names.
    if (count_++ == 0) epoch_ = unix_ns(finding.time) / 1'000'000'000;
    if (finding.kind == FindingKind::alert) ++alerts_;
    if (emit_ == Emit::findings) write(finding, count_);
  }
  std::uint64_t alerts() const { return alerts_; }

  bool quiet = false;

 private:
  void write(Finding& finding, std::uint64_t number) {
    finding.id = fmt::format("{}-{}-{}", node_, epoch_, number);
    write_ndjson(finding, lines_.text());
    lines_.added();
  }

  Lines& lines_;
  std::string node_;
  ReplayOptions::Emit emit_;
  std::uint64_t count_ = 0, alerts_ = 0, assets_ = 0;
  std::int64_t epoch_ = 0;
};

struct ObservationLines {
  Lines& lines;
  ObservationWriter writer;
  bool quiet = false;

  static void take(void* context, Observation const& observation) {
    auto& self = *static_cast<ObservationLines*>(context);
    if (self.quiet) return;
    self.writer.write(observation, self.lines.text());
    self.lines.added();
  }
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto const of = [](timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

std::uint64_t peak_rss_octets() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

void write_stats(Pipeline const& pipeline, FileCounters const& files, std::uint64_t findings, double wall,
                 std::FILE* errors) {
  std::string line =
      fmt::format(R"({{"packets":{},"bytes":{},"observations":{},"findings":{},"malformed":{},)", files.packets,
                  files.octets, pipeline.dissection().messages(), findings, pipeline.dissection().malformed());
  line += fmt::format(R"("wall_seconds":{:.6f},"cpu_seconds":{:.6f},"peak_rss_bytes":{},"dropped_by_cause":{{)", wall,
                      cpu_seconds(), peak_rss_octets());
  bool first = true;
  auto const cause = [&](std::string_view name, std::uint64_t value) {
    if (value == 0) return;
    line += fmt::format(R"({}"{}":{})", first ? "" : ",", name, value);
    first = false;
  };
  pipeline.network().for_each(cause);
  for (auto const& [link, count] : files.unread_link_types) cause(fmt::format("link_type_{}", link), count);
  for (auto const& protocol : pipeline.dissection().protocols()) {
    cause(fmt::format("{}_buffer_overflow", protocol.protocol), protocol.overflows);
    cause(fmt::format("{}_session_refused", protocol.protocol), protocol.sessions_refused);
    cause(fmt::format("{}_table_full", protocol.protocol), protocol.tables_full);
  }
  cause("assets_refused", pipeline.assets().refused);
  cause("asset_lists_full", pipeline.assets().left_out);
  line += "}}\n";
  std::fwrite(line.data(), 1, line.size(), errors);
}

int complain(std::FILE* errors, Refusal const& why) {
  fmt::print(errors, "greywatch-agent: {}\n", why.text);
  return 1;
}

}  // namespace

int replay(ReplayOptions const& options, std::FILE* out, std::FILE* errors) {
  auto const begin = std::chrono::steady_clock::now();
  PipelineOptions pipeline_of;
  pipeline_of.node = "replay";
  std::optional<std::filesystem::path> rules_from;
  std::filesystem::path authority;
  if (options.config) {
    auto const config = load_config(*options.config);
    if (!config) return complain(errors, config.error());
    pipeline_of = pipeline_options(*config);
    if (config->collector) authority = config->collector->files.authority;
    rules_from = config->rules_from;
    // As the service would: with the pack that it kept.
    std::error_code ignored;
    if (auto kept = config->state / "rules.pack";
        config->rules && !rules_from && std::filesystem::exists(kept, ignored))
      rules_from = std::move(kept);
  }
  if (options.rules) rules_from = options.rules;
  if (options.node) pipeline_of.node = *options.node;

  Lines lines(out);
  FindingLines findings(lines, pipeline_of.node, options.emit);
  ObservationLines observations{lines, ObservationWriter(pipeline_of.node, community_id)};
  std::optional<Vendors> vendors;
  pipeline_of.assets = options.emit == ReplayOptions::Emit::assets;
  if (pipeline_of.assets) {
    if (auto loaded = Vendors::load())
      vendors.emplace(std::move(*loaded));
    else
      fmt::print(errors, "greywatch-agent: MAC addresses get no vendor: {}\n", loaded.error().text);
    pipeline_of.vendors = vendors ? &*vendors : nullptr;
  }
  Pipeline pipeline(pipeline_of, findings);
  std::optional<RuleFiles> rules;
  if (rules_from) {
    auto loaded = load_rules(*rules_from, authority);
    if (!loaded) return complain(errors, loaded.error());
    rules.emplace(std::move(*loaded));
  }
  if (options.emit == ReplayOptions::Emit::observations) pipeline.tap(ObservationLines::take, &observations);
  if (options.baseline)
    if (auto const loaded = pipeline.load_baseline(*options.baseline); !loaded) return complain(errors, loaded.error());

  int status = 0;
  if (!options.learn.empty()) {
    findings.quiet = observations.quiet = true;
    pipeline.learn();
    FileCounters learned;
    for (auto const& capture : options.learn) {
      if (auto const end = read_capture(capture, pipeline, learned); !end) status = complain(errors, end.error());
      pipeline.end_capture();
    }
    pipeline.operate();
    findings.quiet = observations.quiet = false;
  }
  if (options.learn_until) pipeline.learn(options.learn_until);
  // Behind what is learned from: a match there must not make the first one of the capture proper a mere update.
  if (rules) pipeline.use_rules(rules->compile(), rules->version);

  FileCounters files;
  for (auto const& capture : options.captures) {
    auto const before = files.packets;
    files.packets = 0;  // frames of each capture are counted from 1, as Wireshark does
    if (auto const end = read_capture(capture, pipeline, files); !end) status = complain(errors, end.error());
    files.packets += before;
    pipeline.end_capture();
  }
  pipeline.finish();
  if (options.save_baseline)
    if (auto const saved = pipeline.save_baseline(*options.save_baseline); !saved)
      status = complain(errors, saved.error());
  lines.flush();
  if (lines.failed()) status = complain(errors, Refusal{"standard output cannot be written"});
  if (options.stats)
    write_stats(pipeline, files, findings.alerts(),
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), errors);
  return status;
}

}  // namespace greywatch::agent
