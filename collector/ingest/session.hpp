#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>

#include "collector/ingest/agents.hpp"
#include "collector/ingest/ingest.hpp"
#include "common/tls/socket.hpp"
#include "common/wire/batch.hpp"

namespace boost::asio {
class io_context;
}

namespace greywatch::collector {

class Session;

/// Octets that may be in memory at once, over all sessions; who finds too few left waits in line.
class Budget {
 public:
  explicit Budget(std::uint64_t octets) : left_(octets), all_(octets) {}
  /// What was taken: `octets`, or all there are when that is less, or nothing when the session ended meanwhile.
  boost::asio::awaitable<std::uint64_t> take(std::shared_ptr<Session> const& session, std::uint64_t octets);
  void give_back(std::uint64_t octets);
  std::uint64_t taken() const { return all_ - left_; }

 private:
  void wake_next();
  std::uint64_t left_, all_;
  std::deque<std::weak_ptr<Session>> waiting_;
};

/// Lets outcomes of commits in from other threads as long as the ingest thread is there to take them.
struct Gate {
  std::mutex mutex;
  bool open = true;
};

/// A rule pack as it goes over the link.
struct FramedRules {
  std::uint64_t version = 0;
  std::string frame;
};

/// What all sessions share. Lives on the ingest thread.
struct Hall {
  Hall(boost::asio::io_context& context, IngestOptions const& with, CommitQueue& to)
      : io(context),
        options(with),
        queue(to),
        table(with.max_agents),
        frames(with.max_buffered_octets / 2),
        findings(with.max_buffered_octets / 2) {}
  boost::asio::io_context& io;
  IngestOptions const& options;
  CommitQueue& queue;
  AgentTable table;
  Budget frames;    ///< of large frames while they are read; a slow line may hold its share for long
  Budget findings;  ///< of what was decoded and is not committed; whoever holds it waits for the store only
  link::BatchReader batches;
  std::shared_ptr<FramedRules const> rules;  ///< for agents; null: none
  std::set<std::string> denied;              ///< node names of the revocation file
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions;
  std::map<std::string, std::weak_ptr<Session>> by_node;
  std::size_t unknown = 0;  ///< sessions that are not past Hello
  std::shared_ptr<Gate> gate = std::make_shared<Gate>();
  std::chrono::steady_clock::time_point quiet_until{};  ///< no word about strangers until then
  std::uint64_t strangers = 0;                          ///< since the last word
};

/// Coroutines take references to what their caller names: GCC 12 destroys temporaries of co_await arguments twice.
///
/// One connection: greets, then takes one message after the other. One coroutine; what others want of it they set and
/// then cancel `signal`.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Clock = std::chrono::steady_clock;

  Session(std::shared_ptr<Hall> hall, tls::Socket socket, std::string address);

  /// From the handshake to the end; never throws.
  boost::asio::awaitable<void> serve();
  /// Ends it from outside; `why` is for the log.
  void end(std::string why);
  /// Ends it when it has been silent for too long.
  void sweep(Clock::time_point now);
  void wake() { signal_.cancel(); }
  bool over() const { return over_; }
  boost::asio::steady_timer& signal() { return signal_; }
  tls::Peer const& peer() const { return peer_; }

 private:
  boost::asio::awaitable<void> greet();
  boost::asio::awaitable<void> receive();
  boost::asio::awaitable<void> take(link::Batch& batch);
  boost::asio::awaitable<void> settle(IncomingBatch& incoming);
  boost::asio::awaitable<void> take(link::Heartbeat& beat);
  boost::asio::awaitable<void> offer_rules();
  boost::asio::awaitable<void> say(link::Message const& message);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
  boost::asio::awaitable<link::Message> read_message();
  boost::asio::awaitable<void> hang_up(link::RefuseCause cause, std::string const& reason);
  boost::asio::awaitable<std::uint64_t> hold(Budget& budget, std::uint64_t octets);
  void leave(bool shaken);
  void release();

  std::shared_ptr<Hall> hall_;
  tls::Socket socket_;
  boost::asio::steady_timer signal_;
  std::string address_;
  tls::Peer peer_;
  std::uint64_t epoch_ = 0, received_ = 0;
  std::uint64_t held_frame_ = 0, held_findings_ = 0;  ///< of the budgets
  std::int64_t beat_sent_ = 0;
  std::uint32_t protocol_ = 0;
  std::uint64_t rules_ = 0;  ///< version of the pack that the agent has or was sent
  Clock::time_point heard_ = Clock::now();
  std::optional<CommitQueue::Outcome> outcome_;
  bool known_ = false, over_ = false, committing_ = false;
  std::string why_;
};

}  // namespace greywatch::collector
