#pragma once
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace greywatch::service {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// The words of configuration files.
inline std::initializer_list<std::pair<std::string_view, LogLevel>> const log_levels{
    {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}};

/// Sends log lines of at least `level` to standard error; under systemd with the priority that the journal understands
/// (sd-daemon(3)) and without the time, which it adds itself.
void log_to_stderr(LogLevel level);

/// Tells systemd, when it listens (sd_notify(3)): "READY=1", "RELOADING=1", "WATCHDOG=1", "STOPPING=1", "STATUS=…".
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
