#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/event/finding.hpp"
#include "common/result.hpp"
#include "common/time.hpp"
#include "common/tls/context.hpp"
#include "common/wire/message.hpp"

namespace greywatch::collector {

/// What one agent sent in one go. Its findings bear event.id and observer.name as the agent's certificate says,
/// whatever the agent wrote there.
struct IncomingBatch {
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t last_sequence = 0;  ///< of the batch's last record; commit it even when `findings` is empty
  Time received;                    ///< wall time
  std::vector<Finding> findings;
};

/// What ingest hands batches to: the store, behind whatever queue it likes.
class CommitQueue {
 public:
  struct Outcome {
    bool committed = false;  ///< durable; false: nothing of the batch is
    std::uint64_t inserted = 0, duplicates = 0;
  };
  /// Called once, on any thread; must not throw.
  using Done = std::function<void(Outcome const&)>;

  virtual ~CommitQueue() = default;
  /// Takes the batch and returns true, or leaves it as it is and returns false because the queue is full. Called on the
  /// ingest thread, so it must not wait. Batches of one node come one at a time: the next after the Outcome of the
  /// last.
  virtual bool commit(IncomingBatch& batch, Done done) = 0;
  /// The last sequence of this node and epoch that is committed. Ingest thread; must not wait.
  virtual std::optional<std::uint64_t> position(std::string const& node, std::uint64_t epoch) const = 0;
};

struct IngestOptions {
  std::string address = "::";  ///< to listen on; "::" takes IPv4 too
  std::uint16_t port = 7443;   ///< 0: any free one
  tls::Files files;
  std::filesystem::path revoked;  ///< tls::load_revoked; empty: none
  std::string version;            ///< of the program
  link::Versions versions = link::versions_of(link::protocol_version);
  std::size_t max_connections = 12'000;
  std::size_t max_unknown = 1'024;  ///< of these: not yet past Hello
  std::size_t max_agents = 20'000;  ///< rows of the table of agents; the longest gone makes room
  std::uint64_t max_buffered_octets =
      64 * 1024 * 1024;  ///< of batches between socket and commit, all connections together
  std::chrono::milliseconds greeting_timeout{15'000};  ///< TLS handshake and Hello
  std::chrono::milliseconds heartbeat{15'000};         ///< asked of agents; three missed end a connection
  std::uint32_t window = 4;                            ///< batches an agent may send ahead
};

/// A signed rule pack that agents shall have.
struct RulesOffer {
  std::uint64_t version = 0;
  std::string octets;
};

/// Totals since the start.
struct IngestCounters {
  std::uint64_t accepted = 0;                               ///< TCP connections
  std::uint64_t open = 0;                                   ///< now; a level
  std::uint64_t connected_agents = 0;                       ///< now past Hello; a level
  std::uint64_t handshakes_failed = 0;                      ///< TLS: no or bad certificate, revoked, old version
  std::uint64_t accept_errors = 0;                          ///< such as no descriptors left
  std::uint64_t timeouts = 0;                               ///< connections that were silent for too long
  std::uint64_t batches = 0, findings = 0, duplicates = 0;  ///< committed
  std::uint64_t malformed = 0;                              ///< findings that were none
  std::uint64_t renamed = 0;          ///< findings that claimed another node than their certificate
  std::uint64_t octets = 0;           ///< of frames received
  std::uint64_t commit_failures = 0;  ///< batches that the store could not commit
  std::uint64_t queue_full = 0;       ///< times that a batch had to wait for the commit queue
  std::uint64_t buffered_octets = 0;  ///< now; a level
  std::uint64_t probes = 0;           ///< link tests answered
  std::uint64_t rules_version = 0;    ///< of the pack on offer; a level
  std::uint64_t rules_sent = 0;       ///< rule packs sent to agents
  std::array<std::uint64_t, link::refuse_causes> refused{};  ///< by link::RefuseCause
  std::int64_t certificate_expires = 0;                      ///< the collector's own, seconds since 1970
};

/// The name of an index of IngestCounters::refused: "version", "node_name", …
std::string_view refused_name(std::size_t cause);

/// One row of the table of agents, kept after the agent has gone.
struct AgentStatus {
  std::string node;
  std::string address;  ///< of the last connection
  bool connected = false;
  Time since;      ///< wall time: connected, or gone, since
  Time last_seen;  ///< wall time of the last message
  std::string version, build;
  std::uint32_t protocol = 0;
  bool skewed = false;  ///< speaks another version of the protocol than this collector's newest
  std::uint64_t epoch = 0, committed = 0;
  std::optional<double> clock_offset_seconds;  ///< the agent's clock minus ours
  std::optional<double> round_trip_seconds;
  std::optional<double> coverage;
  std::uint64_t spool_records = 0, spool_octets = 0;
  link::PerClass dropped{};  ///< by its spool
  std::vector<link::Health> health;
  std::uint64_t connects = 0, batches = 0, findings = 0, duplicates = 0;
  std::string certificate_serial;
  std::int64_t certificate_expires = 0;  ///< seconds since 1970
};

/// Takes findings from agents over TLS 1.3 with certificates on both sides. One thread of its own.
class Ingest {
 public:
  /// Reads certificates and the revocation file and binds the port; `queue` must live until `stop` has returned.
  static Result<std::unique_ptr<Ingest>, Refusal> open(IngestOptions options, CommitQueue& queue);
  ~Ingest();  ///< stops
  Ingest(Ingest const&) = delete;
  Ingest& operator=(Ingest const&) = delete;

  void start();
  /// Closes all connections and ends the thread. Outcomes that come later are ignored.
  void stop();
  /// Reads certificates and the revocation file anew, for new connections; those of revoked agents are closed. A
  /// refusal leaves everything as it was. Any thread.
  Result<void, Refusal> reload();
  /// From here on agents that speak version 2 of the protocol and have an older pack are sent this one: those that
  /// connect at once, the others with the answer to their next heartbeat. Any thread.
  void offer(RulesOffer rules);
  std::uint16_t port() const;
  IngestCounters counters() const;          ///< any thread
  std::vector<AgentStatus> agents() const;  ///< by name; any thread

 private:
  struct Impl;
  explicit Ingest(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace greywatch::collector
