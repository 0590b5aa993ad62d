#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "collector/engine.hpp"
#include "collector/metrics.hpp"
#include "collector/sink/sinks.hpp"
#include "collector/store/reader.hpp"
#include "collector/store/store.hpp"

namespace greywatch::collector {

/// What the line shows others: a copy.
struct LineView {
  std::vector<Score> current;  ///< the latest score of each scope, provisional between ticks
  std::vector<Alert> firing;
  ScorerCounters scored;
  Correlator::Counters correlated;
  PolicyCounters told;
  NodeAlertCounters told_of_nodes;
  std::int64_t cursor = 0;  ///< row of the last finding scored
};

struct LineOptions {
  EngineOptions engine;
  Duration snapshot_every = std::chrono::minutes{5};
  std::size_t step_findings = 1000;
};

/// The thread that scores: reads committed findings by row, never skips one and never takes one that is not committed,
/// and commits what it made of them with its position. Alerts go to the sinks, which keep them in the store, before
/// that commit: a crash in between may tell an alert twice, never not at all.
class Line {
 public:
  /// Takes up where the store's last commit left off. `sinks` may be empty. Everything borrowed must outlive the line.
  /// Throws sqlite::Error when the file cannot be read.
  Line(LineOptions const& options, Inventory const& inventory, Correlator correlator,
       std::vector<Declared> const& causes, Store& store, std::unique_ptr<StoreReader> reader,
       std::vector<std::unique_ptr<Sink>> const& sinks, Metrics& metrics);
  ~Line();  ///< stops

  void start();
  /// Finishes the step at hand, saves a snapshot and ends the thread.
  void stop();
  /// A batch was committed that was received then. Any thread.
  void notify(std::chrono::steady_clock::time_point received);
  /// Goes on with other parameters at the next step. Any thread.
  void replace(Inventory inventory, Correlator correlator);
  /// Further causes, taken before the next step. Any thread; whoever calls bounds their number.
  void declare(std::vector<Declared> causes);
  /// Whether the loop went round lately. Any thread.
  bool alive() const;
  LineView view() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Replacement {
    Inventory inventory;
    Correlator correlator;
  };

  void run();
  bool catch_up();
  void tick();
  bool finish(Step& step, bool snapshot);
  bool tell(Sink& sink, Alert const& alert);
  bool commit(Progress& progress);
  bool stopping() const;
  void take_replacement();
  void take_causes();
  void show();
  bool wait_for_work();
  void alive_now() { alive_at_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed); }

  LineOptions const options_;
  Engine engine_;
  Store& store_;
  std::unique_ptr<StoreReader> reader_;
  std::vector<std::unique_ptr<Sink>> const& sinks_;
  Metrics& metrics_;
  Clock::time_point started_ = Clock::now(), snapshot_at_ = Clock::now(), evaluated_at_{};
  bool evaluation_due_ = true, unsaved_ = false;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, work_ = true;
  std::optional<Clock::time_point> oldest_;  ///< receipt of the oldest batch not evaluated
  std::optional<Replacement> replacement_;
  std::vector<Declared> causes_;  ///< that the engine does not know yet
  LineView view_;
  std::atomic<Clock::rep> alive_at_{0};
  std::thread thread_;
};

}  // namespace greywatch::collector
