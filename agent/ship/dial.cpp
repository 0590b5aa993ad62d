#include "agent/ship/dial.hpp"

#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

namespace greywatch::agent {

namespace asio = boost::asio;
using asio::ip::tcp;

Result<Address, Refusal> parse_collector(std::string_view text) {
  Address out;
  auto const wrong = [&] {
    return refuse(fmt::format("\"{}\" is no address of a collector; write host:port or [address]:port", text));
  };
  auto host = text, port = std::string_view();
  if (text.starts_with('[')) {
    auto const close = text.find(']');
    if (close == std::string_view::npos) return wrong();
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && port.front() != ':') return wrong();
  } else if (auto const colon = text.find(':');
             colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (host.empty() || host.size() > 253 || host.find_first_of(" \t/@") != std::string_view::npos) return wrong();
  out.host = host;
  if (!port.empty()) {
    auto const* const end = port.data() + port.size();
    auto const read = std::from_chars(port.data() + 1, end, out.port);
    if (read.ec != std::errc{} || read.ptr != end || out.port == 0) return wrong();
  }
  return out;
}

Deadline::Deadline(asio::any_io_executor const& executor, std::chrono::milliseconds time, std::function<void()> expire)
    : timer_(executor, time), alive_(std::make_shared<bool>(true)) {
  timer_.async_wait([alive = alive_, expire = std::move(expire)](boost::system::error_code const& error) {
    if (!error && *alive) expire();
  });
}

Deadline::~Deadline() { *alive_ = false; }

namespace {

/// Sets and clears the owner's handle in step with what it ends.
class Abortable {
 public:
  Abortable(Abort& abort, std::function<void()> now) : abort_(abort) { abort_.now = std::move(now); }
  ~Abortable() { abort_.now = nullptr; }
  Abortable(Abortable const&) = delete;
  Abortable& operator=(Abortable const&) = delete;

 private:
  Abort& abort_;
};

asio::awaitable<std::vector<tcp::endpoint>> resolve(Address const& collector, Abort& abort) {
  boost::system::error_code error;
  std::vector<tcp::endpoint> out;
  auto const address = asio::ip::make_address(collector.host, error);
  if (!error) {
    out.emplace_back(address, collector.port);
    co_return out;
  }
  auto const executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  Abortable const abortable(abort, [&resolver] { resolver.cancel(); });
  auto const port = std::to_string(collector.port);
  auto const found =
      co_await resolver.async_resolve(collector.host, port, asio::redirect_error(asio::use_awaitable, error));
  if (error) throw std::runtime_error(fmt::format("collector {}: {}", collector.host, error.message()));
  for (auto const& entry : found) out.push_back(entry.endpoint());
  co_return out;
}

asio::awaitable<tcp::socket> connect(tcp::endpoint const& endpoint, std::chrono::milliseconds timeout, Abort& abort,
                                     boost::system::error_code& error) {
  auto const executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  bool late = false;
  auto const close = [&socket] {
    boost::system::error_code ignored;
    socket.close(ignored);
  };
  {
    Abortable const abortable(abort, close);
    Deadline const deadline(executor, timeout, [&late, close] {
      late = true;
      close();
    });
    co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  }
  if (late) error = asio::error::timed_out;
  co_return socket;
}

}  // namespace

asio::awaitable<tls::Socket> dial(UplinkOptions const& options, tls::Context const& context, Abort& abort) {
  auto const executor = co_await asio::this_coro::executor;
  auto const endpoints = co_await resolve(options.collector, abort);
  std::string why = "no address";
  for (auto const& endpoint : endpoints) {
    if (abort.wanted) break;
    boost::system::error_code error;
    auto connected = co_await connect(endpoint, options.connect_timeout, abort, error);
    if (error) {
      why = fmt::format("{} port {}: {}", endpoint.address().to_string(), endpoint.port(), error.message());
      continue;
    }
    auto socket = tls::Socket::client(std::move(connected), context, options.collector.host);
    bool late = false;
    try {
      Abortable const abortable(abort, [&socket] { socket.close(); });
      Deadline const deadline(executor, options.greeting_timeout, [&late, &socket] {
        late = true;
        socket.close();
      });
      co_await socket.handshake();
    } catch (tls::Error const& failed) {
      auto const text = late ? std::string("no answer to the TLS handshake") : std::string(failed.what());
      throw tls::Error(failed.cause(),
                       fmt::format("collector {} port {}: {}", options.collector.host, options.collector.port, text));
    }
    co_return socket;
  }
  throw std::runtime_error(fmt::format("collector {}: {}", options.collector.host, why));
}

asio::awaitable<link::Message> read_message(tls::Socket& socket, std::chrono::steady_clock::time_point* heard) {
  std::array<std::uint8_t, 4> prefix{};
  co_await socket.read(prefix);
  auto const length = link::frame_length(prefix);
  if (!length) throw tls::Error(tls::Error::Cause::protocol, "the collector sent a frame of an impossible length");
  std::vector<std::uint8_t> body(*length);
  for (std::span<std::uint8_t> left(body); !left.empty();) {
    auto const got = co_await socket.read_some(left);
    left = left.subspan(got);
    if (heard) *heard = std::chrono::steady_clock::now();
  }
  auto message = link::parse(body);
  if (!message)
    throw tls::Error(tls::Error::Cause::protocol, fmt::format("the collector sent a malformed message ({} in {})",
                                                              name(message.error().defect), message.error().field));
  co_return std::move(*message);
}

asio::awaitable<link::Welcome> greet(tls::Socket& socket, link::Hello const& hello) {
  auto const octets = link::frame(hello);
  co_await socket.write(octets);
  auto const message = co_await read_message(socket, nullptr);
  if (auto const* refuse = std::get_if<link::Refuse>(&message)) throw Refused(refuse->cause, refuse->reason);
  auto const* welcome = std::get_if<link::Welcome>(&message);
  if (!welcome)
    throw tls::Error(tls::Error::Cause::protocol, fmt::format("the collector answered Hello with {}", name(message)));
  if (welcome->protocol < hello.versions.oldest || welcome->protocol > hello.versions.newest)
    throw Refused(link::RefuseCause::version,
                  fmt::format("the collector wants protocol {}, this agent speaks {} to {}", welcome->protocol,
                              hello.versions.oldest, hello.versions.newest));
  co_return *welcome;
}

}  // namespace greywatch::agent
