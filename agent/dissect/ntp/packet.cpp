#include "agent/dissect/ntp/packet.hpp"

namespace greywatch::agent::ntp {
namespace {

constexpr std::size_t extension_header = 4, least_extension = 16;

/// What may stand behind the extension fields: nothing, a crypto-NAK, or a key identifier with a digest of 16 (MD5,
/// AES- CMAC), 20 (SHA-1) or 32 octets and more. RFC 5905, 7.3; RFC 7822, 7.5.1.2: what is longer than 24 octets and
/// has a proper length is an extension field.
bool is_mac(std::size_t octets) { return octets == 4 || octets == 20 || octets == 24; }

std::size_t extension_at(Bytes octets) {
  if (octets.size() < least_extension) return 0;
  Reader in(octets);
  in.skip(2);
  auto const length = in.be16();
  return length >= least_extension && length % 4 == 0 && length <= octets.size() ? length : 0;
}

TimeHeader read_time(Reader& in) {
  return {.stratum = in.u8(),
          .poll = static_cast<std::int8_t>(in.u8()),
          .precision = static_cast<std::int8_t>(in.u8()),
          .root_delay = in.be32(),
          .root_dispersion = in.be32(),
          .reference_id = in.take(4),
          .reference = in.be64(),
          .origin = in.be64(),
          .receive = in.be64(),
          .transmit = in.be64()};
}

void read_trailer(Bytes octets, Packet& packet) {
  std::size_t at = 0;
  while (!is_mac(octets.size() - at)) {
    auto const length = extension_at(octets.subspan(at));
    if (length == 0) break;
    at += length;
  }
  packet.extensions = octets.first(at);
  packet.mac = octets.subspan(at);
  auto const left = packet.mac.size();
  if (left == 0 || is_mac(left) || left == 36 || left == 52 || left == 68) return;
  packet.malformed = Malformed{Defect::bad_length, time_octets + at, "extension"};
  packet.mac = {};
}

Control read_control(Reader& in) {
  auto const flags = in.u8();
  Control control{.response = (flags & 0x80) != 0,
                  .error = (flags & 0x40) != 0,
                  .more = (flags & 0x20) != 0,
                  .opcode = static_cast<std::uint8_t>(flags & 0x1f),
                  .sequence = in.be16(),
                  .status = in.be16(),
                  .association = in.be16(),
                  .offset = in.be16(),
                  .count = in.be16(),
                  .data = {}};
  if (in) control.data = in.take(control.count);
  return control;
}

Private read_private(std::uint8_t first, Reader& in) {
  auto const flags = in.u8();
  Private said{.response = (first & 0x80) != 0,
               .more = (first & 0x40) != 0,
               .authenticated = (flags & 0x80) != 0,
               .sequence = static_cast<std::uint8_t>(flags & 0x7f),
               .implementation = in.u8(),
               .request = in.u8()};
  auto const errors = in.be16();
  auto const sizes = in.be16();
  said.error = static_cast<std::uint8_t>(errors >> 12);
  said.items = errors & 0xfff;
  said.reserved = static_cast<std::uint8_t>(sizes >> 12);
  said.item_size = sizes & 0xfff;
  return said;
}

double seconds(std::uint32_t fixed) { return fixed / 65536.0; }

void describe_time(TimeHeader const& time, FieldSink& sink) {
  sink.field("ntp.stratum", std::uint64_t{time.stratum});
  sink.field("ntp.poll", std::int64_t{time.poll});
  sink.field("ntp.precision", std::int64_t{time.precision});
  sink.field("ntp.root_delay", seconds(time.root_delay));
  sink.field("ntp.root_dispersion", seconds(time.root_dispersion));
  char text[16];
  std::size_t length = 0;
  if (time.stratum < 2) {
    // A code of up to four letters, left-justified and filled with zeros: RFC 5905, 7.3.
    for (auto octet : time.reference_id)
      if (octet >= 0x20 && octet < 0x7f) text[length++] = static_cast<char>(octet);
    sink.field(time.stratum == 0 ? "ntp.kiss_code" : "ntp.reference_id", std::string_view(text, length));
  } else {
    for (auto octet : time.reference_id) {
      if (length) text[length++] = '.';
      if (octet >= 100) text[length++] = static_cast<char>('0' + octet / 100);
      if (octet >= 10) text[length++] = static_cast<char>('0' + octet / 10 % 10);
      text[length++] = static_cast<char>('0' + octet % 10);
    }
    sink.field("ntp.reference_id", std::string_view(text, length));
  }
  sink.field("ntp.reference_timestamp", std::uint64_t{time.reference});
  sink.field("ntp.origin_timestamp", std::uint64_t{time.origin});
  sink.field("ntp.receive_timestamp", std::uint64_t{time.receive});
  sink.field("ntp.transmit_timestamp", std::uint64_t{time.transmit});
}

void describe_control(Control const& control, FieldSink& sink) {
  sink.field("ntp.control.response", control.response);
  sink.field("ntp.control.error", control.error);
  sink.field("ntp.control.more", control.more);
  sink.field("ntp.control.opcode", std::uint64_t{control.opcode});
  sink.field("ntp.control.sequence", std::uint64_t{control.sequence});
  sink.field("ntp.control.status", std::uint64_t{control.status});
  sink.field("ntp.control.association_id", std::uint64_t{control.association});
  sink.field("ntp.control.offset", std::uint64_t{control.offset});
  sink.field("ntp.control.count", std::uint64_t{control.count});
  if (!control.data.empty()) sink.field("ntp.control.data", as_text(control.data));
}

void describe_private(Private const& said, FieldSink& sink) {
  sink.field("ntp.private.response", said.response);
  sink.field("ntp.private.more", said.more);
  sink.field("ntp.private.authenticated", said.authenticated);
  sink.field("ntp.private.sequence", std::uint64_t{said.sequence});
  sink.field("ntp.private.implementation", std::uint64_t{said.implementation});
  sink.field("ntp.private.request_code", std::uint64_t{said.request});
  sink.field("ntp.private.error", std::uint64_t{said.error});
  sink.field("ntp.private.items", std::uint64_t{said.items});
  sink.field("ntp.private.item_size", std::uint64_t{said.item_size});
}

}  // namespace

Packet read_packet(Bytes datagram) {
  Packet packet;
  Reader in(datagram);
  auto const first = in.u8();
  if (!in) {
    packet.malformed = in.error("mode");
    return packet;
  }
  packet.leap = first >> 6;
  packet.version = first >> 3 & 7;
  packet.mode = static_cast<Mode>(first & 7);
  if (packet.mode == Mode::control) {
    if (datagram.size() < control_octets) {
      packet.malformed = Malformed{Defect::truncated, datagram.size(), "control"};
      return packet;
    }
    packet.control = read_control(in);
    if (!in) packet.malformed = in.error("count");
    return packet;
  }
  if (packet.mode == Mode::private_use) {
    if (datagram.size() < private_octets) {
      packet.malformed = Malformed{Defect::truncated, datagram.size(), "private"};
      return packet;
    }
    packet.private_use = read_private(first, in);
    // Requests carry room for items that is longer than the items themselves; responses hold what they say.
    if (packet.private_use->response &&
        in.left() < std::size_t{packet.private_use->items} * packet.private_use->item_size)
      packet.malformed = Malformed{Defect::truncated, datagram.size(), "items"};
    return packet;
  }
  if (datagram.size() < time_octets) {
    packet.malformed = Malformed{Defect::truncated, datagram.size(), "header"};
    return packet;
  }
  packet.time = read_time(in);
  if (packet.version == 0) packet.malformed = Malformed{Defect::bad_value, 0, "version"};
  read_trailer(in.rest(), packet);
  return packet;
}

std::optional<Extension> next_extension(Bytes& left) {
  auto const length = extension_at(left);
  if (length == 0) return std::nullopt;
  Reader in(left);
  Extension const extension{.type = in.be16(), .length = in.be16()};
  static_assert(extension_header == 4);
  left = left.subspan(length);
  return extension;
}

void describe(void const* message, FieldSink& sink) {
  auto const& packet = *static_cast<Packet const*>(message);
  if (packet.mode != Mode::private_use) sink.field("ntp.leap", std::uint64_t{packet.leap});
  sink.field("ntp.version", std::uint64_t{packet.version});
  sink.field("ntp.mode", static_cast<std::uint64_t>(packet.mode));
  if (packet.time) describe_time(*packet.time, sink);
  if (packet.control) describe_control(*packet.control, sink);
  if (packet.private_use) describe_private(*packet.private_use, sink);
  auto left = packet.extensions;
  while (auto const extension = next_extension(left)) {
    sink.field("ntp.extension.type", std::uint64_t{extension->type});
    sink.field("ntp.extension.length", std::uint64_t{extension->length});
  }
  if (packet.mac.size() >= 4) sink.field("ntp.key_id", std::uint64_t{Reader(packet.mac).be32()});
}

std::optional<Operation> control_operation(std::uint8_t opcode) {
  switch (opcode) {
    case 1:   // read status
    case 2:   // read variables
    case 4:   // read clock variables
    case 7:   // trap response
    case 10:  // read MRU
    case 11:  // read ordered list
    case 12:  // request nonce
      return Operation::read;
    case 3:   // write variables
    case 5:   // write clock variables
    case 6:   // set trap address
    case 8:   // configure
    case 9:   // save configuration
    case 31:  // unset trap address
      return Operation::configure;
    default:
      return std::nullopt;
  }
}

std::optional<Operation> private_operation(std::uint8_t request) {
  if (request > 45 || request == 40) return std::nullopt;
  switch (request) {
    case 10:  // configure and unconfigure peers
    case 11:
    case 12:  // system flags
    case 13:
    case 14:  // monitoring
    case 15:
    case 17:  // restrictions
    case 18:
    case 19:
    case 21:  // reset statistics and peers
    case 22:
    case 23:  // keys
    case 24:
    case 25:
    case 26:
    case 27:
    case 30:  // traps
    case 31:
    case 32:  // keys of requests and controls
    case 33:
    case 37:  // fudge factors of a clock
    case 41:  // precision
    case 45:  // reload interfaces
      return Operation::configure;
    default:
      return Operation::read;
  }
}

}  // namespace greywatch::agent::ntp
