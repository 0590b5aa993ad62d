#pragma once
#include <optional>

#include "common/bytes.hpp"

namespace greywatch::agent::enip {

/// Commands. CIP Networks Library volume 2, 2-3.2.
enum class Command : std::uint16_t {
  nop = 0x0000,
  list_services = 0x0004,
  list_identity = 0x0063,
  list_interfaces = 0x0064,
  register_session = 0x0065,
  unregister_session = 0x0066,
  send_rr_data = 0x006F,
  send_unit_data = 0x0070,
  indicate_status = 0x0072,
  cancel = 0x0073,
  start_dtls = 0x00C8
};
bool known_command(std::uint16_t command);

/// Encapsulation header. Volume 2, 2-3.1.
struct Header {
  std::uint16_t command = 0;
  std::uint16_t length = 0;  ///< octets that follow the header
  std::uint32_t session = 0;
  std::uint32_t status = 0;
  Bytes sender_context;  ///< eight octets that an answer repeats
  std::uint32_t options = 0;

  Command kind() const { return static_cast<Command>(command); }
  bool carries_cip() const { return kind() == Command::send_rr_data || kind() == Command::send_unit_data; }
};
constexpr std::size_t header_octets = 24, most_length = 65511;
Header read_header(Reader& in);

/// Types of items of the common packet format. Volume 2, 2-6.2.
enum class ItemType : std::uint16_t {
  null_address = 0x0000,
  identity = 0x000C,
  security = 0x0086,
  connected_address = 0x00A1,
  connected_data = 0x00B1,
  unconnected_data = 0x00B2,
  services = 0x0100,
  socket_to_target = 0x8000,
  socket_to_originator = 0x8001,
  sequenced_address = 0x8002,
  unconnected_over_udp = 0x8003
};
bool known_item(std::uint16_t type);

/// One item. Borrows the message.
struct Item {
  std::uint16_t type = 0;
  Bytes octets;

  ItemType kind() const { return static_cast<ItemType>(type); }
};
Item read_item(Reader& in);

/// What the items of a message carry, as far as it is one of each.
struct Packet {
  Bytes items;         ///< the count of items and all of them
  std::size_t at = 0;  ///< their offset in the message
  bool connected = false;
  std::uint16_t sequence_count = 0;       ///< of connected data that is a message
  std::uint32_t connection = 0;           ///< of connected and sequenced addresses
  std::optional<std::uint32_t> sequence;  ///< of sequenced addresses
  Bytes data;                             ///< of connected or unconnected data, without the sequence count
  std::size_t data_at = 0;
  std::optional<Malformed> malformed;
};
/// Reads items at offset `at` of `message`. `io`: connected data is what a cyclic connection carries, without a count.
Packet read_packet(Bytes message, std::size_t at, bool io);

/// A message as `frame` cut it, or a datagram. What `malformed` says is the first rule broken.
struct Encapsulated {
  Header header;
  Bytes data;  ///< behind the header
  std::optional<Packet> packet;
  std::optional<Malformed> malformed;
};
Encapsulated read_encapsulated(Bytes message);

}  // namespace greywatch::agent::enip
