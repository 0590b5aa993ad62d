#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/dhcp/v6_options.hpp"
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::dhcp::v6 {

/// RFC 8415, 7.3; RFC 5007, 4.2.1; RFC 5460, 5.2; RFC 6977, 6; RFC 7341, 6; RFC 7653, 6.2; RFC 8156, 6.1; RFC
/// 9686, 4.2.
enum class MessageType : std::uint8_t {
  none,
  solicit,
  advertise,
  request,
  confirm,
  renew,
  rebind,
  reply,
  release,
  decline,
  reconfigure,
  information_request,
  relay_forward,
  relay_reply,
  lease_query,
  lease_query_reply,
  lease_query_done,
  lease_query_data,
  reconfigure_request,
  reconfigure_reply,
  dhcpv4_query,
  dhcpv4_response,
  active_lease_query,
  start_tls,
  binding_update,  ///< the first of failover …
  contact = 35,    ///< … and the last one
  address_registration,
  address_registration_reply
};
inline constexpr std::uint8_t greatest_type = 37;

inline constexpr bool is_relayed(MessageType type) {
  return type == MessageType::relay_forward || type == MessageType::relay_reply;
}
inline constexpr bool is_failover(MessageType type) {
  return type >= MessageType::binding_update && type <= MessageType::contact;
}
/// Does a server say this to a client, or to who asks for a client?
bool is_of_server(MessageType type);

/// Messages and options within each other. Relays are at most 32 (RFC 3315; RFC 8415 has 8), behind the last of them an
/// address in an association has a status.
inline constexpr std::size_t most_depth = 40;

/// One datagram as far as it could be read. Borrows it. Identifiers, addresses and status are those of the message that
/// client or server said, however many relays carry it.
struct Message {
  Bytes octets;
  MessageType type = MessageType::none;  ///< of the datagram
  MessageType said = MessageType::none;  ///< of what client or server said
  std::uint8_t relays = 0;
  std::uint32_t transaction = 0;
  Bytes peer;        ///< of the innermost relay: the client's address
  Bytes link_layer;  ///< option 79 of a relay: hardware type, address
  Bytes client_id, server_id;
  Bytes address;                   ///< the first one, unless it is withdrawn
  Bytes prefix;                    ///< length, then the first prefix, unless it is withdrawn
  std::uint16_t status = 0;        ///< of the message, …
  std::uint16_t lease_status = 0;  ///< … and the first that is none of success of what it says of leases
  bool authenticated = false;      ///< has the option, whatever it is worth
  std::uint16_t options = 0;       ///< of all levels, as far as they are counted
  std::uint16_t foreign = 0;       ///< options that nobody registered
  std::optional<Malformed> malformed;

  // What read() finds out beside.
  Bytes client;                 ///< the client's address
  MessageType asked{};          ///< what this answers
  std::uint64_t waited_ns = 0;  ///< since then

  /// The host that the message tells of: the address it takes or is given, else the one it asks from; empty for
  /// messages about others.
  Bytes host() const;
  bool gives() const { return !address.empty() || !prefix.empty(); }
};

/// Reads a whole datagram. `emitter` counts what is unknown; null where nobody wants to know.
Message read_message(Bytes datagram, Emitter* emitter);

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::dhcp::v6
