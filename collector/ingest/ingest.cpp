#include "collector/ingest/ingest.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "collector/ingest/session.hpp"

namespace greywatch::collector {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds sweep_interval{1000};
constexpr std::chrono::milliseconds accept_pause{100};  // after an error such as no descriptors left

Result<tls::Context, Refusal> load(IngestOptions const& options) {
  tls::Revoked revoked;
  if (!options.revoked.empty()) {
    auto loaded = tls::load_revoked(options.revoked);
    if (!loaded) return std::unexpected(loaded.error());
    revoked = std::move(*loaded);
  }
  return tls::Context::server(options.files, std::move(revoked));
}

}  // namespace

struct Ingest::Impl {
  Impl(IngestOptions&& with, CommitQueue& queue, tls::Context loaded)
      : options(std::move(with)),
        io(1),
        acceptor(io),
        sweeper(io),
        hall(std::make_shared<Hall>(io, options, queue)),
        context(std::move(loaded)) {
    admit(context);
  }

  void admit(tls::Context loaded);
  asio::awaitable<void> accept_loop();
  asio::awaitable<void> sweep_loop();
  void receive(tcp::socket socket, std::string const& address);

  IngestOptions options;
  asio::io_context io;
  tcp::acceptor acceptor;
  asio::steady_timer sweeper;
  std::shared_ptr<Hall> hall;
  tls::Context context;
  std::uint16_t port = 0;
  bool stopping = false;
  std::atomic<bool> stopped{false};
  std::thread thread;
};

/// Uses new certificates and a new list of the revoked, and shows out whom it names.
void Ingest::Impl::admit(tls::Context loaded) {
  context = std::move(loaded);
  auto const& revoked = context.revoked();
  hall->denied = revoked.nodes;
  auto const expires = context.expires();
  hall->table.count([expires](IngestCounters& counters) { counters.certificate_expires = expires; });
  std::vector<std::shared_ptr<Session>> out;
  for (auto const& [_, session] : hall->sessions)
    if (revoked.serials.contains(session->peer().serial) || revoked.nodes.contains(session->peer().common_name))
      out.push_back(session);
  for (auto const& session : out) {
    hall->table.count(
        [](IngestCounters& counters) { ++counters.refused[static_cast<std::size_t>(link::RefuseCause::revoked)]; });
    session->end("revoked");
  }
}

asio::awaitable<void> Ingest::Impl::accept_loop() {
  while (!stopping) {
    boost::system::error_code error;
    tcp::endpoint from;
    auto socket = co_await acceptor.async_accept(from, asio::redirect_error(asio::use_awaitable, error));
    if (stopping) break;
    if (!error) {
      receive(std::move(socket), from.address().to_string());
      continue;
    }
    hall->table.count([](IngestCounters& counters) { ++counters.accept_errors; });
    asio::steady_timer pause(io, accept_pause);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void Ingest::Impl::receive(tcp::socket socket, std::string const& address) {
  bool const full = hall->sessions.size() >= options.max_connections || hall->unknown >= options.max_unknown;
  hall->table.count([full](IngestCounters& counters) {
    ++counters.accepted;
    if (full) ++counters.refused[static_cast<std::size_t>(link::RefuseCause::overload)];
  });
  if (full) return;
  auto session = std::make_shared<Session>(hall, tls::Socket::server(std::move(socket), context), address);
  hall->sessions.emplace(session.get(), session);
  ++hall->unknown;
  auto const open = hall->sessions.size();
  hall->table.count([open](IngestCounters& counters) { counters.open = open; });
  asio::co_spawn(io, [session] { return session->serve(); }, asio::detached);
}

asio::awaitable<void> Ingest::Impl::sweep_loop() {
  while (!stopping) {
    boost::system::error_code ignored;
    sweeper.expires_after(std::min(sweep_interval, options.heartbeat));
    co_await sweeper.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    auto const now = Session::Clock::now();
    for (auto const& [_, session] : hall->sessions) session->sweep(now);
    auto const taken = hall->frames.taken() + hall->findings.taken();
    hall->table.count([taken](IngestCounters& counters) { counters.buffered_octets = taken; });
  }
}

Result<std::unique_ptr<Ingest>, Refusal> Ingest::open(IngestOptions options, CommitQueue& queue) {
  auto context = load(options);
  if (!context) return std::unexpected(context.error());
  boost::system::error_code error;
  auto const address = asio::ip::make_address(options.address, error);
  if (error) return refuse(fmt::format("\"{}\" is no address to listen on", options.address));
  auto impl = std::make_shared<Impl>(std::move(options), queue, std::move(*context));
  tcp::endpoint const endpoint(address, impl->options.port);
  impl->acceptor.open(endpoint.protocol(), error);
  if (!error) impl->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && address.is_v6() && address.is_unspecified()) impl->acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) impl->acceptor.bind(endpoint, error);
  if (!error) impl->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return refuse(
        fmt::format("cannot listen on {} port {}: {}", impl->options.address, impl->options.port, error.message()));
  impl->port = impl->acceptor.local_endpoint().port();
  return std::unique_ptr<Ingest>(new Ingest(std::move(impl)));
}

Ingest::Ingest(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ingest::~Ingest() { stop(); }

void Ingest::start() {
  auto* impl = impl_.get();
  asio::co_spawn(impl->io, [impl] { return impl->accept_loop(); }, asio::detached);
  asio::co_spawn(impl->io, [impl] { return impl->sweep_loop(); }, asio::detached);
  impl->thread = std::thread([impl] { impl->io.run(); });
}

void Ingest::stop() {
  if (impl_->stopped.exchange(true)) return;
  asio::post(impl_->io, [impl = impl_.get()] {
    impl->stopping = true;
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    impl->sweeper.cancel();
    std::vector<std::shared_ptr<Session>> all;
    for (auto const& [_, session] : impl->hall->sessions) all.push_back(session);
    for (auto const& session : all) session->end("the collector stops");
  });
  if (impl_->thread.joinable()) impl_->thread.join();
  std::lock_guard const lock(impl_->hall->gate->mutex);
  impl_->hall->gate->open = false;
}

Result<void, Refusal> Ingest::reload() {
  auto context = load(impl_->options);
  if (!context) return std::unexpected(context.error());
  asio::post(impl_->io, [impl = impl_.get(), loaded = std::move(*context)] { impl->admit(loaded); });
  return {};
}

void Ingest::offer(RulesOffer rules) {
  // Framed once for all agents.
  auto framed = std::make_shared<FramedRules const>(
      FramedRules{rules.version, link::frame(link::Rules{rules.version, std::move(rules.octets)})});
  impl_->hall->table.count([version = framed->version](IngestCounters& counters) { counters.rules_version = version; });
  asio::post(impl_->io, [impl = impl_.get(), framed = std::move(framed)] { impl->hall->rules = framed; });
}

std::uint16_t Ingest::port() const { return impl_->port; }
IngestCounters Ingest::counters() const { return impl_->hall->table.counters(); }
std::vector<AgentStatus> Ingest::agents() const { return impl_->hall->table.rows(); }

}  // namespace greywatch::collector
