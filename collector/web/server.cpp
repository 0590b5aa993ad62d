#include "collector/web/server.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>
#include <thread>

#include "collector/web/access.hpp"
#include "collector/web/router.hpp"
#include "collector/web/stream.hpp"

namespace greywatch::collector {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

namespace {

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;
using HeaderParser = http::request_parser<http::empty_body>;
using Ready = asio::as_tuple_t<asio::use_awaitable_t<>>;
constexpr Ready ready{};

constexpr std::size_t header_octets = 8192;
constexpr unsigned requests_a_connection = 1000;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

asio::ip::address to_asio(Ip const& ip) {
  if (ip.version == 6) {
    asio::ip::address_v6::bytes_type octets;
    std::copy_n(ip.octets.begin(), 16, octets.begin());
    return asio::ip::address_v6(octets);
  }
  asio::ip::address_v4::bytes_type octets;
  std::copy_n(ip.octets.begin(), 4, octets.begin());
  return asio::ip::address_v4(octets);
}

std::string octets_of(http::response_header<> const& header) {
  std::ostringstream out;
  out << header;
  return std::move(out).str();
}

/// The views may block: they are called on a worker.
asio::awaitable<WebAnswer> ask(WebRequest const& request, Views& views) { co_return answer(request, views); }

/// What a reload replaces as a whole; connections keep the one they began with.
struct Credentials {
  Access access;
  std::optional<asio::ssl::context> tls;
};

Result<std::shared_ptr<Credentials>, Refusal> load_credentials(WebOptions const& options) {
  auto access = Access::load(options.token, options.hosts);
  if (!access) return std::unexpected(access.error());
  auto made = std::make_shared<Credentials>(std::move(*access), std::nullopt);
  if (options.certificate.empty()) return made;
  auto& tls = made->tls.emplace(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_3_VERSION);
  beast::error_code error;
  tls.use_certificate_chain_file(options.certificate.string(), error);
  if (error)
    return refuse(fmt::format("{}: no certificate chain in PEM: {}", options.certificate.string(), error.message()));
  tls.use_private_key_file(options.key.string(), asio::ssl::context::pem, error);
  if (error) return refuse(fmt::format("{}: no private key in PEM: {}", options.key.string(), error.message()));
  if (SSL_CTX_check_private_key(tls.native_handle()) != 1)
    return refuse(fmt::format("{}: is not the key of {}", options.key.string(), options.certificate.string()));
  return made;
}

class BeastServer final : public Server {
 public:
  BeastServer(WebOptions const& options, Views& views, std::shared_ptr<Credentials> credentials)
      : options_(options),
        views_(views),
        workers_(options.workers),
        acceptor_(io_),
        credentials_(std::move(credentials)) {}

  ~BeastServer() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    workers_.stop();
    workers_.join();
  }

  Result<void, Refusal> listen() {
    tcp::endpoint const endpoint(to_asio(options_.address), options_.port);
    beast::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(128, error);
    if (error)
      return refuse(fmt::format("web: cannot listen on {} port {}: {}", to_string(options_.address), options_.port,
                                error.message()));
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "web");
    return {};
  }

  std::uint16_t port() const override { return port_; }
  bool listening() const override { return listening_; }
  WebStats const& stats() const override { return stats_; }
  Result<void, Refusal> reload() override {
    auto made = load_credentials(options_);
    if (!made) return std::unexpected(made.error());
    std::lock_guard const guard(credentials_mutex_);
    credentials_ = std::move(*made);
    return {};
  }

 private:
  void run() {
    try {
      io_.run();
    } catch (std::exception const& error) {
      spdlog::error("web: the server ends: {}", error.what());
    }
    listening_ = false;
  }

  std::shared_ptr<Credentials> credentials() {
    std::lock_guard const guard(credentials_mutex_);
    return credentials_;
  }

  asio::awaitable<void> accept() {
    asio::steady_timer pause(io_);
    while (true) {
      auto [error, socket] = co_await acceptor_.async_accept(ready);
      if (error) {
        // Out of descriptors, most likely: waiting lets connections end.
        pause.expires_after(std::chrono::milliseconds{100});
        co_await pause.async_wait(ready);
        continue;
      }
      if (stats_.connections >= options_.connections) {
        stats_.refused_connections.fetch_add(1);
        continue;
      }
      asio::co_spawn(io_, connection(std::move(socket)), asio::detached);
    }
  }

  static std::string address_of(tcp::socket const& socket) {
    beast::error_code error;
    auto const from = socket.remote_endpoint(error);
    return error ? std::string("unknown") : from.address().to_string();
  }

  struct Counted {
    explicit Counted(std::atomic<std::uint64_t>& counter) : level(counter) { level.fetch_add(1); }
    Counted(Counted const&) = delete;
    ~Counted() { level.fetch_sub(1); }
    std::atomic<std::uint64_t>& level;
  };

  asio::awaitable<void> connection(tcp::socket socket) {
    Counted const counted(stats_.connections);
    auto const mine = credentials();
    auto const peer = address_of(socket);
    auto const stream = make_stream(std::move(socket), mine->tls ? &*mine->tls : nullptr);
    stream->expires_after(options_.header_time);
    if (auto const error = co_await stream->open()) {
      stats_.failed_handshakes.fetch_add(1);
      co_return;
    }
    co_await serve(*stream, mine->access, peer);
    stream->expires_after(std::chrono::seconds{2});
    co_await stream->close();
  }

  /// Gives the parser what comes until it has the header, or with `whole` all of the message.
  static asio::awaitable<beast::error_code> parse(Stream& stream, beast::flat_buffer& buffer,
                                                  http::basic_parser<true>& parser, bool whole) {
    parser.eager(whole);
    while (true) {
      if (buffer.size() != 0) {
        beast::error_code error;
        buffer.consume(parser.put(buffer.data(), error));
        if (error && error != http::error::need_more) co_return error;
      }
      if (whole ? parser.is_done() : parser.is_header_done()) co_return beast::error_code{};
      auto const room = std::min<std::size_t>(buffer.max_size() - buffer.size(), 4096);
      if (room == 0) co_return http::error::buffer_overflow;
      auto const [error, octets] = co_await stream.read_some(buffer.prepare(room));
      buffer.commit(octets);
      if (error == asio::error::eof && !parser.got_some()) co_return http::error::end_of_stream;
      if (error) co_return error;
    }
  }

  /// Answers the requests of one connection, one after the other.
  asio::awaitable<void> serve(Stream& stream, Access const& access, std::string const& peer) {
    beast::flat_buffer buffer(2 * header_octets);
    for (unsigned served = 0; served < requests_a_connection; ++served) {
      HeaderParser parser;
      parser.header_limit(header_octets);
      parser.body_limit(longest_content);
      // Waiting for the first octet is idling; a header begun must then end in time, however slowly it drips.
      stream.expires_after(served ? options_.idle_time : options_.header_time);
      if (buffer.size() == 0) {
        auto const [error, octets] = co_await stream.read_some(buffer.prepare(1024));
        if (error) co_return count_timeout(error);
        buffer.commit(octets);
      }
      stream.expires_after(options_.header_time);
      auto const error = co_await parse(stream, buffer, parser, false);
      if (error == http::error::end_of_stream || error == beast::error::timeout) co_return count_timeout(error);
      Response response;
      if (error)
        response = refuse_octets(error);
      else if (!parser.is_done() && takes_content(view(parser.get().method_string()), view(parser.get().target())))
        response = co_await take(stream, buffer, parser, access, peer);
      else if (!parser.is_done())
        response = render(problem(413, "Content too large", "requests have no content here"), parser.get(), false);
      else
        response = co_await respond(parser.get(), {}, access, peer);
      response.keep_alive(response.keep_alive() && served + 1 < requests_a_connection);
      response.prepare_payload();
      stats_.requests.fetch_add(1);
      stream.expires_after(options_.write_time);
      bool const header_only = !error && parser.get().method() == http::verb::head;
      auto const header = octets_of(response.base());
      if (auto const failed = co_await stream.write(
              {asio::buffer(header), header_only ? asio::const_buffer{} : asio::buffer(response.body())}))
        co_return count_timeout(failed);
      if (response.need_eof() || !response.keep_alive()) co_return;
    }
  }

  void count_timeout(beast::error_code const& error) {
    if (error == beast::error::timeout) stats_.timeouts.fetch_add(1);
  }

  /// Reads the content of a request, from those only who may ask, and answers it.
  asio::awaitable<Response> take(Stream& stream, beast::flat_buffer& buffer, HeaderParser& header, Access const& access,
                                 std::string const& peer) {
    if (auto refused = turn_away(header.get(), access)) {
      refused->keep_alive(false);  // its content is not read
      co_return std::move(*refused);
    }
    if (beast::iequals(header.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await stream.write({asio::buffer(go_on), {}});
    }
    http::request_parser<http::string_body> parser(std::move(header));
    parser.body_limit(longest_content);
    if (auto const error = co_await parse(stream, buffer, parser, true)) {
      count_timeout(error);
      co_return refuse_octets(error);
    }
    Request request(std::move(parser.get().base()));
    co_return co_await respond(request, std::move(parser.get().body()), access, peer);
  }

  /// The answer to who may not ask; none for who may.
  std::optional<Response> turn_away(Request const& request, Access const& access) {
    if (request.count(http::field::host) > 1 || (request.version() >= 11 && request.count(http::field::host) == 0))
      return render(problem(400, "Bad request", "exactly one Host field is required"), request, false);
    if (view(request.target()) == "/healthz") return std::nullopt;
    if (access.wants_token() && !access.admits(view(request[http::field::authorization]))) {
      stats_.unauthorized.fetch_add(1);
      auto refused = problem(401, "Unauthorized", "send Authorization: Bearer with the token of this collector");
      refused.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"greywatch\"");
      return render(refused, request, request.keep_alive());
    }
    if (!access.wants_token() && request.count(http::field::host) == 1 &&
        !access.knows_host(view(request[http::field::host])))
      return render(problem(421, "Misdirected request",
                            "without a token this server is asked by address or by a name listed in web.hosts"),
                    request, request.keep_alive());
    return std::nullopt;
  }

  asio::awaitable<Response> respond(Request const& request, std::string content, Access const& access,
                                    std::string const& peer) {
    if (auto refused = turn_away(request, access)) co_return std::move(*refused);
    auto const path = view(request.target());
    WebRequest asked;
    asked.method = view(request.method_string());
    asked.target = path;
    asked.accept = view(request[http::field::accept]);
    asked.content_type = view(request[http::field::content_type]);
    asked.content = std::move(content);
    asked.peer = peer;
    // Health is answered here, however busy the workers are.
    WebAnswer given;
    if (path == "/healthz")
      given = answer(asked, views_);
    else
      given = co_await asio::co_spawn(workers_, ask(asked, views_), asio::use_awaitable);
    co_return render(given, request, request.keep_alive());
  }

  /// The answer to octets that are no request; the connection ends with it.
  Response refuse_octets(beast::error_code const& error) {
    stats_.malformed.fetch_add(1);
    Request const none;
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
      return render(problem(431, "Header too large", fmt::format("the header has more than {} octets", header_octets)),
                    none, false);
    if (error == http::error::body_limit)
      return render(
          problem(413, "Content too large", fmt::format("the content has more than {} octets", longest_content)), none,
          false);
    return render(problem(400, "Bad request", "these octets are no HTTP/1.1 request"), none, false);
  }

  static Response render(WebAnswer const& given, Request const& request, bool keep_alive) {
    Response response;
    response.result(given.status);
    response.version(request.version() == 10 ? 10 : 11);
    response.keep_alive(keep_alive);
    response.set(http::field::content_type, given.content_type);
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    response.set("Referrer-Policy", "no-referrer");
    for (auto const& [name, value] : given.headers) response.set(name, value);
    response.body() = given.body;
    return response;
  }

  WebOptions const options_;
  Views& views_;
  WebStats stats_;
  asio::thread_pool workers_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::mutex credentials_mutex_;
  std::shared_ptr<Credentials> credentials_;
  std::uint16_t port_ = 0;
  std::atomic<bool> listening_{true};
  std::thread thread_;
};

}  // namespace

bool is_loopback(Ip const& ip) {
  if (ip.version == 4) return ip.octets[0] == 127;
  return ip == parse_ip("::1").value();
}

std::optional<std::string> exposure_fault(Ip const& address, bool tls, bool token) {
  if (is_loopback(address) || (tls && token)) return std::nullopt;
  return fmt::format("{} can be reached from outside: set certificate, key and token_file, or listen on 127.0.0.1",
                     to_string(address));
}

Result<std::unique_ptr<Server>, Refusal> Server::start(WebOptions const& options, Views& views) {
  if (auto const fault = exposure_fault(options.address, !options.certificate.empty(), !options.token.empty()))
    return refuse("web: " + *fault);
  auto credentials = load_credentials(options);
  if (!credentials) return std::unexpected(credentials.error());
  auto server = std::make_unique<BeastServer>(options, views, std::move(*credentials));
  if (auto const listening = server->listen(); !listening) return std::unexpected(listening.error());
  return server;
}

}  // namespace greywatch::collector
