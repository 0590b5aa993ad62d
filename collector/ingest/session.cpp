#include "collector/ingest/session.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/wire/codec.hpp"

namespace greywatch::collector {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

Time wall() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

/// Why this end hangs up; told to the peer, then thrown no further.
struct Refusing {
  link::RefuseCause cause;
  std::string reason;
};

/// What decoded findings weigh beside their encoding: measured between two and four.
constexpr std::uint64_t weight = 4;
/// A frame up to this length is read without asking the budget: every connection may have one of these.
constexpr std::size_t free_octets = link::max_plain_octets + 8;
/// Time for one frame, for the slowest line that makes sense: 1 MiB at 64 kbit/s takes 131 s.
constexpr auto longest_frame = std::chrono::minutes{5};
constexpr auto quiet_about_strangers = std::chrono::seconds{10};
constexpr milliseconds first_retry{10}, longest_retry{500};  // when the commit queue is full

}  // namespace

asio::awaitable<std::uint64_t> Budget::take(std::shared_ptr<Session> const& session, std::uint64_t octets) {
  octets = std::min(octets, all_);
  bool first = true;
  while (left_ < octets && !session->over()) {
    if (first)
      waiting_.push_back(session);
    else
      waiting_.push_front(session);
    first = false;
    boost::system::error_code ignored;
    session->signal().expires_at(asio::steady_timer::time_point::max());
    co_await session->signal().async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (session->over()) octets = 0;
  left_ -= octets;
  wake_next();
  co_return octets;
}

void Budget::give_back(std::uint64_t octets) {
  left_ += octets;
  wake_next();
}

void Budget::wake_next() {
  while (left_ > 0 && !waiting_.empty()) {
    auto const next = waiting_.front().lock();
    waiting_.pop_front();
    if (!next || next->over()) continue;
    next->wake();
    return;
  }
}

Session::Session(std::shared_ptr<Hall> hall, tls::Socket socket, std::string address)
    : hall_(std::move(hall)), socket_(std::move(socket)), signal_(hall_->io), address_(std::move(address)) {}

void Session::end(std::string why) {
  if (over_) return;
  over_ = true;
  why_ = std::move(why);
  socket_.farewell();
  socket_.close();
  signal_.cancel();
}

void Session::sweep(Clock::time_point now) {
  if (over_ || committing_) return;
  auto const patience = known_ ? 3 * hall_->options.heartbeat : hall_->options.greeting_timeout;
  if (now < heard_ + patience) return;
  hall_->table.count([](IngestCounters& counters) { ++counters.timeouts; });
  end(known_ ? "silent for three heartbeats" : "no greeting in time");
}

asio::awaitable<void> Session::say(link::Message const& message) {
  auto const octets = link::frame(message);
  co_await socket_.write(octets);
}

asio::awaitable<void> Session::pause(milliseconds time) {
  boost::system::error_code ignored;
  signal_.expires_after(time);
  co_await signal_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

/// Waits for its share of a budget; to wait for our memory is no silence of the agent.
asio::awaitable<std::uint64_t> Session::hold(Budget& budget, std::uint64_t octets) {
  committing_ = true;
  auto const self = shared_from_this();
  auto const held = co_await budget.take(self, octets);
  committing_ = false;
  heard_ = Clock::now();
  if (over_) throw tls::Error(tls::Error::Cause::closed, why_);
  co_return held;
}

void Session::release() {
  if (held_frame_) hall_->frames.give_back(std::exchange(held_frame_, 0));
  if (held_findings_) hall_->findings.give_back(std::exchange(held_findings_, 0));
}

asio::awaitable<link::Message> Session::read_message() {
  std::array<std::uint8_t, 4> prefix{};
  co_await socket_.read(prefix);
  auto const length = link::frame_length(prefix);
  if (!length || (!known_ && *length > free_octets))
    throw Refusing{link::RefuseCause::protocol_error, "a frame has an impossible length"};
  if (*length > free_octets) held_frame_ = co_await hold(hall_->frames, *length);
  std::vector<std::uint8_t> body(*length);
  auto const began = Clock::now();
  for (std::span<std::uint8_t> left(body); !left.empty();) {
    auto const got = co_await socket_.read_some(left);
    left = left.subspan(got);
    heard_ = Clock::now();
    if (heard_ > began + longest_frame)
      throw Refusing{link::RefuseCause::protocol_error, "a message took too long to arrive"};
  }
  auto const octets = body.size() + prefix.size();
  hall_->table.count([octets](IngestCounters& counters) { counters.octets += octets; });
  auto message = link::parse(body);
  if (!message)
    throw Refusing{link::RefuseCause::protocol_error, fmt::format("a message is malformed ({} in {})",
                                                                  name(message.error().defect), message.error().field)};
  co_return std::move(*message);
}

asio::awaitable<void> Session::serve() {
  auto const self = shared_from_this();
  std::optional<Refusing> refusing;
  bool shaken = false;
  try {
    co_await socket_.handshake();
    shaken = true;
    peer_ = socket_.peer();
    co_await greet();
    while (!over_) co_await receive();
  } catch (Refusing const& thrown) {
    refusing = thrown;
  } catch (tls::Error const& error) {
    if (why_.empty()) why_ = error.what();
  } catch (std::exception const& error) {
    why_ = error.what();
  }
  if (refusing) co_await hang_up(refusing->cause, refusing->reason);
  if (!shaken) co_await socket_.linger();  // the peer shall read the alert
  leave(shaken);
}

/// Says why, then lets the peer read it: a socket closed on unread octets would take the message back.
asio::awaitable<void> Session::hang_up(link::RefuseCause cause, std::string const& reason) {
  release();
  why_ = fmt::format("refused: {}", reason);
  hall_->table.count([cause](IngestCounters& counters) { ++counters.refused[static_cast<std::size_t>(cause)]; });
  heard_ = Clock::now();
  try {
    link::Message const message = link::Refuse{cause, reason};
    co_await say(message);
    socket_.farewell();
    co_await socket_.linger();
  } catch (std::exception const&) {
    // It is gone, as it should.
  }
}

/// Takes itself out of everything that knows it.
void Session::leave(bool shaken) {
  release();
  end(why_);
  auto const open = hall_->sessions.size() - 1;
  hall_->table.count([this, open, shaken](IngestCounters& counters) {
    counters.open = open;
    counters.connected_agents -= known_;
    counters.handshakes_failed += !shaken;
  });
  if (known_) {
    auto const found = hall_->by_node.find(peer_.common_name);
    if (found != hall_->by_node.end() && found->second.lock().get() == this) {
      hall_->by_node.erase(found);
      hall_->table.update(peer_.common_name, [](AgentStatus& status) {
        status.connected = false;
        status.since = wall();
      });
    }
    spdlog::info("agent {} at {} is gone: {}", peer_.common_name, address_, why_);
  } else {
    --hall_->unknown;
    ++hall_->strangers;
    // Scanners knock all day: one line a while, with their number.
    if (Clock::now() >= hall_->quiet_until) {
      hall_->quiet_until = Clock::now() + quiet_about_strangers;
      spdlog::warn("connection from {} ended before it was an agent's: {} ({} such since the last word)", address_,
                   why_, std::exchange(hall_->strangers, 0));
    }
  }
  hall_->sessions.erase(this);
}

asio::awaitable<void> Session::greet() {
  auto message = co_await read_message();
  auto const* hello = std::get_if<link::Hello>(&message);
  if (!hello)
    throw Refusing{link::RefuseCause::protocol_error, fmt::format("the first message is {}, not hello", name(message))};
  auto const& options = hall_->options;
  if (peer_.common_name.empty())
    throw Refusing{link::RefuseCause::node_name, "the certificate has no common name that could be a node's"};
  if (tls::lower(hello->node) != peer_.common_name)
    throw Refusing{link::RefuseCause::node_name,
                   fmt::format("the certificate is {}'s, but the agent calls itself {}; set the node name or enroll it",
                               peer_.common_name, hello->node)};
  if (hall_->denied.contains(peer_.common_name))
    throw Refusing{link::RefuseCause::revoked, fmt::format("node {} is on the revocation list", peer_.common_name)};
  auto const version = options.versions.common(hello->versions);
  if (!version)
    throw Refusing{
        link::RefuseCause::version,
        fmt::format("this collector speaks protocol {} to {}, the agent {} to {}; update the {}",
                    options.versions.oldest, options.versions.newest, hello->versions.oldest, hello->versions.newest,
                    hello->versions.newest < options.versions.oldest ? "agent" : "collector")};
  link::Welcome welcome{.protocol = *version, .version = options.version, .window = options.window};
  welcome.heartbeat_ms = static_cast<std::uint32_t>(options.heartbeat.count());
  if (hello->probe) {
    hall_->table.count([](IngestCounters& counters) { ++counters.probes; });
    link::Message const answer = welcome;
    co_await say(answer);
    throw tls::Error(tls::Error::Cause::closed, "the link was tested");
  }
  auto const committed = hall_->queue.position(peer_.common_name, hello->epoch).value_or(0);
  welcome.committed = committed;
  epoch_ = hello->epoch;
  protocol_ = *version;
  rules_ = hello->rules;
  known_ = true;
  --hall_->unknown;
  auto& mine = hall_->by_node[peer_.common_name];
  if (auto const before = mine.lock()) {
    hall_->table.count(
        [](IngestCounters& counters) { ++counters.refused[static_cast<std::size_t>(link::RefuseCause::superseded)]; });
    before->end("a newer connection of the same agent took over");
  }
  mine = weak_from_this();
  hall_->table.count([](IngestCounters& counters) { ++counters.connected_agents; });
  hall_->table.update(peer_.common_name, [&](AgentStatus& status) {
    ++status.connects;
    status.connected = true;
    status.address = address_;
    status.since = status.last_seen = wall();
    status.version = hello->version;
    status.build = hello->build;
    status.protocol = *version;
    status.skewed = hello->versions.newest != options.versions.newest;
    status.epoch = epoch_;
    status.committed = committed;
    status.dropped = hello->dropped;
    status.certificate_serial = peer_.serial;
    status.certificate_expires = peer_.expires;
    status.clock_offset_seconds.reset();
    status.round_trip_seconds.reset();
  });
  spdlog::info("agent {} at {} is linked (version {}, protocol {})", peer_.common_name, address_, hello->version,
               *version);
  link::Message const answer = welcome;
  co_await say(answer);
  co_await offer_rules();
}

/// Sends the rule pack when the agent's is older. A slow line may take minutes: each piece that it takes breaks the
/// silence.
asio::awaitable<void> Session::offer_rules() {
  auto const rules = hall_->rules;
  if (!rules || protocol_ < link::rules_since || rules_ >= rules->version) co_return;
  rules_ = rules->version;
  for (std::string_view left = rules->frame; !left.empty();) {
    auto const piece = left.substr(0, free_octets);
    co_await socket_.write(piece);
    left.remove_prefix(piece.size());
    heard_ = Clock::now();
  }
  hall_->table.count([](IngestCounters& counters) { ++counters.rules_sent; });
}

asio::awaitable<void> Session::receive() {
  auto message = co_await read_message();
  hall_->table.update(peer_.common_name, [](AgentStatus& status) { status.last_seen = wall(); });
  if (auto* batch = std::get_if<link::Batch>(&message)) {
    co_await take(*batch);
  } else if (auto* beat = std::get_if<link::Heartbeat>(&message)) {
    co_await take(*beat);
  } else {
    throw Refusing{link::RefuseCause::protocol_error, fmt::format("an agent must not send {}", name(message))};
  }
  release();
}

asio::awaitable<void> Session::take(link::Batch& batch) {
  if (batch.epoch != epoch_ || batch.first <= received_)
    throw Refusing{link::RefuseCause::protocol_error, "a batch is of another epoch or comes twice"};
  held_findings_ = co_await hold(hall_->findings, weight * batch.octets);
  auto opened = hall_->batches.open(batch);
  if (!opened)
    throw Refusing{link::RefuseCause::protocol_error,
                   fmt::format("a batch is malformed ({} in {})", name(opened.error().defect), opened.error().field)};
  std::string().swap(batch.findings);
  received_ = batch.last;
  IncomingBatch incoming{.node = peer_.common_name, .epoch = epoch_, .last_sequence = batch.last, .received = wall()};
  incoming.findings.reserve(opened->findings.size());
  std::uint64_t renamed = 0;
  for (auto& [sequence, finding] : opened->findings) {
    renamed += finding.node != peer_.common_name;
    finding.node = peer_.common_name;
    finding.id = link::event_id(peer_.common_name, epoch_, sequence);
    incoming.findings.push_back(std::move(finding));
  }
  auto const malformed = opened->malformed;
  hall_->table.count([=](IngestCounters& counters) {
    counters.malformed += malformed;
    counters.renamed += renamed;
  });
  co_await settle(incoming);
}

/// Hands the batch to the store, keeps the agent's patience up with heartbeats meanwhile, and acks.
asio::awaitable<void> Session::settle(IncomingBatch& incoming) {
  auto const last = incoming.last_sequence;
  committing_ = true;
  outcome_.reset();
  auto const findings = incoming.findings.size();
  auto retry = first_retry;
  auto const done = [io = hall_->io.get_executor(), weak = weak_from_this(),
                     gate = hall_->gate](CommitQueue::Outcome const& outcome) {
    // Any thread, at any time: the ingest thread may be gone.
    std::lock_guard const lock(gate->mutex);
    if (!gate->open) return;
    asio::post(io, [weak, outcome] {
      auto const session = weak.lock();
      if (!session) return;
      session->outcome_ = outcome;
      session->wake();
    });
  };
  while (!over_ && !hall_->queue.commit(incoming, done)) {
    hall_->table.count([](IngestCounters& counters) { ++counters.queue_full; });
    co_await pause(retry);
    retry = std::min(retry * 2, longest_retry);
  }
  while (!over_ && !outcome_) {
    co_await pause(hall_->options.heartbeat);
    if (over_ || outcome_) break;
    link::Heartbeat beat;
    beat.sent = beat_sent_ = unix_ns(wall());
    link::Message const message = beat;
    co_await say(message);
  }
  committing_ = false;
  heard_ = Clock::now();
  if (over_) throw tls::Error(tls::Error::Cause::closed, why_);
  if (!outcome_->committed) {
    hall_->table.count([](IngestCounters& counters) { ++counters.commit_failures; });
    throw Refusing{link::RefuseCause::overload,
                   "the collector could not store the findings; it needs attention, the agent should try later"};
  }
  auto const outcome = *outcome_;
  hall_->table.count([&](IngestCounters& counters) {
    ++counters.batches;
    counters.findings += findings;
    counters.duplicates += outcome.duplicates;
  });
  hall_->table.update(peer_.common_name, [&](AgentStatus& status) {
    ++status.batches;
    status.findings += findings;
    status.duplicates += outcome.duplicates;
    status.committed = last;
  });
  link::Message const ack = link::Ack{last};
  co_await say(ack);
}

asio::awaitable<void> Session::take(link::Heartbeat& beat) {
  auto const now = unix_ns(wall());
  hall_->table.update(peer_.common_name, [&](AgentStatus& status) {
    status.coverage = beat.coverage;
    status.spool_records = beat.spool_records;
    status.spool_octets = beat.spool_octets;
    status.dropped = beat.dropped;
    status.health = std::move(beat.health);
    if (beat.echo == 0 || beat.echo != beat_sent_) return;
    auto const round_trip =
        now - beat.echo - static_cast<std::int64_t>(std::min<std::uint64_t>(beat.echo_delay, 1ULL << 62));
    if (round_trip < 0) return;
    status.round_trip_seconds = static_cast<double>(round_trip) * 1e-9;
    status.clock_offset_seconds = (static_cast<double>(beat.sent - now) + static_cast<double>(round_trip) / 2) * 1e-9;
  });
  link::Heartbeat answer;
  answer.echo = beat.sent;
  answer.sent = beat_sent_ = unix_ns(wall());
  answer.echo_delay = static_cast<std::uint64_t>(std::max<std::int64_t>(0, answer.sent - now));
  link::Message const message = answer;
  co_await say(message);
  co_await offer_rules();
}

}  // namespace greywatch::collector
