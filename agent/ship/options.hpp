#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/ship/spool.hpp"
#include "common/result.hpp"
#include "common/tls/context.hpp"
#include "common/wire/message.hpp"

namespace greywatch::agent {

/// Where the collector is: "collector.example:7443", "192.0.2.1", "[2001:db8::1]:7443".
struct Address {
  static constexpr std::uint16_t default_port = 7443;
  std::string host;
  std::uint16_t port = default_port;
};
Result<Address, Refusal> parse_collector(std::string_view text);

/// The link to the collector: one address, one certificate.
struct UplinkOptions {
  Address collector;
  std::string node;  ///< must be the common name of the certificate
  tls::Files files;
  std::string version, build;  ///< of the program
  link::Versions versions = link::versions_of(link::protocol_version);
  std::chrono::milliseconds connect_timeout{10'000};   ///< each address
  std::chrono::milliseconds greeting_timeout{15'000};  ///< TLS handshake and Welcome
  std::chrono::milliseconds heartbeat{15'000};         ///< the collector may ask for another; three missed end the link
  std::chrono::milliseconds retry_first{500};          ///< doubles at each failure, jittered …
  std::chrono::milliseconds retry_most{60'000};        ///< … up to this
  std::chrono::milliseconds retry_refused{300'000};    ///< after a refusal that will not go away by itself
  std::size_t batch_octets = 256 * 1024;               ///< of encoded findings in one batch
  /// The version of the rule pack at hand, and what takes a newer one; both on the io thread. Without them none is
  /// asked for.
  std::function<std::uint64_t()> rules_version;
  std::function<void(std::string&& pack)> take_rules;
};

struct ShipOptions {
  UplinkOptions uplink;
  SpoolOptions spool;
  bool dial = true;          ///< false: findings only go to the spool
  std::size_t queue = 1024;  ///< findings between the capture threads and the io thread
};

/// What the link did so far.
struct UplinkCounters {
  bool connected = false;                      ///< a Welcome was received and the connection stands
  std::uint64_t connects = 0;                  ///< Welcomes received
  std::uint64_t failures = 0;                  ///< attempts that ended before a Welcome
  std::uint64_t refusals = 0;                  ///< Refuse messages and certificates that the collector did not take
  std::uint64_t batches = 0;                   ///< sent
  std::uint64_t findings = 0;                  ///< sent, resends included
  std::uint64_t octets = 0;                    ///< of batches sent, after compression
  std::uint64_t acked = 0;                     ///< last sequence that the collector committed
  std::uint32_t protocol = 0;                  ///< version in use
  std::string collector_version;               ///< as the collector says
  std::optional<double> clock_offset_seconds;  ///< the collector's clock minus ours
  std::int64_t certificate_expires = 0;        ///< seconds since 1970, 0 before the first attempt
  std::string trouble;                         ///< why there is no connection, in a sentence; empty when there is one
};

}  // namespace greywatch::agent
