#include "collector/line.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <iterator>

namespace greywatch::collector {

using namespace std::chrono_literals;

namespace {

Time wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

/// Rows a restore reads at once.
constexpr std::size_t restore_findings = 5000;

}  // namespace

Line::Line(LineOptions const& options, Inventory const& inventory, Correlator correlator,
           std::vector<Declared> const& causes, Store& store, std::unique_ptr<StoreReader> reader,
           std::vector<std::unique_ptr<Sink>> const& sinks, Metrics& metrics)
    : options_(options),
      engine_(options.engine, inventory, std::move(correlator)),
      store_(store),
      reader_(std::move(reader)),
      sinks_(sinks),
      metrics_(metrics) {
  auto const cursor = reader_->cursor();
  std::int64_t again = 0;
  auto const complaints =
      engine_.restore([this](std::string_view key) { return reader_->value(key); }, cursor,
                      [&](std::int64_t above, std::function<void(std::int64_t, Finding const&)> const& take) {
                        while (above < cursor) {
                          auto const rows = reader_->after(above, restore_findings);
                          for (auto const& [row, finding] : rows) {
                            if (row > cursor) return;
                            take(row, finding);
                            ++again;
                          }
                          if (rows.empty()) return;
                          above = rows.back().row;
                        }
                      });
  for (auto const& complaint : complaints) spdlog::warn("score: {}", complaint);
  causes_ = causes;
  spdlog::info("score: goes on behind finding {}; {} read again", cursor, again);
}

Line::~Line() { stop(); }

void Line::start() {
  alive_now();
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "line");
}

void Line::stop() {
  {
    std::lock_guard const guard(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Line::notify(Clock::time_point received) {
  {
    std::lock_guard const guard(mutex_);
    work_ = true;
    if (!oldest_ || received < *oldest_) oldest_ = received;
  }
  wake_.notify_one();
}

void Line::replace(Inventory inventory, Correlator correlator) {
  {
    std::lock_guard const guard(mutex_);
    replacement_.emplace(std::move(inventory), std::move(correlator));
    work_ = true;
  }
  wake_.notify_one();
}

void Line::declare(std::vector<Declared> causes) {
  {
    std::lock_guard const guard(mutex_);
    std::ranges::move(causes, std::back_inserter(causes_));
    work_ = true;
  }
  wake_.notify_one();
}

bool Line::alive() const {
  Clock::time_point const last{Clock::duration{alive_at_.load(std::memory_order_relaxed)}};
  return Clock::now() - last < 20s;
}

LineView Line::view() const {
  std::lock_guard const guard(mutex_);
  return view_;
}

void Line::run() {
  while (wait_for_work()) {
    try {
      take_replacement();
      take_causes();
      while (catch_up()) alive_now();
      tick();
    } catch (std::exception const& error) {
      // The store's file cannot be read at the moment; the cursor stands, so nothing is lost by trying again.
      spdlog::error("score: {}", error.what());
      std::this_thread::sleep_for(200ms);
    }
  }
  Step nothing;
  if (unsaved_) finish(nothing, true);
}

/// Waits for a batch, for a second, or for the end; false at the end.
bool Line::wait_for_work() {
  alive_now();
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, evaluation_due_ ? 20ms : 1000ms, [this] { return stopping_ || work_; });
  work_ = false;
  return !stopping_;
}

/// Takes one step of findings. False when none was left.
bool Line::catch_up() {
  std::optional<Clock::time_point> oldest;
  {
    std::lock_guard const guard(mutex_);
    if (stopping_) return false;
    oldest = oldest_;
  }
  auto const rows = reader_->after(engine_.cursor(), options_.step_findings);
  if (rows.empty()) return false;
  Step step;
  for (auto const& [row, finding] : rows) {
    metrics_.finding(finding);
    engine_.take(row, finding, step);
  }
  bool const drained = rows.size() < options_.step_findings;
  // While there is a backlog the open tick is scored now and then only: a score of the past interests nobody.
  if (drained || Clock::now() - evaluated_at_ > 1s) {
    engine_.evaluate(wall_now(), step);
    evaluated_at_ = Clock::now();
    evaluation_due_ = false;
  }
  for (auto const& indicator : step.indicators) metrics_.indicator(indicator);
  if (!finish(step, false)) return false;
  if (drained && oldest) {
    metrics_.evaluated(std::chrono::duration<double>(Clock::now() - *oldest).count());
    std::lock_guard const guard(mutex_);
    if (oldest_ == oldest) oldest_.reset();
  }
  return !drained;
}

/// What time alone brings: ticks that close, the drift of the open one, snapshots.
void Line::tick() {
  auto const now = Clock::now();
  Step step;
  // After a start agents first send what waited in their spools; ticks stay open for them as long as for anybody late.
  if (now - started_ >= options_.engine.score.lateness) engine_.tick(wall_now(), step);
  if (evaluation_due_ || now - evaluated_at_ > 60s || !step.scores.empty()) {
    engine_.evaluate(wall_now(), step);
    evaluated_at_ = now;
    evaluation_due_ = false;
  }
  bool const snapshot = unsaved_ && now - snapshot_at_ >= options_.snapshot_every;
  if (snapshot || !step.scores.empty() || !step.alerts.empty())
    finish(step, snapshot);
  else
    show();
}

/// Gives an alert to a sink, again and again while the disk refuses. False when the collector stops before that
/// succeeded.
bool Line::tell(Sink& sink, Alert const& alert) {
  for (int tries = 0;; ++tries) {
    alive_now();
    try {
      sink.send(alert);
      return true;
    } catch (std::exception const& error) {
      spdlog::error("alert {} cannot be given to {} yet: {}", alert.id, sink.name(), error.what());
    }
    if (tries >= 3 && stopping()) return false;
    std::this_thread::sleep_for(500ms);
  }
}

bool Line::stopping() const {
  std::lock_guard const guard(mutex_);
  return stopping_;
}

/// Tells the alerts, then commits the step. False when the collector stops before that succeeded.
bool Line::finish(Step& step, bool snapshot) {
  for (auto const& alert : step.alerts) {
    spdlog::warn("alert {} {} {}: {}", alert.id, alert.firing ? "firing" : "resolved", alert.severity, alert.title);
    metrics_.alert(alert.severity, alert.firing);
    for (auto const& sink : sinks_)
      if (!tell(*sink, alert)) return false;
  }
  Progress progress{.cursor = engine_.cursor(),
                    .indicators = std::move(step.indicators),
                    .scores = std::move(step.scores),
                    .alerts = std::move(step.alerts)};
  progress.values = snapshot ? engine_.snapshot() : engine_.small_state();
  show();
  if (!commit(progress)) return false;
  unsaved_ = !snapshot;
  if (snapshot) snapshot_at_ = Clock::now();
  return true;
}

/// Commits, again and again while the disk refuses: the line stands still rather than score what is not kept.
bool Line::commit(Progress& progress) {
  for (int tries = 0;; ++tries) {
    alive_now();
    auto const answer = std::make_shared<std::promise<bool>>();
    auto copy = progress;
    if (store_.record(copy, [answer](auto const& result) { answer->set_value(result.has_value()); })) {
      if (answer->get_future().get()) return true;
    }
    if (tries >= 3 && stopping()) return false;
    std::this_thread::sleep_for(std::min(1000ms, 20ms * (1 << std::min(tries, 6))));
  }
}

void Line::take_replacement() {
  std::optional<Replacement> replacement;
  {
    std::lock_guard const guard(mutex_);
    replacement.swap(replacement_);
  }
  if (!replacement) return;
  for (auto const& complaint : engine_.replace(replacement->inventory, std::move(replacement->correlator)))
    spdlog::warn("score: {}", complaint);
  evaluation_due_ = true;
  // A start must not read the old state together with the new inventory.
  Step nothing;
  finish(nothing, true);
}

/// The snapshot that follows keeps causes and ticks in their order: from it a start closes the same ticks knowing the
/// same causes. Those that a crash kept out of it are in the store, and come again after what was closed without them.
void Line::take_causes() {
  std::vector<Declared> causes;
  {
    std::lock_guard const guard(mutex_);
    causes.swap(causes_);
  }
  if (causes.empty()) return;
  engine_.declare(causes);
  evaluation_due_ = true;
  Step nothing;
  finish(nothing, true);
}

void Line::show() {
  LineView view{.current = engine_.current(),
                .firing = engine_.firing(),
                .scored = engine_.scored(),
                .correlated = engine_.correlated(),
                .told = engine_.told(),
                .told_of_nodes = engine_.told_of_nodes(),
                .cursor = engine_.cursor()};
  std::lock_guard const guard(mutex_);
  view_ = std::move(view);
}

}  // namespace greywatch::collector
