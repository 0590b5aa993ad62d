#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace greywatch::collector {

/// Hands things from one thread to another in their order. Whoever puts in waits while `most` wait to be taken.
template <class One>
class Pipe {
 public:
  explicit Pipe(std::size_t most) : most_(most) {}

  /// False, with nothing taken, when the other side has closed.
  bool put(One one) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || waiting_.size() < most_; });
    if (closed_) return false;
    waiting_.push_back(std::move(one));
    changed_.notify_all();
    return true;
  }
  /// Nothing when the pipe is closed and empty.
  std::optional<One> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return std::nullopt;
    std::optional<One> one(std::move(waiting_.front()));
    waiting_.pop_front();
    changed_.notify_all();
    return one;
  }
  /// By either side: nothing more is put in; what waits can still be taken.
  void close() {
    std::lock_guard const guard(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::size_t const most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<One> waiting_;
  bool closed_ = false;
};

}  // namespace greywatch::collector
