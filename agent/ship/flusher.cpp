#include "agent/ship/flusher.hpp"

namespace greywatch::agent {

Flusher::Flusher(std::function<void(int)> done) : done_(std::move(done)), thread_([this] { run(); }) {}

void Flusher::submit(FlushJob job) {
  {
    std::lock_guard const lock(mutex_);
    job_ = std::move(job);
  }
  changed_.notify_one();
}

void Flusher::stop() {
  {
    std::lock_guard const lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Flusher::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || job_; });
    if (!job_) return;
    auto job = std::move(*job_);
    job_.reset();
    lock.unlock();
    int const error = job.run();
    done_(error);
    lock.lock();
  }
}

}  // namespace greywatch::agent
