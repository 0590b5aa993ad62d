#pragma once
#include <cstdint>
#include <optional>

#include "agent/observation.hpp"

namespace greywatch::agent::dhcp {

/// Option 53. RFC 2132, 9.6; RFC 3203; RFC 4388, 6.1; RFC 6926, 6.2; RFC 7724, 5.
enum class MessageType : std::uint8_t {
  none,
  discover,
  offer,
  request,
  decline,
  ack,
  nak,
  release,
  inform,
  force_renew,
  lease_query,
  lease_unassigned,
  lease_unknown,
  lease_active,
  bulk_lease_query,
  lease_query_done,
  active_lease_query,
  lease_query_status,
  tls
};
inline constexpr std::uint8_t greatest_type = 18;

inline constexpr std::size_t fixed_octets = 236, options_at = 240;
inline constexpr std::uint32_t magic_cookie = 0x63825363;

/// How an option's value reads. RFC 2132.
enum class Value : std::uint8_t { addresses, text, number };
/// A row of the table of options that are said with their value.
struct Option {
  std::uint8_t code;
  std::string_view field;
  Value value;
};
Option const* find_option(std::uint8_t code);

/// The message of RFC 2131, 2, figure 1. Borrows the datagram.
struct Message {
  std::uint8_t op = 0, hardware_type = 0, hardware_length = 0, hops = 0;
  std::uint32_t xid = 0;
  std::uint16_t secs = 0, flags = 0;
  Bytes client, your, server, relay;  ///< addresses, four octets each
  Bytes hardware;                     ///< chaddr, 16 octets
  Bytes server_name, file;
  Bytes options;  ///< behind the magic cookie, as far as they are whole
  MessageType type = MessageType::none;
  Bytes requested;  ///< option 50

  /// The address that the client has, takes or is given for good; empty where it only looks for one.
  Bytes assigned() const;
};
/// `message` holds what could be read, also where there is an error.
Result<void> read_message(Bytes datagram, Message& message);

/// Goes through options: code, length, value; the end (255) and what pads (0) have neither.
struct Item {
  std::uint8_t code = 0;
  Bytes value;
};
/// Nothing at the end, which is also an option that is not whole: `left` then begins with it.
std::optional<Item> next_option(Bytes& left);

bool is_zero(Bytes octets);
/// Text up to its first zero.
std::string_view text_of(Bytes octets);

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::dhcp
