#include "agent/dissect/enip/encapsulation.hpp"

namespace greywatch::agent::enip {

bool known_command(std::uint16_t command) {
  switch (static_cast<Command>(command)) {
    case Command::nop:
    case Command::list_services:
    case Command::list_identity:
    case Command::list_interfaces:
    case Command::register_session:
    case Command::unregister_session:
    case Command::send_rr_data:
    case Command::send_unit_data:
    case Command::indicate_status:
    case Command::cancel:
    case Command::start_dtls:
      return true;
  }
  return false;
}

bool known_item(std::uint16_t type) {
  switch (static_cast<ItemType>(type)) {
    case ItemType::null_address:
    case ItemType::identity:
    case ItemType::security:
    case ItemType::connected_address:
    case ItemType::connected_data:
    case ItemType::unconnected_data:
    case ItemType::services:
    case ItemType::socket_to_target:
    case ItemType::socket_to_originator:
    case ItemType::sequenced_address:
    case ItemType::unconnected_over_udp:
      return true;
  }
  return false;
}

Header read_header(Reader& in) {
  return {.command = in.le16(),
          .length = in.le16(),
          .session = in.le32(),
          .status = in.le32(),
          .sender_context = in.take(8),
          .options = in.le32()};
}

Item read_item(Reader& in) {
  Item item{.type = in.le16()};
  item.octets = in.take(in.le16());
  return item;
}

Packet read_packet(Bytes message, std::size_t at, bool io) {
  Packet packet{.items = message.subspan(at), .at = at};
  Reader in(packet.items);
  int const count = in.le16();
  for (int i = 0; i < count; ++i) {
    auto const item = read_item(in);
    if (!in) break;
    Reader body(item.octets);
    switch (item.kind()) {
      case ItemType::connected_address:
        packet.connection = body.le32();
        break;
      case ItemType::sequenced_address:
        packet.connection = body.le32();
        packet.sequence = body.le32();
        break;
      case ItemType::connected_data:
        packet.connected = true;
        if (!io) packet.sequence_count = body.le16();
        break;
      case ItemType::unconnected_data:
        break;
      default:
        continue;
    }
    if (!body) {
      packet.malformed = Malformed{Defect::bad_length, at + in.at() - item.octets.size(), "cpf.length"};
      return packet;
    }
    if (item.kind() != ItemType::connected_data && item.kind() != ItemType::unconnected_data) continue;
    packet.data = body.rest();
    packet.data_at = at + in.at() - packet.data.size();
  }
  if (!in) packet.malformed = Malformed{Defect::truncated, at + in.at(), "cpf.length"};
  return packet;
}

Encapsulated read_encapsulated(Bytes message) {
  constexpr std::size_t handle_and_timeout = 6;
  Reader in(message);
  Encapsulated said{.header = read_header(in)};
  if (!in) {
    said.malformed = in.error("header");
    return said;
  }
  said.data = in.take(said.header.length);
  if (!in || in.left() != 0) {
    said.malformed = Malformed{in ? Defect::trailing : Defect::truncated, 2, "length"};
    return said;
  }
  // Requests for lists carry nothing, answers their items.
  auto const kind = said.header.kind();
  bool const lists =
      kind == Command::list_identity || kind == Command::list_services || kind == Command::list_interfaces;
  if (said.header.carries_cip()) {
    if (said.data.empty() && said.header.status != 0) return said;
    if (said.data.size() < handle_and_timeout + 2) {
      said.malformed = Malformed{Defect::truncated, header_octets, "interface_handle"};
      return said;
    }
    said.packet = read_packet(message, header_octets + handle_and_timeout, false);
  } else if (lists && !said.data.empty()) {
    said.packet = read_packet(message, header_octets, true);
  } else if (kind == Command::register_session && said.data.size() < 4 && said.header.status == 0) {
    said.malformed = Malformed{Defect::truncated, header_octets, "register.version"};
  }
  if (said.packet && said.packet->malformed) said.malformed = said.packet->malformed;
  return said;
}

}  // namespace greywatch::agent::enip
