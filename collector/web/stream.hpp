#pragma once
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/error.hpp>
#include <chrono>
#include <memory>

namespace greywatch::collector {

/// The octets of one connection, in clear or through TLS, with a deadline for what is being done. Of one type, so that
/// what speaks HTTP over it is compiled once.
class Stream {
 public:
  using Error = boost::beast::error_code;
  struct Read {
    Error error;  ///< beast::error::timeout when the deadline passed
    std::size_t octets = 0;
  };

  virtual ~Stream() = default;
  /// From now; holds for every operation until the next call.
  virtual void expires_after(std::chrono::steady_clock::duration time) = 0;
  /// What must be done before the first octet: TLS's handshake, or nothing.
  virtual boost::asio::awaitable<Error> open() = 0;
  virtual boost::asio::awaitable<Read> read_some(boost::asio::mutable_buffer where) = 0;
  /// All of them, in order.
  virtual boost::asio::awaitable<Error> write(std::array<boost::asio::const_buffer, 2> what) = 0;
  /// Tells the peer that nothing more comes.
  virtual boost::asio::awaitable<void> close() = 0;
};

/// `tls` null: in clear. It must outlive the stream.
std::unique_ptr<Stream> make_stream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls);

}  // namespace greywatch::collector
