#include "common/tls/socket.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

#include "common/openssl/openssl.hpp"

namespace greywatch::tls {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that is gone would then kill the process.
int bio_write(BIO* bio, char const* octets, int count) {
  BIO_clear_retry_flags(bio);
  int const fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  auto const n = ::send(fd, octets, static_cast<std::size_t>(count), MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}
int bio_read(BIO* bio, char* octets, int room) {
  BIO_clear_retry_flags(bio);
  int const fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  auto const n = ::recv(fd, octets, static_cast<std::size_t>(room), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(n);
}
long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

BIO* make_bio(int fd) {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "greywatch socket");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  auto* bio = BIO_new(method);
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  return bio;
}

Error closed() { return {Error::Cause::closed, "the connection was closed"}; }

/// What went wrong in words, with what the certificate check said first.
Error failure(SSL* ssl, int ssl_error, int system_error) {
  auto const code = ERR_peek_error();
  auto const reason = ERR_GET_REASON(code);
  if (ssl_error == SSL_ERROR_ZERO_RETURN) return closed();
  if (ssl_error == SSL_ERROR_SYSCALL && code == 0)
    return system_error == 0 ? closed() : Error{Error::Cause::closed, std::strerror(system_error)};
  auto const verified = SSL_get_verify_result(ssl);
  auto text = openssl::error();
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return closed();
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK)
    return {Error::Cause::untrusted,
            fmt::format("the peer's certificate is not trusted: {}", X509_verify_cert_error_string(verified))};
  if (reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED)
    return {Error::Cause::refused, "the peer wants a certificate and got none"};
  if (reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) {
    auto const alert = reason - SSL_AD_REASON_OFFSET;
    switch (alert) {
      case SSL_AD_CERTIFICATE_REVOKED:
        text = "the peer says that our certificate is revoked";
        break;
      case SSL_AD_CERTIFICATE_EXPIRED:
        text = "the peer says that our certificate has expired";
        break;
      case SSL_AD_UNKNOWN_CA:
        text = "the peer does not know the authority that issued our certificate";
        break;
      case SSL_AD_PROTOCOL_VERSION:
        text = "the peer does not speak TLS 1.3";
        break;
      case SSL_AD_BAD_CERTIFICATE:
      case SSL_AD_UNSUPPORTED_CERTIFICATE:
      case SSL_AD_CERTIFICATE_UNKNOWN:
        text = fmt::format("the peer refuses our certificate: {}", text);
        break;
      default:
        text = fmt::format("the peer ended the handshake: {}", text);
    }
    return {Error::Cause::refused, text};
  }
  return {Error::Cause::protocol, fmt::format("TLS: {}", text)};
}

}  // namespace

void Socket::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

Socket::Socket(tcp::socket socket, Context const& context)
    : socket_(std::move(socket)), context_(context), ssl_(SSL_new(context.native())) {
  if (!ssl_) throw std::bad_alloc();
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  auto* bio = make_bio(socket_.native_handle());
  SSL_set_bio(ssl_.get(), bio, bio);
}

Socket Socket::client(tcp::socket socket, Context const& context, std::string const& host) {
  Socket out(std::move(socket), context);
  auto* ssl = out.ssl_.get();
  boost::system::error_code no_address;
  asio::ip::make_address(host, no_address);
  if (no_address) {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (SSL_set1_host(ssl, host.c_str()) != 1)
      throw Error(Error::Cause::protocol, fmt::format("{} is no host name", host));
  } else if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) != 1) {
    throw Error(Error::Cause::protocol, fmt::format("{} is no address", host));
  }
  SSL_set_connect_state(ssl);
  return out;
}

Socket Socket::server(tcp::socket socket, Context const& context) {
  Socket out(std::move(socket), context);
  SSL_set_accept_state(out.ssl_.get());
  return out;
}

Socket::~Socket() = default;
Socket::Socket(Socket&&) noexcept = default;
Socket& Socket::operator=(Socket&&) noexcept = default;

asio::awaitable<void> Socket::ready(int ssl_error, int system_error) {
  if (ssl_error != SSL_ERROR_WANT_READ && ssl_error != SSL_ERROR_WANT_WRITE)
    throw failure(ssl_.get(), ssl_error, system_error);
  auto const direction = ssl_error == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write;
  boost::system::error_code error;
  co_await socket_.async_wait(direction, asio::redirect_error(asio::use_awaitable, error));
  if (error || !socket_.is_open()) throw closed();
}

asio::awaitable<void> Socket::handshake() {
  for (;;) {
    if (!socket_.is_open()) throw closed();
    ERR_clear_error();
    errno = 0;
    int const done = SSL_do_handshake(ssl_.get());
    int const system_error = errno;
    if (done == 1) co_return;
    co_await ready(SSL_get_error(ssl_.get(), done), system_error);
  }
}

asio::awaitable<std::size_t> Socket::read_some(std::span<std::uint8_t> into) {
  for (;;) {
    if (!socket_.is_open()) throw closed();
    ERR_clear_error();
    errno = 0;
    std::size_t got = 0;
    int const done = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
    int const system_error = errno;
    if (done == 1) co_return got;
    co_await ready(SSL_get_error(ssl_.get(), done), system_error);
  }
}

asio::awaitable<void> Socket::read(std::span<std::uint8_t> into) {
  while (!into.empty()) {
    auto const got = co_await read_some(into);
    into = into.subspan(got);
  }
}

asio::awaitable<void> Socket::write(std::string_view octets) {
  while (!octets.empty()) {
    if (!socket_.is_open()) throw closed();
    ERR_clear_error();
    errno = 0;
    std::size_t put = 0;
    int const done = SSL_write_ex(ssl_.get(), octets.data(), octets.size(), &put);
    int const system_error = errno;
    if (done == 1)
      octets.remove_prefix(put);
    else
      co_await ready(SSL_get_error(ssl_.get(), done), system_error);
  }
}

void Socket::farewell() {
  if (!socket_.is_open() || !SSL_is_init_finished(ssl_.get())) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> Socket::linger() {
  if (!socket_.is_open()) co_return;
  boost::system::error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  std::array<char, 512> unread{};
  for (std::size_t total = 0; total < 1024 * 1024;) {
    co_await socket_.async_wait(tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
    if (error || !socket_.is_open()) co_return;
    auto const got = ::recv(socket_.native_handle(), unread.data(), unread.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) co_return;
    if (got > 0) total += static_cast<std::size_t>(got);
  }
}

void Socket::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool Socket::is_open() const { return socket_.is_open(); }

Peer Socket::peer() const { return peer_of(SSL_get0_peer_certificate(ssl_.get())); }

}  // namespace greywatch::tls
