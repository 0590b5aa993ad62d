#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/text/text.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::tls {

/// ExtensionType. RFC 6066, 8422, 8446, 7301.
enum class ExtensionType : std::uint16_t {
  server_name = 0,
  supported_groups = 10,
  ec_point_formats = 11,
  signature_algorithms = 13,
  application_layer_protocol_negotiation = 16,
  session_ticket = 35,
  pre_shared_key = 41,
  supported_versions = 43
};

/// A list of numbers of two octets, or of one, that the message holds.
class Numbers {
 public:
  Numbers() = default;
  explicit Numbers(Bytes octets, std::size_t width = 2) : octets_(octets), width_(width) {}
  std::optional<std::uint16_t> next();
  bool empty() const { return octets_.empty(); }

 private:
  Bytes octets_;
  std::size_t width_ = 2;
};

struct Extension {
  std::uint16_t type = 0;
  Bytes data;
};

/// Client hello and server hello have these in common. RFC 8446, 4.1.2 and 4.1.3; RFC 5246, 7.4.1.
struct Hello {
  bool client = true;
  std::uint16_t version = 0;  ///< legacy_version
  Bytes random, session_id;
  Bytes cipher_suites;  ///< of a server one
  Bytes compression_methods;
  Bytes extensions;

  /// What extensions say; empty where there is none.
  Bytes server_name;
  Bytes protocols;  ///< ALPN: names, each behind an octet of length
  Bytes versions;   ///< supported_versions; of a server the one it chose
  Bytes groups, point_formats, signature_algorithms;
  bool has_server_name = false, has_key = false;  ///< pre_shared_key, or a ticket that is not empty
  std::uint16_t extension_count = 0;

  /// The version that is spoken from now on (server), or the highest one that is offered (client).
  std::uint16_t highest_version() const;
  std::optional<Extension> next_extension(Bytes& left) const;
};

/// Reads the body of a hello, behind its handshake header. `hello` holds what could be read, also with an error.
Result<void> read_hello(Bytes body, bool client, Hello& hello);

/// Values 0a0a, 1a1a, … that clients send so that servers learn to ignore what they do not know. RFC 8701.
constexpr bool is_grease(std::uint16_t value) { return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff); }

/// "TLS 1.2"; empty for what is none of the versions.
std::string_view version_name(std::uint16_t version);

/// Fingerprints as hexadecimal text and such. JA3 is the MD5 of versions, suites and extensions as Salesforce described
/// it; JA4 and JA4S are FoxIO's.
using Print = text::Fixed<40>;
Print ja3(Hello const& hello);
Print ja4(Hello const& hello);

}  // namespace greywatch::agent::tls
