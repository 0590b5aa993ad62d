#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/tls/context.hpp"

struct ssl_st;

namespace greywatch::tls {

/// The connection or its handshake failed; `what` is a sentence for the log.
class Error : public std::runtime_error {
 public:
  enum class Cause : std::uint8_t { closed, untrusted, refused, protocol };
  Error(Cause cause, std::string const& text) : std::runtime_error(text), cause_(cause) {}
  Cause cause() const { return cause_; }

 private:
  Cause cause_;
};

/// TLS over a non-blocking socket, without the four buffers of 17 KiB that asio::ssl::stream keeps a connection:
/// OpenSSL reads and writes the socket itself and asio only says when it is ready. One reading and one writing
/// coroutine at a time, both on the socket's own executor. Failures are thrown as Error.
class Socket {
 public:
  /// `host` is whom the dialling end wants to talk to: a name or an address that the certificate must bear.
  static Socket client(boost::asio::ip::tcp::socket socket, Context const& context, std::string const& host);
  static Socket server(boost::asio::ip::tcp::socket socket, Context const& context);
  ~Socket();
  Socket(Socket&&) noexcept;
  Socket& operator=(Socket&&) noexcept;

  boost::asio::awaitable<void> handshake();
  /// At least one octet.
  boost::asio::awaitable<std::size_t> read_some(std::span<std::uint8_t> into);
  /// All of `into`.
  boost::asio::awaitable<void> read(std::span<std::uint8_t> into);
  /// All of `octets`, which must stay alive meanwhile.
  boost::asio::awaitable<void> write(std::string_view octets);
  /// Tells the peer that nothing more comes, if that goes without waiting.
  void farewell();
  /// After a failed handshake or a farewell: waits, without looking, until the peer has closed too, at most a megabyte
  /// long. A socket that is closed on unread octets takes back what was said last. The owner bounds the time.
  boost::asio::awaitable<void> linger();
  /// Ends everything that waits, with Error::Cause::closed.
  void close();
  bool is_open() const;
  Peer peer() const;  ///< after the handshake

 private:
  Socket(boost::asio::ip::tcp::socket socket, Context const& context);
  boost::asio::awaitable<void> ready(int ssl_error, int system_error);
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  boost::asio::ip::tcp::socket socket_;
  Context context_;  ///< the handshake looks at its list of the revoked, and a reload may replace it meanwhile
  std::unique_ptr<ssl_st, Free> ssl_;
};

}  // namespace greywatch::tls
