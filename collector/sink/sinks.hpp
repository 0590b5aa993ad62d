#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "collector/alert.hpp"
#include "collector/sink/outbox.hpp"
#include "common/result.hpp"

namespace greywatch::yaml {
struct Node;
class Errors;
}  // namespace greywatch::yaml

namespace greywatch::collector {

enum class WebhookFormat : std::uint8_t { greywatch, alertmanager };

/// A secret or certificate is a file; "credential:NAME" is $CREDENTIALS_DIRECTORY/NAME (systemd LoadCredential).
struct WebhookOptions {
  std::string url;  ///< http or https
  WebhookFormat format = WebhookFormat::greywatch;
  std::vector<std::string> secrets;             ///< each holds one "whsec_…"; several while one is being rotated
  std::string authorization;                    ///< file with the value of an Authorization header, or empty
  std::string ca;                               ///< PEM of the authorities to trust instead of the system's
  std::string certificate, key;                 ///< client certificate, PEM
  std::string proxy;                            ///< empty: as in the environment; "none": none
  std::string external_url;                     ///< of the console, for links in the payload
  Duration timeout = std::chrono::seconds(10);  ///< of one try
  Duration backoff = std::chrono::seconds(1);   ///< after the first failure; doubles with jitter up to
  Duration most_backoff = std::chrono::minutes(5);
  Duration give_up = std::chrono::hours(72);  ///< age from which a message is dropped and counted
  Duration group_wait{};                      ///< firing alerts wait this long for an update that replaces them
  std::size_t most_pending = 1000;            ///< messages; beyond, the oldest is dropped and counted
};

struct FileOptions {
  std::filesystem::path path;
  bool sync = false;  ///< fsync after each line
};

struct SinkConfig {
  std::string name;
  std::string kind;                    ///< a row of the table in sinks.cpp
  std::string min_severity = "watch";  ///< watch, elevated or alert
  bool resolved = true;                ///< whether ends are sent too
  WebhookOptions webhook;
  FileOptions file;
};

/// What became of what a sink was given. Totals since the start.
struct SinkCounters {
  std::uint64_t accepted = 0;  ///< alerts given and wanted
  std::uint64_t filtered = 0;  ///< below the severity, or an end that is not wanted
  std::uint64_t delivered = 0;
  std::uint64_t failed_tries = 0;
  std::uint64_t replaced = 0;  ///< by a newer state of the same alert while it waited
  std::uint64_t given_up = 0;  ///< too old, or beyond the bound
  std::uint64_t refused = 0;   ///< the receiver said that it will never take it
  std::uint64_t pending = 0;   ///< now
  bool disabled = false;       ///< the receiver answered 410 Gone
};

/// Somebody who is told about alerts. `send` never blocks on the network.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual std::string const& name() const = 0;
  virtual void send(Alert const& alert) = 0;
  /// Files are opened and secrets are read again (SIGHUP). An error is logged and the old ones stay.
  virtual void reopen() {}
  virtual SinkCounters counters() const = 0;
};

/// Reads one entry of the configuration's list of sinks; every fault is added to `errors` with its place.
bool read_sink(yaml::Node const& node, SinkConfig& into, yaml::Errors& errors);

/// Opens a sink; what the outbox still holds for it goes out first. The outbox must outlive it.
Result<std::unique_ptr<Sink>, Refusal> make_sink(SinkConfig const& config, Outbox& outbox);

/// Whether a sink wants this alert.
bool wanted(SinkConfig const& config, Alert const& alert);

}  // namespace greywatch::collector
