#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/web/views.hpp"
#include "common/address.hpp"
#include "common/result.hpp"

namespace greywatch::collector {

/// Where and for whom the server answers. Bounds are per server unless they say otherwise.
struct WebOptions {
  Ip address = Ip::v4(std::array<std::uint8_t, 4>{127, 0, 0, 1});
  std::uint16_t port = 9464;               ///< 0: any free one, see Server::port
  std::filesystem::path certificate, key;  ///< PEM; both or none; with them TLS 1.3 only
  std::filesystem::path token;             ///< file with the bearer token; empty: none is asked for
  std::vector<std::string>
      hosts;                     ///< names accepted in Host besides addresses and "localhost", while there is no token
  std::size_t connections = 64;  ///< more are closed at once and counted
  std::chrono::milliseconds header_time{10'000};  ///< to send a whole header, or to shake hands
  std::chrono::milliseconds idle_time{60'000};    ///< between requests of a connection
  std::chrono::milliseconds write_time{30'000};   ///< to take an answer
  unsigned workers = 2;                           ///< threads that call the views
};

struct WebStats {
  std::atomic<std::uint64_t> requests{0}, refused_connections{0}, failed_handshakes{0}, unauthorized{0}, malformed{0},
      timeouts{0};
  std::atomic<std::uint64_t> connections{0};
};

/// The HTTP/1.1 server of the collector: GET and HEAD, POST with content where a route takes it; one thread for the
/// network and a few for the views.
class Server {
 public:
  /// Listens and answers from here on. Refused with one sentence: an address in use, a certificate or token that cannot
  /// be read, a non-loopback address without TLS and token (DESIGN 3.5).
  static Result<std::unique_ptr<Server>, Refusal> start(WebOptions const& options, Views& views);
  virtual ~Server() = default;  ///< ends all connections and threads
  virtual std::uint16_t port() const = 0;
  virtual bool listening() const = 0;
  virtual WebStats const& stats() const = 0;
  /// Reads certificate, key and token again; when one is refused all stay as they are.
  virtual Result<void, Refusal> reload() = 0;
};

bool is_loopback(Ip const& ip);

/// What is wrong with the combination of address, TLS and token; nullopt when it may be served.
std::optional<std::string> exposure_fault(Ip const& address, bool tls, bool token);

}  // namespace greywatch::collector
