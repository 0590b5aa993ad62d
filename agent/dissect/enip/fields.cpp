#include <cstdio>

#include "agent/dissect/enip/cip_fields.hpp"
#include "agent/dissect/enip/tables.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::enip {
namespace {

void name_header(Header const& header, Out& out) {
  out.number("enip.command", header.command);
  out.number("enip.length", header.length);
  out.number("enip.session_handle", header.session);
  out.number("enip.status", header.status);
  // Of a request for identities its first two octets say how long the answers may wait.
  if (header.kind() == Command::list_identity && header.length == 0) {
    Reader context(header.sender_context);
    out.number("enip.list_identity.delay", context.le16());
    out.opaque("enip.sender_context", context.rest());
  } else {
    out.opaque("enip.sender_context", header.sender_context);
  }
  out.number("enip.options", header.options);
}

void name_socket(Reader& in, Out& out) {
  auto const family = in.be16(), port = in.be16();
  auto const address = in.take(4);
  in.skip(8);
  if (!in) return;
  out.number("enip.socket.family", family);
  out.number("enip.socket.port", port);
  out.address("enip.socket.address", address);
}

/// The answer to List Identity. Volume 2, 2-4.2.
void name_identity_item(Bytes octets, Out& out) {
  Reader in(octets);
  auto const version = in.le16();
  out.number("enip.identity.encapsulation_version", version);
  name_socket(in, out);
  auto const vendor = in.le16(), type = in.le16(), product = in.le16();
  unsigned const major = in.u8(), minor = in.u8();
  auto const status = in.le16();
  auto const serial = in.le32();
  if (!in) return;
  out.number("enip.identity.vendor_id", vendor);
  out.text("enip.identity.vendor", vendor_name(vendor));
  out.number("enip.identity.device_type", type);
  out.number("enip.identity.product_code", product);
  out.number("enip.identity.revision", major << 8 | minor);
  char text[16];
  int length = std::snprintf(text, sizeof text, "%u.%03u", major, minor);
  out.text("enip.identity.firmware", {text, static_cast<std::size_t>(length)});
  out.number("enip.identity.status", status);
  out.number("enip.identity.serial_number", serial);
  length = std::snprintf(text, sizeof text, "%08x", serial);
  out.text("enip.identity.serial", {text, static_cast<std::size_t>(length)});
  auto const name = in.take(in.u8());
  auto const state = in.u8();
  if (!in) return;
  out.text("enip.identity.product_name", as_text(name));
  out.number("enip.identity.state", state);
}

void name_service_item(Bytes octets, Out& out) {
  Reader in(octets);
  auto const version = in.le16(), capabilities = in.le16();
  auto const name = as_text(in.rest());
  if (!in) return;
  out.number("enip.identity.encapsulation_version", version);
  out.number("enip.service.capabilities", capabilities);
  out.text("enip.service.name", text::up_to_nul(name));
}

void name_packet(Packet const& packet, Out& out) {
  Reader in(packet.items);
  unsigned const count = in.le16();
  if (!in) return;
  out.number("enip.cpf.item_count", count);
  for (unsigned i = 0; i < count && in.left() > 0; ++i) {
    auto const item = read_item(in);
    if (!in) return;
    out.number("enip.cpf.type_id", item.type);
    out.number("enip.cpf.length", item.octets.size());
    Reader body(item.octets);
    switch (item.kind()) {
      case ItemType::identity:
        name_identity_item(item.octets, out);
        break;
      case ItemType::services:
        name_service_item(item.octets, out);
        break;
      case ItemType::connected_address:
        if (auto const id = body.le32(); body) out.number("enip.cpf.connection_id", id);
        break;
      case ItemType::sequenced_address: {
        auto const id = body.le32(), sequence = body.le32();
        if (!body) break;
        out.number("enip.cpf.sequenced_connection_id", id);
        out.number("enip.cpf.sequence_number", sequence);
        break;
      }
      case ItemType::socket_to_target:
      case ItemType::socket_to_originator:
        name_socket(body, out);
        break;
      default:
        break;
    }
  }
}

void name_command(Encapsulated const& said, Out& out) {
  Reader in(said.data);
  switch (said.header.kind()) {
    case Command::register_session: {
      auto const version = in.le16(), flags = in.le16();
      if (!in) return;
      out.number("enip.register.version", version);
      out.number("enip.register.flags", flags);
      return;
    }
    case Command::send_rr_data:
    case Command::send_unit_data: {
      bool const unit = said.header.kind() == Command::send_unit_data;
      auto const handle = in.le32();
      auto const timeout = in.le16();
      if (!in) return;
      out.number(unit ? "enip.send_unit_data.interface_handle" : "enip.send_rr_data.interface_handle", handle);
      out.number("enip.timeout", timeout);
      return;
    }
    case Command::nop:
    case Command::indicate_status:
    case Command::cancel:
    case Command::start_dtls:
      return out.opaque("enip.data", said.data);
    default:
      return;
  }
}

void name_object(Place const& place, Out& out) {
  Name room;
  out.text("enip.object", name_of(place, room));
}

}  // namespace

void describe_object(void const* place, FieldSink& sink) {
  Out out(sink);
  name_object(*static_cast<Place const*>(place), out);
}

void describe(void const* decoded, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(decoded);
  Out out(sink);
  if (message.io) {
    name_packet(*message.io, out);
    out.opaque("enip.io.data", message.io->data);
    return;
  }
  auto const& said = *message.encapsulated;
  name_header(said.header, out);
  name_command(said, out);
  if (said.packet) {
    name_packet(*said.packet, out);
    if (said.packet->connected) out.number("enip.cpf.sequence_count", said.packet->sequence_count);
  }
  name_object(message.place, out);
  if (message.cip) name_cip(*message.cip, message.answered, message.identity, out);
}

}  // namespace greywatch::agent::enip
