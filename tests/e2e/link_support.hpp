#pragma once
#include <catch2/catch.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "agent/ship/shipper.hpp"
#include "collector/enroll.hpp"
#include "collector/ingest/ingest.hpp"
#include "tests/support/scratch.hpp"

namespace greywatch::test {

/// A store in memory with a thread of its own, which drops what it has already.
class MemoryStore : public collector::CommitQueue {
 public:
  MemoryStore() : thread_([this] { run(); }) {}
  ~MemoryStore() override {
    {
      std::lock_guard const lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  bool commit(collector::IncomingBatch& batch, Done done) override {
    std::lock_guard const lock(mutex_);
    if (full_ || waiting_.size() >= 64) return false;
    waiting_.push_back({std::move(batch), std::move(done)});
    changed_.notify_all();
    return true;
  }
  std::optional<std::uint64_t> position(std::string const& node, std::uint64_t epoch) const override {
    std::lock_guard const lock(mutex_);
    auto const found = positions_.find({node, epoch});
    return found == positions_.end() ? std::nullopt : std::optional(found->second);
  }

  void set_full(bool full) { set(full_, full); }
  void set_failing(bool failing) { set(failing_, failing); }
  void set_position(std::string const& node, std::uint64_t epoch, std::uint64_t position) {
    std::lock_guard const lock(mutex_);
    positions_[{node, epoch}] = position;
  }
  std::size_t size() const {
    std::lock_guard const lock(mutex_);
    return findings_.size();
  }
  std::uint64_t duplicates() const {
    std::lock_guard const lock(mutex_);
    return duplicates_;
  }
  std::map<std::string, Finding> findings() const {
    std::lock_guard const lock(mutex_);
    return findings_;
  }
  /// Called with each finding that is new, on the store's thread.
  std::function<void(Finding const&)> on_new;

 private:
  struct Job {
    collector::IncomingBatch batch;
    Done done;
  };
  void set(bool& flag, bool value) {
    std::lock_guard const lock(mutex_);
    flag = value;
  }
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (ending_) return;
      auto job = std::move(waiting_.front());
      waiting_.pop_front();
      Outcome outcome{.committed = !failing_};
      if (outcome.committed) {
        for (auto& finding : job.batch.findings) {
          auto const id = finding.id;
          auto const [at, fresh] = findings_.emplace(id, std::move(finding));
          ++(fresh ? outcome.inserted : outcome.duplicates);
          if (fresh && on_new) on_new(at->second);
        }
        duplicates_ += outcome.duplicates;
        auto& position = positions_[{job.batch.node, job.batch.epoch}];
        position = std::max(position, job.batch.last_sequence);
      }
      lock.unlock();
      job.done(outcome);
      lock.lock();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::map<std::string, Finding> findings_;
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> positions_;
  std::uint64_t duplicates_ = 0;
  bool full_ = false, failing_ = false, ending_ = false;
  std::thread thread_;
};

/// Waits until something holds; false when it does not within ten seconds.
template <class Holds>
bool eventually(Holds holds) {
  for (int i = 0; i < 1000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return holds();
}

/// One authority, a collector's certificate for 127.0.0.1, and options for quick tests.
class Plant {
 public:
  explicit Plant(std::vector<std::string> collector_names = {"127.0.0.1", "localhost"}) {
    authority_.directory = place_ / "authority";
    authority_.collector_names = std::move(collector_names);
  }

  collector::Enrolled enrolled(std::string const& node) {
    auto done = collector::enroll(authority_, node);
    REQUIRE(done);
    return *done;
  }
  tls::Files agent_files(std::string const& node) {
    auto const folder = authority_.directory / "nodes" / node;
    if (!std::filesystem::exists(folder)) enrolled(node);
    return {folder / "agent.crt", folder / "agent.key", folder / "ca.crt"};
  }
  tls::Files collector_files() {
    if (!std::filesystem::exists(authority_.directory)) enrolled("first");
    return {authority_.directory / "collector.crt", authority_.directory / "collector.key",
            authority_.directory / "ca.crt"};
  }

  collector::IngestOptions ingest_options() {
    collector::IngestOptions out;
    out.address = "127.0.0.1";
    out.port = 0;
    out.files = collector_files();
    out.version = "0.1.0-test";
    out.heartbeat = std::chrono::milliseconds{100};
    return out;
  }
  agent::UplinkOptions uplink_options(std::uint16_t port, std::string const& node) {
    agent::UplinkOptions out;
    out.collector = {"127.0.0.1", port};
    out.node = node;
    out.files = agent_files(node);
    out.version = "0.1.0-test";
    out.retry_first = std::chrono::milliseconds{10};
    out.retry_most = std::chrono::milliseconds{50};
    out.retry_refused = std::chrono::milliseconds{50};
    return out;
  }
  agent::ShipOptions ship_options(std::uint16_t port, std::string const& node) {
    agent::ShipOptions out;
    out.uplink = uplink_options(port, node);
    out.spool.directory = place_ / ("spool-" + node);
    out.queue = 8192;
    return out;
  }
  std::filesystem::path operator/(std::string const& name) const { return place_ / name; }

 private:
  Scratch place_;
  collector::EnrollOptions authority_;
};

inline std::unique_ptr<collector::Ingest> started(collector::IngestOptions options, collector::CommitQueue& store) {
  auto opened = collector::Ingest::open(std::move(options), store);
  if (!opened) FAIL(opened.error().text);
  (*opened)->start();
  return std::move(*opened);
}
inline std::unique_ptr<agent::Shipper> started(agent::ShipOptions options) {
  auto opened = agent::Shipper::open(std::move(options));
  if (!opened) FAIL(opened.error().text);
  (*opened)->start();
  return std::move(*opened);
}

inline Finding numbered_finding(std::uint64_t number) {
  Finding out;
  out.time = from_unix_ns(1'764'000'000'000'000'000 + static_cast<std::int64_t>(number));
  out.code = "test.link.finding";
  out.message = "number " + std::to_string(number);
  out.classification = static_cast<FindingClass>(number % finding_classes);
  out.first = out.last = out.time;
  out.frame = number;
  return out;
}

}  // namespace greywatch::test
