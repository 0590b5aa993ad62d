#include "agent/ship/shipper.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cmath>
#include <mutex>
#include <thread>

#include "agent/ship/flusher.hpp"
#include "agent/ship/queue.hpp"
#include "agent/ship/uplink.hpp"

namespace greywatch::agent {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds publish_interval{250};
constexpr int findings_a_turn = 256;  // then the link gets its turn

bool acceptable(link::Health const& pair) {
  if (pair.name.empty() || pair.name.size() > link::max_name_octets || !std::isfinite(pair.value)) return false;
  return pair.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string::npos;
}

}  // namespace

struct Shipper::Impl {
  Impl(ShipOptions&& with, std::unique_ptr<Spool> opened)
      : options(std::move(with)),
        queue(options.queue),
        spool(std::move(opened)),
        epoch(spool->epoch()),
        io(1),
        guard(io.get_executor()),
        ticker(io),
        publisher(io),
        uplink(io, *spool, options.uplink) {}

  void drain();
  void spool_one(Finding finding);
  void schedule_tick();
  void publish_loop();
  void publish();
  void report_spool();

  ShipOptions options;
  Queue<Finding> queue;
  std::atomic<bool> scheduled{false}, stopped{false};
  std::atomic<std::uint64_t> offered{0}, refused{0};
  std::unique_ptr<Spool> spool;
  std::uint64_t epoch;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> guard;
  asio::steady_timer ticker, publisher;
  bool ticking = false;
  bool ending = false;  ///< cancelling a timer does not take back a turn that it has queued already
  Uplink uplink;
  std::string reported;
  bool reported_drops = false;
  mutable std::mutex mutex;  ///< of `published`
  ShipCounters published;
  std::unique_ptr<Flusher> flusher;
  std::thread thread;
};

void Shipper::Impl::spool_one(Finding finding) {
  if (finding.node.empty()) finding.node = options.uplink.node;
  spool->append(std::move(finding));
}

/// Takes what the capture threads offered. Runs on the io thread.
void Shipper::Impl::drain() {
  // Cleared first: an offer that comes from here on schedules the next turn.
  scheduled.store(false);
  int taken = 0;
  while (taken < findings_a_turn) {
    auto finding = queue.pop();
    if (!finding) break;
    spool_one(std::move(*finding));
    ++taken;
  }
  if (taken == 0) return;
  uplink.wake();
  publish();
  if (!ticking && !ending) schedule_tick();
  if (taken == findings_a_turn && !scheduled.exchange(true)) asio::post(io, [this] { drain(); });
}

void Shipper::Impl::schedule_tick() {
  auto const due = spool->tick(std::chrono::steady_clock::now());
  report_spool();
  ticking = due.has_value();
  if (!ticking) return;
  ticker.expires_after(*due);
  ticker.async_wait([this](boost::system::error_code const& error) {
    if (!error && !ending) schedule_tick();
  });
}

/// Says once that the disk refuses, and once that it takes again.
void Shipper::Impl::report_spool() {
  auto const counters = spool->counters();
  if (counters.trouble == reported) return;
  reported = counters.trouble;
  if (reported.empty())
    spdlog::info("the spool takes findings again");
  else
    spdlog::error("{}; findings are kept in memory, {} at most", reported, options.spool.memory_records);
}

void Shipper::Impl::publish() {
  ShipCounters now;
  now.spool = spool->counters();
  now.uplink = uplink.counters();
  std::uint64_t dropped = 0;
  for (auto const count : now.spool.dropped_by_class) dropped += count;
  if (dropped && !std::exchange(reported_drops, true))
    spdlog::warn("the spool is or was full: {} findings were dropped since it was made, the least severe first",
                 dropped);
  std::lock_guard const lock(mutex);
  published = std::move(now);
}

void Shipper::Impl::publish_loop() {
  publish();
  publisher.expires_after(publish_interval);
  publisher.async_wait([this](boost::system::error_code const& error) {
    if (!error && !ending) publish_loop();
  });
}

Result<std::unique_ptr<Shipper>, Refusal> Shipper::open(ShipOptions options) {
  if (!tls::valid_node_name(options.uplink.node))
    return refuse(fmt::format("\"{}\" is no node name: 1 to 63 of a-z, 0-9, '-' and '.'", options.uplink.node));
  options.uplink.node = tls::lower(options.uplink.node);
  auto spool = Spool::open(options.spool);
  if (!spool) return std::unexpected(spool.error());
  auto const& counters = (*spool)->counters();
  if (counters.damaged || counters.torn)
    spdlog::warn("spool {}: {} damaged stretches were skipped, {} torn tails cut off", options.spool.directory.string(),
                 counters.damaged, counters.torn);
  return std::unique_ptr<Shipper>(new Shipper(std::make_unique<Impl>(std::move(options), std::move(*spool))));
}

Shipper::Shipper(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Shipper::~Shipper() { stop(); }

void Shipper::start() {
  auto* const self = impl_.get();
  self->flusher = std::make_unique<Flusher>(
      [self](int error) { asio::post(self->io, [self, error] { self->spool->flushed(error); }); });
  self->spool->flush_with([self](FlushJob job) { self->flusher->submit(std::move(job)); });
  self->uplink.on_change([self] { self->publish(); });
  if (impl_->options.dial) impl_->uplink.start();
  asio::post(impl_->io, [impl = impl_.get()] {
    impl->publish_loop();
    impl->drain();
  });
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

bool Shipper::offer(Finding&& finding) {
  if (impl_->stopped.load(std::memory_order_relaxed) || !impl_->queue.push(std::move(finding))) {
    impl_->refused.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  impl_->offered.fetch_add(1, std::memory_order_relaxed);
  if (!impl_->scheduled.exchange(true)) asio::post(impl_->io, [impl = impl_.get()] { impl->drain(); });
  return true;
}

void Shipper::set_health(std::vector<link::Health> health, std::optional<double> coverage) {
  std::erase_if(health, [](link::Health const& pair) { return !acceptable(pair); });
  if (coverage && !(*coverage >= 0 && *coverage <= 1)) coverage.reset();
  asio::post(impl_->io, [impl = impl_.get(), health = std::move(health), coverage]() mutable {
    impl->uplink.set_health(std::move(health), coverage);
  });
}

void Shipper::stop() {
  if (impl_->stopped.exchange(true)) return;
  asio::post(impl_->io, [impl = impl_.get()] {
    impl->spool->flush_with(nullptr);
    while (auto finding = impl->queue.pop()) impl->spool_one(std::move(*finding));
    impl->spool->sync();
    impl->ending = true;
    impl->uplink.stop();
    impl->ticker.cancel();
    impl->publisher.cancel();
    impl->publish();
    impl->guard.reset();
  });
  if (impl_->thread.joinable())
    impl_->thread.join();
  else
    impl_->io.run();
  impl_->flusher.reset();
}

ShipCounters Shipper::counters() const {
  ShipCounters out;
  {
    std::lock_guard const lock(impl_->mutex);
    out = impl_->published;
  }
  out.offered = impl_->offered.load(std::memory_order_relaxed);
  out.refused = impl_->refused.load(std::memory_order_relaxed);
  return out;
}

std::uint64_t Shipper::epoch() const { return impl_->epoch; }

}  // namespace greywatch::agent
