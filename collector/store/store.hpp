#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/alert.hpp"
#include "collector/context.hpp"
#include "collector/indicator.hpp"
#include "collector/score.hpp"
#include "common/event/finding.hpp"
#include "common/result.hpp"
#include "common/time.hpp"

/// What the collector keeps, in one SQLite file: one thread writes, any number of readers (reader.hpp) look on.
namespace greywatch::collector {

/// What one agent sent in one go. `node` is the name in its certificate.
struct FindingBatch {
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t last_sequence = 0;  ///< of the batch's last finding; 0 for the collector's own findings
  Time received;                    ///< wall time; 0 when nothing was received: the collector's own findings
  std::vector<Finding> findings;
};

/// What became of a batch. Duplicates (same event id of the same node) are dropped and counted: a resend is harmless.
struct Committed {
  std::size_t inserted = 0;
  std::size_t duplicates = 0;
};

/// One notification on its way out. It lives in the store until its receiver took it, so a restart loses none; then it
/// is remembered as settled for as long as scores are kept, so that the same one is never queued twice.
struct OutboxRow {
  std::string id;  ///< unique for a sink; the same at every attempt
  std::string sink;
  std::string alert;  ///< Alert::id
  std::string payload;
  Time created;  ///< wall time
};

/// A notification that needs no further attempt: delivered, refused or given up.
struct Settled {
  std::string sink, id;
};

/// Causes that were declared in one go; one that is there already is left alone and counted as a duplicate. With a
/// digest it is remembered as well that a file of this content was read.
struct ContextBatch {
  std::vector<ContextEntry> entries;
  std::string digest, file;
  Time taken;  ///< wall time
};

/// One step of the scoring line, committed whole: it stands on the findings up to row `cursor` and on nothing else.
struct Progress {
  std::int64_t cursor = 0;
  std::vector<Indicator> indicators;  ///< one whose id is there already is left alone
  std::vector<Score> scores;          ///< one of the same scope and time is left alone
  std::vector<Alert> alerts;          ///< replaces the state of the same id and adds to its history
  std::vector<std::pair<std::string, std::string>> values;  ///< of the key-value table: snapshots
};

/// Bounds of what is kept and of what waits. A bound of zero means none where it says so.
struct StoreOptions {
  std::filesystem::path file;
  Duration keep_findings = std::chrono::hours{24} * 400;  ///< event time; also of indicators
  Duration keep_scores =
      std::chrono::hours{24} * 1100;                 ///< also of resolved alerts, settled notifications, past causes
  std::uint64_t max_octets = 0;                      ///< of the file; oldest findings go first; zero: none
  std::size_t queue_findings = 65'536;               ///< waiting for their commit
  std::size_t group_findings = 4'096;                ///< in one transaction
  std::chrono::milliseconds group_time{20};          ///< no job joins a transaction that is older
  std::size_t retention_step = 500;                  ///< rows deleted in one transaction
  std::chrono::milliseconds retention_pause{1'000};  ///< between looks for something to delete
  std::uint64_t check_below = 1ULL << 30;            ///< SchemaCheck
};

/// Counters and levels, read by any thread.
struct StoreStats {
  std::atomic<std::uint64_t> inserted{0}, duplicates{0}, batches{0}, transactions{0}, refused{0}, failures{0},
      deleted{0};
  std::atomic<std::uint64_t> queued_findings{0}, queued_jobs{0}, file_octets{0}, used_octets{0};
  std::atomic<bool> healthy{true};  ///< false from a failed transaction until the next good one
};

class Store {
 public:
  /// Runs on the store's thread, so it must be short and must not throw. A refusal means: nothing of it was committed.
  using Done = std::function<void(Result<Committed, Refusal> const&)>;

  /// Opens or creates the file (schema.hpp) and starts the thread. Refused when another process writes to it already.
  static Result<std::unique_ptr<Store>, Refusal> open(StoreOptions const& options);
  virtual ~Store() = default;

  /// Commits what waits, then ends the thread. Later calls of the others are refused.
  virtual void stop() = 0;
  /// Any thread. Takes what it is given; or returns false because the queue is full (or stopped), leaves it as it is
  /// and does not call `done`: try again later, nothing is dropped silently.
  virtual bool commit(FindingBatch& batch, Done done) = 0;
  virtual bool record(Progress& progress, Done done) = 0;
  /// A row of the same id and sink is left alone, settled or not.
  virtual bool post(OutboxRow& row, Done done) = 0;
  virtual bool declare(ContextBatch& batch, Done done) = 0;
  virtual bool settle(Settled& settled, Done done) = 0;
  /// The last sequence of a node's epoch that was committed; nullopt when none was. From memory, any thread.
  virtual std::optional<std::uint64_t> position(std::string const& node, std::uint64_t epoch) const = 0;
  /// Called on the store's thread with the seconds of each transaction. Set before the first commit.
  virtual void on_transaction(std::function<void(double seconds)> observe) = 0;
  virtual StoreStats const& stats() const = 0;
  virtual StoreOptions const& options() const = 0;
};

}  // namespace greywatch::collector
