#include "collector/store/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "collector/store/schema.hpp"
#include "collector/store/writer.hpp"

namespace greywatch::collector {

namespace {

using Clock = std::chrono::steady_clock;

/// Holds "<file>.lock" as long as it lives: one writing process a file.
class FileLock {
 public:
  static Result<FileLock, Refusal> take(std::filesystem::path const& file) {
    auto const name = file.string() + ".lock";
    int const descriptor = ::open(name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0) return refuse(fmt::format("{}: cannot be created: {}", name, std::strerror(errno)));
    FileLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
      return refuse(fmt::format("{}: another greywatch-collector is writing to it", file.string()));
    return lock;
  }
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

struct Job {
  std::variant<FindingBatch, Progress, OutboxRow, Settled, ContextBatch> what;
  Store::Done done;
  std::size_t findings = 0;
  Committed committed;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(StoreOptions const& options, FileLock lock, sqlite::Database database)
      : options_(options), lock_(std::move(lock)), writer_(std::move(database)) {
    load_positions();
    measure();
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "store");
  }
  ~SqliteStore() override { stop(); }

  void stop() override {
    {
      std::lock_guard const guard(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  bool commit(FindingBatch& batch, Done done) override {
    return enqueue(batch, batch.findings.size(), std::move(done));
  }
  bool record(Progress& progress, Done done) override {
    return enqueue(progress, progress.indicators.size() + progress.scores.size(), std::move(done));
  }
  bool post(OutboxRow& row, Done done) override { return enqueue(row, 1, std::move(done)); }
  bool declare(ContextBatch& batch, Done done) override {
    return enqueue(batch, 1 + batch.entries.size(), std::move(done));
  }
  bool settle(Settled& settled, Done done) override { return enqueue(settled, 1, std::move(done)); }

  std::optional<std::uint64_t> position(std::string const& node, std::uint64_t epoch) const override {
    std::lock_guard const guard(positions_mutex_);
    auto const found = positions_.find({node, epoch});
    return found == positions_.end() ? std::nullopt : std::optional(found->second);
  }

  void on_transaction(std::function<void(double)> observe) override {
    std::lock_guard const guard(mutex_);
    observe_ = std::move(observe);
  }
  StoreStats const& stats() const override { return stats_; }
  StoreOptions const& options() const override { return options_; }

 private:
  template <class What>
  bool enqueue(What& what, std::size_t findings, Done done) {
    {
      std::lock_guard const guard(mutex_);
      // One job larger than the whole bound still goes through when nothing else waits.
      if (stopping_ || (queued_ > 0 && queued_ + findings > options_.queue_findings) ||
          queue_.size() >= options_.queue_findings) {
        stats_.refused.fetch_add(1, std::memory_order_relaxed);
        return false;
      }
      queued_ += findings;
      queue_.push_back({std::move(what), std::move(done), findings, {}});
      levels();
    }
    wake_.notify_one();
    return true;
  }

  void levels() {
    stats_.queued_findings.store(queued_, std::memory_order_relaxed);
    stats_.queued_jobs.store(queue_.size(), std::memory_order_relaxed);
  }

  std::optional<Job> take() {
    std::lock_guard const guard(mutex_);
    if (queue_.empty()) return std::nullopt;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    queued_ -= job.findings;
    levels();
    return job;
  }

  void run() {
    auto next_look = Clock::now();
    while (true) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, next_look, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty() && stopping_) break;
      }
      while (transact()) {
      }
      if (Clock::now() >= next_look)
        next_look = Clock::now() + (expire() ? options_.retention_pause / 20 : options_.retention_pause);
    }
    try {
      writer_.checkpoint();
    } catch (sqlite::Error const& error) {
      spdlog::warn("store: the log stays beside {}: {}", options_.file.string(), error.what());
    }
  }

  /// Commits what waits, up to the bounds of a group, in one transaction. False when nothing waited.
  bool transact() {
    auto job = take();
    if (!job) return false;
    auto const began = Clock::now();
    std::vector<Job> group;
    std::size_t findings = 0;
    std::optional<Refusal> why;
    try {
      writer_.begin();
      while (job) {
        findings += job->findings;
        apply(*job);
        group.push_back(std::move(*job));
        bool const full = findings >= options_.group_findings || Clock::now() - began > options_.group_time;
        job = full ? std::nullopt : take();
      }
      writer_.commit();
    } catch (sqlite::Error const& error) {
      if (job) group.push_back(std::move(*job));
      why = Refusal{fmt::format("{}: {}", options_.file.string(), error.what())};
      give_back();
    }
    account(group, why, std::chrono::duration<double>(Clock::now() - began).count());
    for (auto& one : group)
      if (one.done) one.done(why ? Result<Committed, Refusal>(std::unexpected(*why)) : one.committed);
    return true;
  }

  void apply(Job& job) {
    if (auto const* batch = std::get_if<FindingBatch>(&job.what))
      job.committed = writer_.insert(*batch);
    else if (auto const* progress = std::get_if<Progress>(&job.what))
      writer_.insert(*progress);
    else if (auto const* row = std::get_if<OutboxRow>(&job.what))
      writer_.insert(*row);
    else if (auto const* context = std::get_if<ContextBatch>(&job.what))
      job.committed = writer_.insert(*context);
    else
      writer_.settle(std::get<Settled>(job.what));
  }

  /// After a failed transaction: SQLite may have rolled it back by itself already.
  void give_back() {
    try {
      writer_.roll_back();
    } catch (sqlite::Error const&) {
    }
  }

  void account(std::vector<Job> const& group, std::optional<Refusal> const& why, double taken) {
    stats_.transactions.fetch_add(1, std::memory_order_relaxed);
    if (why) {
      stats_.failures.fetch_add(1, std::memory_order_relaxed);
      if (stats_.healthy.exchange(false)) spdlog::error("store: nothing is committed any more: {}", why->text);
      return;
    }
    if (!stats_.healthy.exchange(true)) spdlog::info("store: commits again");
    for (auto const& job : group) {
      auto const* batch = std::get_if<FindingBatch>(&job.what);
      if (!batch) continue;
      stats_.batches.fetch_add(1, std::memory_order_relaxed);
      stats_.inserted.fetch_add(job.committed.inserted, std::memory_order_relaxed);
      stats_.duplicates.fetch_add(job.committed.duplicates, std::memory_order_relaxed);
      if (batch->last_sequence == 0) continue;
      std::lock_guard const guard(positions_mutex_);
      auto& position = positions_[{batch->node, batch->epoch}];
      position = std::max(position, batch->last_sequence);
    }
    std::function<void(double)> observe;
    {
      std::lock_guard const guard(mutex_);
      observe = observe_;
    }
    if (observe) observe(taken);
  }

  bool expire() {
    try {
      auto const now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
      auto const gone = writer_.expire(options_, now);
      stats_.deleted.fetch_add(gone, std::memory_order_relaxed);
      measure();
      return gone >= options_.retention_step;
    } catch (sqlite::Error const& error) {
      give_back();
      spdlog::warn("store: old rows stay: {}", error.what());
      return false;
    }
  }

  void measure() {
    stats_.file_octets.store(writer_.file_octets(), std::memory_order_relaxed);
    stats_.used_octets.store(writer_.used_octets(), std::memory_order_relaxed);
  }

  void load_positions() {
    sqlite::Statement statement(writer_.database(), "SELECT node, epoch, sequence FROM position");
    while (statement.step())
      positions_[{std::string(statement.text(0)), static_cast<std::uint64_t>(statement.integer(1))}] =
          static_cast<std::uint64_t>(statement.integer(2));
  }

  StoreOptions const options_;
  FileLock lock_;
  Writer writer_;
  StoreStats stats_;
  mutable std::mutex positions_mutex_;
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> positions_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  std::size_t queued_ = 0;
  bool stopping_ = false;
  std::function<void(double)> observe_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Store>, Refusal> Store::open(StoreOptions const& options) {
  auto lock = FileLock::take(options.file);
  if (!lock) return std::unexpected(lock.error());
  auto database = open_for_writing(options.file, {.check_below = options.check_below});
  if (!database) return std::unexpected(database.error());
  try {
    return std::make_unique<SqliteStore>(options, std::move(*lock), std::move(*database));
  } catch (sqlite::Error const& error) {
    return refuse(fmt::format("{}: {}", options.file.string(), error.what()));
  }
}

}  // namespace greywatch::collector
