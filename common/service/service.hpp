#pragma once
#include <chrono>
#include <string>
#include <string_view>

namespace greywatch::service {

/// Sends log lines of at least `level` (debug, info, warning, error) to standard error; under systemd with the priority
/// that the journal understands (sd-daemon(3)) and without the time, which it adds itself.
void log_to_stderr(std::string_view level);

/// Tells systemd, when it listens (sd_notify(3)): "READY=1", "STOPPING=1", "STATUS=…".
void notify(std::string const& state);

/// SIGTERM, SIGINT and SIGHUP reach `Signals::wait` only, from the thread that calls `block` first and all that it
/// starts.
class Signals {
 public:
  enum class Event { none, stop, reload };
  static void block();
  /// Waits up to `patience` for one of them.
  static Event wait(std::chrono::milliseconds patience);
};

}  // namespace greywatch::service
