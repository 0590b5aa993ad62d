#include "collector/replay.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <fstream>
#include <iostream>
#include <set>
#include <thread>

#include "collector/correlate/correlator.hpp"
#include "collector/correlate/level.hpp"
#include "collector/pipe.hpp"
#include "collector/score/scorer.hpp"
#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace {

constexpr std::size_t longest_line = 1 << 20;
constexpr std::size_t batch_findings = 256;
constexpr std::size_t most_complaints = 100;  // told one by one; the summary counts them all
constexpr Duration longest_gap = std::chrono::hours(366 * 24);

/// Lines of a file or of standard input, with their numbers. A line that is too long is given cut.
class Lines {
 public:
  static Result<Lines, Refusal> open(std::string const& name) {
    Lines lines;
    if (name == "-") {
      lines.name_ = "standard input";
      lines.in_ = &std::cin;
      return lines;
    }
    lines.name_ = name;
    lines.file_ = std::make_unique<std::ifstream>(name);
    if (!*lines.file_) return refuse(fmt::format("{}: cannot be read", name));
    lines.in_ = lines.file_.get();
    return lines;
  }
  bool next(std::string& line) {
    while (std::getline(*in_, line)) {
      ++number_;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (!line.empty()) return true;
    }
    return false;
  }
  std::string place() const { return place(number_); }
  std::string place(std::size_t number) const { return fmt::format("{}:{}", name_, number); }
  std::size_t number() const { return number_; }

 private:
  std::string name_;
  std::unique_ptr<std::ifstream> file_;
  std::istream* in_ = nullptr;
  std::size_t number_ = 0;
};

/// Reads findings on a thread of its own, so that they are parsed while others are scored.
class FindingReader {
 public:
  struct Read {
    std::size_t line;
    Result<Finding, Refusal> finding;
  };
  using Batch = std::vector<Read>;

  explicit FindingReader(Lines lines) : lines_(std::move(lines)), thread_([this] { run(); }) {}
  ~FindingReader() {
    pipe_.close();
    thread_.join();
  }
  /// Nothing at the end.
  std::optional<Batch> next() { return pipe_.take(); }
  std::string place(std::size_t line) const { return lines_.place(line); }

 private:
  void run() {
    Batch batch;
    for (std::string line; lines_.next(line);) {
      if (line.size() > longest_line)
        batch.push_back({lines_.number(), refuse("the line is longer than 1 MiB")});
      else
        batch.push_back({lines_.number(), read_finding(line)});
      if (batch.size() == batch_findings && !pipe_.put(std::exchange(batch, {}))) return;
    }
    pipe_.put(std::move(batch));
    pipe_.close();
  }

  Lines lines_;
  Pipe<Batch> pipe_{16};
  std::thread thread_;
};

/// Writes on a thread of its own, in the order given: scores are put into words there.
class Writer {
 public:
  explicit Writer(std::ostream& out) : out_(out), thread_([this] { run(); }) {}
  ~Writer() { finish(); }
  void write(std::vector<Score> scores) { pipe_.put({std::move(scores), {}}); }
  void write(std::string text) { pipe_.put({{}, std::move(text)}); }
  /// Everything has been given to the stream when it returns.
  void finish() {
    pipe_.close();
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Piece {
    std::vector<Score> scores;
    std::string text;
  };
  void run() {
    std::string text;
    while (auto const piece = pipe_.take()) {
      text += piece->text;
      for (auto const& score : piece->scores) write_ndjson(score, text);
      if (text.size() < 1 << 16) continue;
      out_ << text;
      text.clear();
    }
    out_ << text;
    out_.flush();
  }

  std::ostream& out_;
  Pipe<Piece> pipe_{64};
  std::thread thread_;
};

/// One run: what has been read, refused and written.
class Replay {
 public:
  Replay(ReplayOptions const& options, Inventory const& inventory, std::optional<Correlator> correlator,
         std::ostream& out, std::ostream& err)
      : options_(options),
        scorer_(inventory, options.score),
        policy_(inventory, options.policy),
        correlator_(std::move(correlator)),
        out_(out),
        err_(err),
        writer_(out) {
    for (auto const& node : inventory.nodes) known_.insert(node.name);
  }

  void read_context(Lines lines) {
    for (std::string line; lines.next(line);) {
      if (auto const notice = read_declared(line))
        scorer_.on_declared(*notice);
      else
        refuse_line(lines.place(), notice.error().text);
    }
  }

  void read_findings(Lines lines) {
    FindingReader reader(std::move(lines));
    while (auto const batch = reader.next()) {
      for (auto const& [line, finding] : *batch) {
        if (!finding) {
          refuse_line(reader.place(line), finding.error().text);
          continue;
        }
        if (newest_ && finding->time > *newest_ + longest_gap) {
          refuse_line(reader.place(line),
                      fmt::format("@timestamp {} is more than a year after all before it", to_rfc3339(finding->time)));
          continue;
        }
        ++findings_;
        take(*finding);
      }
    }
  }

  int finish() {
    // What the last tick holds counts: it is closed as if nothing more came.
    if (newest_) advance(*newest_ + tick_length + options_.score.lateness);
    flush();
    writer_.finish();
    auto const& counters = scorer_.counters();
    fmt::print(
        err_,
        "{} findings, {} lines refused, {} ticks; {} indicators scored, {} late, {} ahead of time, {} of {} unknown "
        "nodes, {} summaries; {} alerts fired, {} resolved\n",
        findings_, refused_, counters.ticks, counters.taken, counters.late, counters.future, counters.unknown_node,
        unknown_.size(), counters.summaries, policy_.counters().fired, policy_.counters().resolved);
    if (!out_) {
      fmt::print(err_, "the output cannot be written\n");
      return 1;
    }
    return refused_ ? 1 : 0;
  }

 private:
  void refuse_line(std::string_view place, std::string_view why) {
    if (++refused_ <= most_complaints) fmt::print(err_, "{}: {}\n", place, why);
  }

  void take(Finding const& finding) {
    if (!known_.contains(finding.node) && unknown_.size() < 10'000 && unknown_.insert(finding.node).second)
      fmt::print(err_, "node \"{}\" is not in the inventory; its findings are not scored\n", finding.node);
    indicators_.clear();
    if (correlator_)
      correlator_->on_finding(finding, indicators_);
    else if (finding.kind != FindingKind::asset)
      indicators_.push_back(plain(finding));
    for (auto const& indicator : indicators_) {
      if (options_.emit == ReplayEmit::indicators) write_ndjson(indicator, text_);
      scorer_.on_indicator(indicator);
    }
    if (!newest_ || finding.time > *newest_) newest_ = finding.time;
    advance(*newest_);
  }

  /// A finding as it is, as the correlator gives it without any rule.
  static Indicator plain(Finding const& finding) {
    Indicator indicator;
    indicator.time = finding.time;
    indicator.id = finding.id;
    indicator.title = finding.code;
    indicator.level = level_of(finding);
    indicator.node = finding.node;
    indicator.nodes = {finding.node};
    indicator.classification = finding.classification;
    indicator.kind = finding.kind;
    indicator.p = finding.p;
    indicator.coverage = finding.coverage;
    indicator.techniques = finding.techniques;
    indicator.traits = finding.traits;
    indicator.findings = {finding.id};
    indicator.message = finding.message;
    return indicator;
  }

  void advance(Time watermark) {
    auto scores = scorer_.advance(watermark);
    if (!scores.empty()) {
      auto const alerts = policy_.on_ticks(scores);
      if (options_.emit == ReplayEmit::scores) writer_.write(std::move(scores));
      if (options_.emit == ReplayEmit::alerts)
        for (auto const& alert : alerts) write_ndjson(alert, text_);
    }
    if (text_.size() > 1 << 16) flush();
  }

  void flush() {
    if (!text_.empty()) writer_.write(std::exchange(text_, {}));
  }

  ReplayOptions const& options_;
  Scorer scorer_;
  Policy policy_;
  std::optional<Correlator> correlator_;
  std::ostream& out_;
  std::ostream& err_;
  std::set<std::string, std::less<>> known_, unknown_;
  std::optional<Time> newest_;
  std::vector<Indicator> indicators_;
  std::string text_;
  std::size_t findings_ = 0, refused_ = 0;
  Writer writer_;
};

}  // namespace

int replay(ReplayOptions const& options, std::ostream& out, std::ostream& err) {
  auto const refused = [&](Refusal const& why) {
    fmt::print(err, "{}\n", why.text);
    return 1;
  };
  auto const inventory = load_inventory(options.inventory);
  if (!inventory) return refused(inventory.error());
  std::optional<Correlator> correlator;
  if (options.rules) {
    auto loaded = Correlator::load(*options.rules);
    if (!loaded) return refused(loaded.error());
    correlator.emplace(std::move(*loaded));
  }
  auto findings = Lines::open(options.findings);
  if (!findings) return refused(findings.error());
  Replay run(options, *inventory, std::move(correlator), out, err);
  if (options.context) {
    auto context = Lines::open(options.context->string());
    if (!context) return refused(context.error());
    run.read_context(std::move(*context));
  }
  run.read_findings(std::move(*findings));
  return run.finish();
}

}  // namespace greywatch::collector
