#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "agent/ship/spool.hpp"

namespace greywatch::agent {

/// A thread that flushes the spool, one job at a time: on a worn flash disk that takes half a second now and then,
/// which no finding on its way should wait for.
class Flusher {
 public:
  /// `done` is called on the flusher's thread with the result of each job.
  explicit Flusher(std::function<void(int error)> done);
  ~Flusher() { stop(); }
  Flusher(Flusher const&) = delete;
  Flusher& operator=(Flusher const&) = delete;

  void submit(FlushJob job);
  void stop();  ///< after the job that is under way

 private:
  void run();
  std::function<void(int)> done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<FlushJob> job_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace greywatch::agent
