#include "agent/ship/uplink.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>

#include "agent/ship/dial.hpp"
#include "common/wire/batch.hpp"

namespace greywatch::agent {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

std::int64_t wall_ns() {
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

constexpr milliseconds shortest_heartbeat{50}, longest_heartbeat{300'000};
constexpr auto steady_after = std::chrono::seconds{10};      // a connection that lived so long was a good one
constexpr auto repeat_log_after = std::chrono::minutes{10};  // the same trouble is logged again

/// Refusals that only a person can lift.
bool lasting(link::RefuseCause cause) {
  return cause == link::RefuseCause::version || cause == link::RefuseCause::node_name ||
         cause == link::RefuseCause::revoked;
}

}  // namespace

/// Kept alive by its coroutines, so that it may be let go at any time.
struct Uplink::Impl : std::enable_shared_from_this<Impl> {
  /// One connection that was welcomed.
  struct Connection {
    Connection(tls::Socket&& from, asio::io_context& io) : socket(std::move(from)), wake(io), watch(io) {}
    tls::Socket socket;
    asio::steady_timer wake, watch;
    std::uint32_t window = 1;
    milliseconds heartbeat{0};
    std::deque<std::uint64_t> in_flight;  ///< last sequence of each batch that is not acked
    Clock::time_point heard = Clock::now();
    std::int64_t peer_sent = 0;    ///< `sent` of the collector's last heartbeat …
    Clock::time_point peer_heard;  ///< … and when it came
    std::string trouble;           ///< set once, by whoever sees it first
    std::optional<link::RefuseCause> refused;
    bool over = false;

    void end(std::string why) {
      if (over) return;
      over = true;
      trouble = std::move(why);
      socket.close();
      wake.cancel();
      watch.cancel();
    }
  };

  Impl(asio::io_context& context, Spool& from, UplinkOptions with)
      : io(context), spool(from), options(std::move(with)), pause(io) {}

  asio::awaitable<void> run();
  asio::awaitable<void> attempt();
  asio::awaitable<void> write_loop(std::shared_ptr<Connection> const& connection);
  asio::awaitable<void> read_loop(std::shared_ptr<Connection> const& connection);
  asio::awaitable<void> watch_loop(std::shared_ptr<Connection> const& connection);
  void take(Connection& connection, link::Message message);
  std::optional<link::Batch> next_batch();
  link::Hello hello() const;
  link::Heartbeat heartbeat(Connection const& connection) const;
  milliseconds next_pause();
  void report(std::string const& text);

  asio::io_context& io;
  Spool& spool;
  UplinkOptions options;
  asio::steady_timer pause;
  std::shared_ptr<Connection> current;
  Abort abort;
  link::BatchWriter writer;
  std::optional<SpoolRecord> carry;  ///< read from the spool, but the batch was full
  std::vector<link::Health> health;
  std::optional<double> coverage;
  UplinkCounters counters;
  std::function<void()> tell = [] {};
  milliseconds backoff{0};
  bool stopping = false, acked_some = false, wait_long = false, at_once = false;
  std::string reported;
  Clock::time_point reported_at;
  std::minstd_rand random{std::random_device{}()};
};

/// Logs trouble when it is new, or again after a while.
void Uplink::Impl::report(std::string const& text) {
  counters.trouble = text;
  if (text == reported && Clock::now() < reported_at + repeat_log_after) return;
  reported = text;
  reported_at = Clock::now();
  spdlog::warn("no link: {}; findings wait in the spool", text);
}

milliseconds Uplink::Impl::next_pause() {
  if (std::exchange(at_once, false)) return milliseconds{0};
  backoff = std::clamp(backoff * 2, options.retry_first, options.retry_most);
  auto const full = std::exchange(wait_long, false) ? options.retry_refused : backoff;
  // Between half and all of it: a collector that comes back is not met by all agents at once.
  std::uniform_int_distribution<std::int64_t> jitter(full.count() / 2, full.count());
  return milliseconds{jitter(random)};
}

asio::awaitable<void> Uplink::Impl::run() {
  while (!stopping) {
    auto const began = Clock::now();
    acked_some = false;
    std::string why;
    try {
      co_await attempt();
    } catch (Refused const& refused) {
      ++counters.refusals;
      wait_long = lasting(refused.cause());
      why = fmt::format("the collector refuses this agent: {}", refused.what());
    } catch (tls::Error const& error) {
      counters.refusals += error.cause() == tls::Error::Cause::refused;
      why = error.what();
    } catch (std::exception const& error) {
      why = error.what();
    }
    if (!counters.connected) ++counters.failures;
    if (counters.connected && (acked_some || Clock::now() - began > steady_after)) backoff = milliseconds{0};
    counters.connected = false;
    current.reset();
    if (stopping) break;
    if (!why.empty()) report(why);
    tell();
    auto const wait = next_pause();
    boost::system::error_code ignored;
    pause.expires_after(wait);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

/// One connection from dialling to its end. Throws what ended it.
asio::awaitable<void> Uplink::Impl::attempt() {
  // Read anew each time: a renewed certificate needs no restart.
  auto const context = tls::Context::client(options.files);
  if (!context) throw std::runtime_error(context.error().text);
  counters.certificate_expires = context->expires();
  auto socket = co_await dial(options, *context, abort);
  auto connection = std::make_shared<Connection>(std::move(socket), io);
  current = connection;
  link::Welcome welcome;
  {
    abort.now = [connection] { connection->socket.close(); };
    bool late = false;
    Deadline const deadline(io.get_executor(), options.greeting_timeout, [&late, connection] {
      late = true;
      connection->socket.close();
    });
    auto const greeting = hello();
    try {
      welcome = co_await greet(connection->socket, greeting);
    } catch (tls::Error const& error) {
      abort.now = nullptr;
      if (late) throw std::runtime_error("the collector does not answer Hello");
      throw tls::Error(error.cause(), fmt::format("collector {}: {}", options.collector.host, error.what()));
    }
    abort.now = nullptr;
  }
  if (stopping) co_return;
  if (welcome.committed >= spool.next_sequence()) {
    spdlog::warn(
        "the collector holds findings up to {} of this spool, which gave only {}: the spool is a restored copy; its "
        "findings get a new epoch",
        welcome.committed, spool.next_sequence() - 1);
    spool.renew_epoch();
    at_once = true;
    co_return;
  }
  if (welcome.committed < spool.acked())
    spdlog::warn(
        "the collector holds findings up to {} only, but had acked {}: it lost some, perhaps it was restored from a "
        "copy",
        welcome.committed, spool.acked());
  spool.ack(welcome.committed);
  spool.rewind();
  carry.reset();
  connection->window = std::clamp<std::uint32_t>(welcome.window, 1, 64);
  connection->heartbeat = options.heartbeat;
  if (welcome.heartbeat_ms)
    connection->heartbeat = std::clamp(milliseconds{welcome.heartbeat_ms}, shortest_heartbeat, longest_heartbeat);
  connection->heard = Clock::now();
  ++counters.connects;
  counters.connected = true;
  counters.protocol = welcome.protocol;
  counters.collector_version = welcome.version;
  counters.acked = spool.acked();
  counters.trouble.clear();
  reported.clear();
  tell();
  spdlog::info("linked to collector {} (version {}, protocol {})", options.collector.host, welcome.version,
               welcome.protocol);
  auto const self = shared_from_this();
  asio::co_spawn(io, [self, connection] { return self->read_loop(connection); }, asio::detached);
  asio::co_spawn(io, [self, connection] { return self->watch_loop(connection); }, asio::detached);
  co_await write_loop(connection);
  if (connection->refused) throw Refused(*connection->refused, connection->trouble);
  throw std::runtime_error(fmt::format("collector {}: {}", options.collector.host, connection->trouble));
}

asio::awaitable<void> Uplink::Impl::write_loop(std::shared_ptr<Connection> const& connection) {
  auto beat_at = Clock::now();
  try {
    while (!connection->over) {
      auto const now = Clock::now();
      if (now >= beat_at) {
        beat_at = now + connection->heartbeat;
        auto const octets = link::frame(heartbeat(*connection));
        co_await connection->socket.write(octets);
        continue;
      }
      if (connection->in_flight.size() < connection->window) {
        auto batch = next_batch();
        if (batch) {
          connection->in_flight.push_back(batch->last);
          ++counters.batches;
          counters.findings += batch->count;
          counters.octets += batch->findings.size();
          auto const octets = link::frame(*batch);
          co_await connection->socket.write(octets);
          continue;
        }
      }
      boost::system::error_code ignored;
      connection->wake.expires_at(beat_at);
      co_await connection->wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  } catch (std::exception const& error) {
    connection->end(error.what());
  }
}

asio::awaitable<void> Uplink::Impl::read_loop(std::shared_ptr<Connection> const& connection) {
  auto const self = shared_from_this();
  try {
    while (!connection->over) {
      auto message = co_await read_message(connection->socket, &connection->heard);
      connection->heard = Clock::now();
      take(*connection, std::move(message));
    }
  } catch (std::exception const& error) {
    connection->end(error.what());
  }
}

/// Ends a connection that has been silent for too long: apart from the writer, which may be stuck in a write.
asio::awaitable<void> Uplink::Impl::watch_loop(std::shared_ptr<Connection> const& connection) {
  auto const self = shared_from_this();
  while (!connection->over) {
    auto const until = connection->heard + 3 * connection->heartbeat;
    if (Clock::now() > until) connection->end("it has been silent for three heartbeats");
    boost::system::error_code ignored;
    connection->watch.expires_at(until + milliseconds{1});
    if (!connection->over) co_await connection->watch.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void Uplink::Impl::take(Connection& connection, link::Message message) {
  if (auto const* ack = std::get_if<link::Ack>(&message)) {
    if (ack->sequence > spool.read_position()) return connection.end("it acked findings that were never sent");
    while (!connection.in_flight.empty() && connection.in_flight.front() <= ack->sequence)
      connection.in_flight.pop_front();
    spool.ack(ack->sequence);
    counters.acked = spool.acked();
    acked_some = true;
    tell();
    connection.wake.cancel();
  } else if (auto const* beat = std::get_if<link::Heartbeat>(&message)) {
    connection.peer_sent = beat->sent;
    connection.peer_heard = connection.heard;
    // Clocks may jump and peers may lie: an offset is a report, nothing is steered by it.
    auto const now = wall_ns();
    bool const possible = beat->echo > 0 && beat->echo <= now && beat->sent > 0;
    if (possible && static_cast<std::uint64_t>(now - beat->echo) >= std::uint64_t{beat->echo_delay}) {
      auto const round_trip = now - beat->echo - static_cast<std::int64_t>(beat->echo_delay);
      counters.clock_offset_seconds =
          (static_cast<double>(beat->sent - now) + static_cast<double>(round_trip) / 2) * 1e-9;
    }
  } else if (auto* rules = std::get_if<link::Rules>(&message); rules && options.take_rules) {
    options.take_rules(std::move(rules->pack));
  } else if (auto const* refuse = std::get_if<link::Refuse>(&message)) {
    connection.refused = refuse->cause;
    connection.end(refuse->reason);
  } else {
    connection.end(fmt::format("it sent an unexpected {}", name(message)));
  }
}

/// As many of the waiting records as fit one batch; none when none waits.
std::optional<link::Batch> Uplink::Impl::next_batch() {
  std::size_t octets = 0;
  for (;;) {
    if (!carry) carry = spool.next();
    if (!carry) break;
    // An ack of a longer prefix may have come while it was carried.
    if (carry->sequence <= spool.acked()) {
      carry.reset();
      continue;
    }
    octets += carry->payload.size();
    if ((octets > options.batch_octets && !writer.empty()) || !writer.add(carry->sequence, as_bytes(carry->payload)))
      break;
    carry.reset();
  }
  if (writer.empty()) return std::nullopt;
  return writer.seal(spool.epoch());
}

link::Hello Uplink::Impl::hello() const {
  link::Hello out{
      .versions = options.versions, .node = options.node, .version = options.version, .build = options.build};
  out.epoch = spool.epoch();
  out.next_sequence = spool.next_sequence();
  out.rules = options.rules_version ? options.rules_version() : link::no_rules_wanted;
  out.dropped = spool.counters().dropped_by_class;
  return out;
}

link::Heartbeat Uplink::Impl::heartbeat(Connection const& connection) const {
  auto const in_spool = spool.counters();
  link::Heartbeat out{
      .coverage = coverage, .spool_records = in_spool.waiting, .spool_octets = in_spool.octets, .health = health};
  out.dropped = in_spool.dropped_by_class;
  out.echo = connection.peer_sent;
  if (out.echo)
    out.echo_delay = static_cast<std::uint64_t>(std::chrono::nanoseconds(Clock::now() - connection.peer_heard).count());
  out.sent = wall_ns();
  return out;
}

Uplink::Uplink(asio::io_context& io, Spool& spool, UplinkOptions options)
    : impl_(std::make_shared<Impl>(io, spool, std::move(options))) {}
Uplink::~Uplink() = default;

void Uplink::start() {
  asio::co_spawn(impl_->io, [impl = impl_] { return impl->run(); }, asio::detached);
}

void Uplink::wake() {
  if (impl_->current) impl_->current->wake.cancel();
}

void Uplink::set_health(std::vector<link::Health> health, std::optional<double> coverage) {
  if (health.size() > link::max_health_pairs) health.resize(link::max_health_pairs);
  impl_->health = std::move(health);
  impl_->coverage = coverage;
}

void Uplink::stop() {
  impl_->stopping = impl_->abort.wanted = true;
  impl_->pause.cancel();
  if (impl_->abort.now) impl_->abort.now();
  if (auto const connection = impl_->current) {
    connection->socket.farewell();
    connection->end("the agent stops");
  }
}

void Uplink::on_change(std::function<void()> tell) { impl_->tell = std::move(tell); }

UplinkCounters Uplink::counters() const { return impl_->counters; }

Result<LinkReport, Refusal> test_link(UplinkOptions const& options) {
  auto const context = tls::Context::client(options.files);
  if (!context) return std::unexpected(context.error());
  asio::io_context io(1);
  Result<LinkReport, Refusal> out = refuse("the test did not end");
  auto const test = [&]() -> asio::awaitable<void> {
    auto const began = Clock::now();
    try {
      Abort abort;
      auto socket = co_await dial(options, *context, abort);
      Deadline const deadline(io.get_executor(), options.greeting_timeout, [&socket] { socket.close(); });
      link::Hello hello{
          .versions = options.versions, .node = options.node, .version = options.version, .build = options.build};
      hello.probe = true;
      auto const welcome = co_await greet(socket, hello);
      socket.farewell();
      auto const took = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
      out = LinkReport{welcome.version, welcome.protocol, took};
    } catch (Refused const& refused) {
      out = refuse(fmt::format("the collector refuses this agent: {}", refused.what()));
    } catch (std::exception const& error) {
      out = refuse(error.what());
    }
  };
  asio::co_spawn(io, test, asio::detached);
  io.run();
  return out;
}

}  // namespace greywatch::agent
