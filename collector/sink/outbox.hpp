#pragma once
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/time.hpp"

namespace greywatch::collector {

/// One message to one receiver.
struct Delivery {
  std::string id;     ///< of the message: the same on every try, after a restart too
  std::string sink;   ///< name of the configured sink
  std::string alert;  ///< id of the alert it is about
  std::string body;
  Time created;  ///< wall time
};

/// Where messages wait until their receiver has taken them. Methods may block on a disk, are called from any thread and
/// throw when the disk fails. Bounded by the sinks, which give up by age and number.
class Outbox {
 public:
  virtual ~Outbox() = default;
  /// Keeps a message; on return it survives a crash. A message with the same sink and id is kept once.
  virtual void put(Delivery const& delivery) = 0;
  /// Forgets a message that was taken or given up.
  virtual void done(std::string_view sink, std::string_view id) = 0;
  /// What is kept for a sink, in the order of `put`.
  virtual std::vector<Delivery> pending(std::string_view sink) = 0;
};

/// An outbox that forgets when the process ends: for tests and for a collector without a store.
class MemoryOutbox : public Outbox {
 public:
  void put(Delivery const& delivery) override;
  void done(std::string_view sink, std::string_view id) override;
  std::vector<Delivery> pending(std::string_view sink) override;

 private:
  std::mutex mutex_;
  std::deque<Delivery> deliveries_;
};

}  // namespace greywatch::collector
