#include "agent/dissect/rpc/pdu.hpp"

#include <algorithm>

namespace greywatch::agent::rpc {
namespace {

constexpr std::size_t syntax_octets = 20, trailer_octets = 8;

bool of_connections(std::uint8_t type) {
  return type == 0 || type == 2 || type == 3 || (type >= static_cast<std::uint8_t>(Type::bind) && type <= 20);
}

/// Octets in front of the body's variable part: shorter is no PDU of the type. C706, 12.6.4.
std::size_t least_body(Type type) {
  switch (type) {
    case Type::request:
    case Type::response:
      return 8;
    case Type::fault:  // MS-RPCE has four reserved octets more, old stacks leave them out
    case Type::bind:
    case Type::alter_context:
      return 12;
    case Type::bind_ack:
    case Type::alter_context_resp:
      return 10;
    case Type::bind_nak:
      return 2;
    default:
      return 0;
  }
}

/// C706, 14.1: little or big endian, ASCII or EBCDIC; four forms of floating point.
bool is_representation(std::uint8_t integers, std::uint8_t floats) { return (integers & ~0x11) == 0 && floats <= 3; }

/// Reads a body, field by field as its table has them.
class Body {
 public:
  Body(Bytes octets, Pdu& pdu) : in_(octets), order_(pdu.header.order), pdu_(pdu) { in_.skip(header_octets); }

  void read() {
    switch (pdu_.header.type) {
      case Type::bind:
      case Type::alter_context:
        read_sizes();
        pdu_.items = in_.u8();
        in_.skip(3);
        pdu_.list = in_.rest();
        return check_contexts();
      case Type::bind_ack:
      case Type::alter_context_resp:
        read_sizes();
        return read_results();
      case Type::bind_nak:
        pdu_.reject_reason = order_.u16(in_);
        pdu_.stub = in_.rest();
        return;
      case Type::request:
        pdu_.allocation = order_.u32(in_);
        pdu_.context = order_.u16(in_);
        pdu_.opnum = order_.u16(in_);
        if (pdu_.has(Header::object_uuid)) pdu_.object = read_uuid(in_, order_);
        pdu_.stub = in_.rest();
        return;
      case Type::response:
      case Type::fault:
        pdu_.allocation = order_.u32(in_);
        pdu_.context = order_.u16(in_);
        pdu_.cancels = in_.u8();
        in_.skip(1);
        if (pdu_.header.type == Type::fault) pdu_.status = order_.u32(in_);
        pdu_.stub = in_.rest();
        return;
      default:
        pdu_.stub = in_.rest();
        return;
    }
  }

  std::optional<Malformed> broken() const {
    if (why_) return why_;
    if (!in_) return Malformed{Defect::truncated, in_.at(), "body"};
    return std::nullopt;
  }

 private:
  void read_sizes() {
    pdu_.most_sent = order_.u16(in_);
    pdu_.most_received = order_.u16(in_);
    pdu_.group = order_.u32(in_);
  }

  void check_contexts() {
    auto const from = in_.at() - pdu_.list.size();
    Contexts contexts(pdu_);
    std::size_t octets = 0;
    while (auto const context = contexts.next()) octets += 24 + context->offered.size();
    if (contexts.failed()) why_ = Malformed{Defect::bad_length, from + octets, "context_list"};
    pdu_.list = pdu_.list.first(std::min(octets, pdu_.list.size()));
  }

  void read_results() {
    auto const length = order_.u16(in_);
    pdu_.secondary_address = in_.take(length);
    if (in_ && in_.at() % 4 != 0) in_.skip(4 - in_.at() % 4);
    // An answer to alter_context may end here. MS-RPCE, 2.2.2.5
    if (in_ && in_.left() == 0 && pdu_.header.type == Type::alter_context_resp) return;
    pdu_.items = in_.u8();
    in_.skip(3);
    auto const from = in_.at();
    pdu_.list = in_.take(std::size_t{pdu_.items} * (4 + syntax_octets));
    if (!in_) why_ = Malformed{Defect::bad_length, from, "result_list"};
  }

  Reader in_;
  Order order_;
  Pdu& pdu_;
  std::optional<Malformed> why_;
};

/// Takes the verifier off the end. Where it begins, or what is wrong with it.
Result<std::size_t> read_verifier(Bytes octets, Pdu& pdu) {
  auto const length = std::size_t{pdu.header.authentication_length};
  if (length == 0) return octets.size();
  if (octets.size() < header_octets + trailer_octets + length)
    return fail({Defect::bad_length, 10, "authentication_length"});
  auto const at = octets.size() - length - trailer_octets;
  Reader in(octets.subspan(at));
  Authentication found;
  found.type = in.u8();
  found.level = in.u8();
  found.padding = in.u8();
  in.skip(1);
  found.context = pdu.header.order.u32(in);
  found.value = in.rest();
  pdu.authentication = found;
  if (found.padding > at - header_octets) return fail({Defect::bad_length, at + 2, "authentication_padding"});
  return at - found.padding;
}

}  // namespace

bool may_be_header(Bytes octets) {
  Reader in(octets);
  auto const bad = [&](auto good) {
    auto const octet = in.u8();
    return in && !good(octet);
  };
  if (bad([](std::uint8_t version) { return version == 5; })) return false;
  if (bad([](std::uint8_t minor) { return minor <= 1; })) return false;
  if (bad(of_connections)) return false;
  in.skip(1);
  if (bad([](std::uint8_t integers) { return is_representation(integers, 0); })) return false;
  if (bad([](std::uint8_t floats) { return is_representation(0, floats); })) return false;
  if (bad([](std::uint8_t reserved) { return reserved == 0; })) return false;
  return !bad([](std::uint8_t reserved) { return reserved == 0; });
}

std::optional<Header> read_header(Bytes octets) {
  if (octets.size() < header_octets || !may_be_header(octets)) return std::nullopt;
  Reader in(octets);
  Header header;
  header.version = in.u8();
  header.minor = in.u8();
  header.type = static_cast<Type>(in.u8());
  header.flags = in.u8();
  header.representation = in.u8();
  header.order.little = (header.representation & 0x10) != 0;
  in.skip(3);
  header.fragment_length = header.order.u16(in);
  header.authentication_length = header.order.u16(in);
  header.call = header.order.u32(in);
  auto const verifier = header.authentication_length == 0 ? 0 : header.authentication_length + trailer_octets;
  if (header.fragment_length < header_octets + least_body(header.type) + verifier) return std::nullopt;
  return header;
}

Pdu read_pdu(Bytes octets, Header const& header, bool whole) {
  Pdu pdu{.header = header};
  pdu.cut = octets.size() < header.fragment_length;
  if (!pdu.cut) octets = octets.first(header.fragment_length);
  auto end = octets.size();
  if (pdu.cut) {
    if (whole) pdu.malformed = Malformed{Defect::truncated, octets.size(), "fragment_length"};
  } else if (auto const found = read_verifier(octets, pdu)) {
    end = *found;
  } else {
    pdu.malformed = found.error();
  }
  Body body(octets.first(end), pdu);
  body.read();
  if (auto const why = body.broken(); why && !pdu.malformed && !pdu.cut) pdu.malformed = why;
  return pdu;
}

std::optional<Contexts::Context> Contexts::next() {
  if (left_ == 0) return std::nullopt;
  --left_;
  Context context{};
  context.id = order_.u16(in_);
  context.transfers = in_.u8();
  in_.skip(1);
  context.interface.uuid = read_uuid(in_, order_);
  context.interface.version = order_.u32(in_);
  context.offered = in_.take(context.transfers * syntax_octets);
  if (!in_) return std::nullopt;
  return context;
}

std::optional<Datagram> read_datagram(Bytes octets) {
  Reader in(octets);
  Datagram said;
  said.version = in.u8();
  auto const type = in.u8();
  said.type = static_cast<Type>(type);
  said.flags1 = in.u8();
  said.flags2 = in.u8();
  said.representation = in.u8();
  auto const floats = in.u8();
  auto const reserved = in.u8();
  if (said.version != 4 || type > static_cast<std::uint8_t>(Type::cancel_ack) ||
      !is_representation(said.representation, floats) || reserved != 0)
    return std::nullopt;
  said.order.little = (said.representation & 0x10) != 0;
  auto const serial_high = in.u8();
  said.object = read_uuid(in, said.order);
  said.interface = read_uuid(in, said.order);
  said.activity = read_uuid(in, said.order);
  said.server_boot = said.order.u32(in);
  said.interface_version = said.order.u32(in);
  said.sequence = said.order.u32(in);
  said.opnum = said.order.u16(in);
  said.interface_hint = said.order.u16(in);
  said.activity_hint = said.order.u16(in);
  said.length = said.order.u16(in);
  said.fragment = said.order.u16(in);
  said.authentication = in.u8();
  said.serial = static_cast<std::uint16_t>(serial_high << 8 | in.u8());
  if (!in) {
    said.malformed = in.error("header");
    return said;
  }
  said.body = in.take(said.length);
  if (!in) {
    said.malformed = Malformed{Defect::bad_length, 74, "length"};
  } else if (said.type == Type::fault || said.type == Type::reject) {
    Reader body(said.body);
    said.status = said.order.u32(body);
    if (!body) said.malformed = Malformed{Defect::truncated, datagram_header_octets, "status"};
  }
  return said;
}

}  // namespace greywatch::agent::rpc
