#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/bytes.hpp"
#include "common/result.hpp"

namespace greywatch::agent::bacnet {

/// BACnet virtual link control. ASHRAE 135, Annex J.2.
struct Link {
  std::uint8_t function = 0;
  std::uint16_t length = 0;        ///< as stated; J.2 wants the datagram's, some senders put another
  std::uint16_t result = 0;        ///< of function 0
  std::uint16_t time_to_live = 0;  ///< of function 5, s
  Bytes forwarded_from;            ///< of function 4: four octets of address, two of port
  Bytes table;                     ///< of functions 1, 3, 7 and 8: whole entries
  Bytes packet;                    ///< the NPDU, where the function carries one
};

/// Octets of an entry of a broadcast distribution table (address, port, mask) and of a foreign device table (address,
/// port, time to live, time left). J.2.2 and J.2.8.
inline constexpr std::size_t table_entry_octets = 10;

/// "Original-Unicast-NPDU", …; empty for a function that Annex J does not know.
std::string_view link_function(std::uint8_t function);
/// Reads one datagram, to its end whatever `length` states: the caller tells what it makes of a difference. Borrows it.
Result<Link> read_link(Bytes datagram);

/// Network layer header. ASHRAE 135, 6.2.
struct Network {
  struct Place {
    std::uint16_t network = 0;
    Bytes address;  ///< empty in a destination: a broadcast
  };
  std::uint8_t control = 0;
  bool expecting_reply = false;
  std::uint8_t priority = 0;  ///< 0 normal, 1 urgent, 2 critical equipment, 3 life safety
  std::optional<Place> destination, source;
  std::optional<std::uint8_t> hop_count, message_type;
  std::optional<std::uint16_t> vendor;  ///< of message types from 0x80 on
  Bytes rest;                           ///< the APDU, or the content of a network message
};

/// "Who-Is-Router-To-Network", …; empty for a type that clause 6.2.4 does not know.
std::string_view network_message(std::uint8_t type);
/// Offsets of a refusal count from the front of `packet`. Borrows it.
Result<Network> read_network(Bytes packet);

}  // namespace greywatch::agent::bacnet
