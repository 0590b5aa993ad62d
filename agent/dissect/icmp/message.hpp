#pragma once
#include <cstdint>
#include <optional>

#include "agent/observation.hpp"

namespace greywatch::agent::icmp {

/// Layouts of what stands behind type, code and checksum.
enum class Shape : std::uint8_t {
  opaque,
  echo,           ///< identifier, sequence number, data
  error,          ///< four octets, then the datagram it is about
  redirect,       ///< gateway, then the datagram
  timestamp,      ///< identifier, sequence number, three times
  mask,           ///< identifier, sequence number, address mask
  router,         ///< router advertisement of IPv4: addresses and preferences
  listener,       ///< multicast listener discovery, version 1, and queries of version 2
  records,        ///< multicast listener report, version 2
  solicitation,   ///< of routers: options
  advertisement,  ///< of routers: parameters, options
  neighbour,      ///< solicitation and advertisement: flags, target, options
  redirect6       ///< target, destination, options
};

/// A row of the tables of types.
struct Type {
  std::uint8_t type;
  std::string_view name;  ///< as IANA's registry has it
  Shape shape;
  Operation operation;
  Role role;
  std::uint8_t codes;  ///< the number of codes that are assigned, from 0
};
/// Null for types that are not assigned.
Type const* find_type(bool v6, std::uint8_t type);

inline constexpr std::size_t header_octets = 8;

/// The datagram that an error is about, as far as it was sent along.
struct Original {
  std::uint8_t protocol = 0;
  Bytes source, destination;
  std::optional<std::uint16_t> source_port, destination_port;
};
std::optional<Original> read_original(Bytes datagram);

/// One message. Borrows the datagram.
struct Message {
  bool v6 = false;
  std::uint8_t type = 0, code = 0;
  std::uint16_t checksum = 0;
  Type const* row = nullptr;
  Bytes octets;  ///< the whole message
  Bytes body;    ///< behind the first four octets

  std::uint16_t identifier() const { return Reader(body).be16(); }
  std::uint16_t sequence() const { return Reader(body.subspan(2)).be16(); }
  Bytes data() const { return body.subspan(4); }
  /// Whom a redirect, solicitation or advertisement is about; empty otherwise.
  Bytes target() const;
};
/// `message` holds what could be read, also where there is an error.
Result<void> read_message(Bytes datagram, bool v6, Message& message);

/// Observation::describe of a Message, of either version.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::icmp
