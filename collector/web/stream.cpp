#include "collector/web/stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace greywatch::collector {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

constexpr asio::as_tuple_t<asio::use_awaitable_t<>> ready{};

class Clear final : public Stream {
 public:
  explicit Clear(asio::ip::tcp::socket socket) : stream_(std::move(socket)) {}

  void expires_after(std::chrono::steady_clock::duration time) override { stream_.expires_after(time); }
  asio::awaitable<Error> open() override { co_return Error{}; }
  asio::awaitable<Read> read_some(asio::mutable_buffer where) override {
    auto const [error, octets] = co_await stream_.async_read_some(where, ready);
    co_return Read{error, octets};
  }
  asio::awaitable<Error> write(std::array<asio::const_buffer, 2> what) override {
    auto const [error, octets] = co_await asio::async_write(stream_, what, ready);
    co_return error;
  }
  asio::awaitable<void> close() override {
    Error ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_return;
  }

 private:
  beast::tcp_stream stream_;
};

class Secure final : public Stream {
 public:
  Secure(asio::ip::tcp::socket socket, asio::ssl::context& tls) : stream_(std::move(socket), tls) {}

  void expires_after(std::chrono::steady_clock::duration time) override { stream_.next_layer().expires_after(time); }
  asio::awaitable<Error> open() override {
    auto const [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, ready);
    co_return error;
  }
  asio::awaitable<Read> read_some(asio::mutable_buffer where) override {
    auto const [error, octets] = co_await stream_.async_read_some(where, ready);
    co_return Read{error, octets};
  }
  asio::awaitable<Error> write(std::array<asio::const_buffer, 2> what) override {
    auto const [error, octets] = co_await asio::async_write(stream_, what, ready);
    co_return error;
  }
  asio::awaitable<void> close() override { co_await stream_.async_shutdown(ready); }

 private:
  beast::ssl_stream<beast::tcp_stream> stream_;
};

}  // namespace

std::unique_ptr<Stream> make_stream(asio::ip::tcp::socket socket, asio::ssl::context* tls) {
  if (tls) return std::make_unique<Secure>(std::move(socket), *tls);
  return std::make_unique<Clear>(std::move(socket));
}

}  // namespace greywatch::collector
