#include "agent/dissect/enip/cip_fields.hpp"

#include "agent/dissect/enip/tables.hpp"

namespace greywatch::agent::enip {
namespace {

constexpr std::uint8_t set_attribute_list = 0x04, reset = 0x05;

void name_key(Segment const& segment, Out& out) {
  Reader in(segment.octets);
  out.number("enip.cip.key.format", segment.value);
  if (segment.value != 4 && segment.value != 5) return;
  out.number("enip.cip.key.vendor_id", in.le16());
  out.number("enip.cip.key.device_type", in.le16());
  out.number("enip.cip.key.product_code", in.le16());
  auto const major = in.u8();
  out.flag("enip.cip.key.compatibility", (major & 0x80) != 0);
  out.number("enip.cip.key.major_revision", major & 0x7Fu);
  out.number("enip.cip.key.minor_revision", in.u8());
  if (segment.value == 5) out.number("enip.cip.key.serial_number", in.le32());
}

void name_logical(Segment const& segment, Out& out) {
  switch (segment.logical()) {
    case Logical::class_id:
      return out.number("enip.cip.class", segment.value);
    case Logical::instance_id:
      return out.number("enip.cip.instance", segment.value);
    case Logical::member_id:
      return out.number("enip.cip.member", segment.value);
    case Logical::connection_point:
      return out.number("enip.cip.connection_point", segment.value);
    case Logical::attribute_id:
      return out.number("enip.cip.attribute", segment.value);
    case Logical::special:
      return name_key(segment, out);
    default:
      return;
  }
}

void name_attribute_list(Cip const& cip, std::uint16_t class_id, Out& out) {
  Reader in(cip.data);
  auto const count = in.le16();
  if (!in) return;
  bool const sets = cip.service == set_attribute_list;
  out.number(sets ? "enip.cip.set.attribute_count" : "enip.cip.attribute_count", count);
  for (unsigned i = 0; i < count && in.left() >= 2; ++i) {
    auto const attribute = in.le16();
    out.number("enip.cip.attribute", attribute);
    if (!cip.response) {
      if (!sets) continue;
      return out.opaque("enip.cip.data", in.rest());  // the size of a value is the class's affair
    }
    auto const status = in.le16();
    if (!in) return;
    out.number(sets ? "enip.cip.set.attribute_status" : "enip.cip.attribute_status", status);
    if (sets || status != 0) continue;
    if (class_id != identity_class || !name_identity_attribute(attribute, in, out))
      return out.opaque("enip.cip.data", in.rest());
  }
}

/// What a service in a packet answers, where it read the identity: answers stand in the order of their requests.
std::optional<Pending> identity_answered(Cip const& cip, std::uint8_t asked) {
  if (!cip.response || asked == 0) return std::nullopt;
  bool const single = asked != IdentityAsked::whole;
  return Pending{.class_id = identity_class,
                 .attribute = static_cast<std::uint16_t>(single ? asked : 0),
                 .service = cip.service,
                 .operation = Operation::read,
                 .has_attribute = single};
}

void name_services(Cip const& cip, IdentityAsked identity, Out& out, int depth) {
  auto const services = read_services(cip.data);
  out.number("enip.cip.multiple.count", services.count);
  for (std::size_t i = 0; i < services.count && 2 * i + 4 <= cip.data.size(); ++i) {
    out.number("enip.cip.multiple.offset", cip.data[2 + 2 * i] | std::uint64_t{cip.data[3 + 2 * i]} << 8);
  }
  for (std::size_t i = 0; i < services.here(); ++i) {
    auto const octets = services[i];
    if (octets.empty()) return;
    auto const one = read_cip(octets);
    name_cip(one, identity_answered(one, identity[i]), {}, out, depth + 1);
  }
}

/// The message router's first attribute: the classes that there are. Volume 1, 5-3.
void name_router(Bytes attributes, Out& out) {
  Reader in(attributes);
  auto const count = in.le16();
  if (!in) return;
  out.number("enip.cip.attribute", 1);
  out.number("enip.cip.router.class_count", count);
  for (unsigned i = 0; i < count && in.left() >= 2; ++i) out.number("enip.cip.router.class", in.le16());
  out.opaque("enip.cip.data", in.rest());
}

/// The requester's number, then PCCC itself; only some of its commands have functions.
void name_pccc(Cip const& cip, Out& out) {
  Reader in(cip.data);
  auto const id = in.u8();
  in.skip(id == 0 ? 0 : id - 1u);
  auto const command = in.u8(), status = in.u8();
  auto const transaction = in.le16();
  if (!in) return;
  out.number("enip.cip.pccc.command", command);
  out.number("enip.cip.pccc.status", status);
  out.number("enip.cip.pccc.transaction", transaction);
  if (!cip.response && pccc_has_function(command) && in.left() > 0) out.number("enip.cip.pccc.function", in.u8());
  out.opaque("enip.cip.data", in.rest());
}

/// The connection manager's own answer to an Unconnected Send: it could not be sent on.
bool was_not_sent(Cip const& cip, std::optional<Pending> const& answered) {
  return cip.response && answered && answered->forwarded && cip.service == unconnected_send;
}

/// Of a response the place that was asked, else of a request its own.
std::uint16_t class_of(Cip const& cip, std::optional<Pending> const& answered) {
  if (!cip.response) return read_place(cip.path).class_id;
  if (was_not_sent(cip, answered)) return connection_manager;
  return answered ? answered->class_id : std::uint16_t{0};
}

void name_answered(Pending const& answered, Out& out) {
  if (answered.class_id != 0) out.number("enip.cip.class", answered.class_id);
  if (answered.has_instance) out.number("enip.cip.instance", answered.instance);
  if (answered.has_attribute) out.number("enip.cip.attribute", answered.attribute);
}

void name_data(Cip const& cip, std::uint16_t class_id, IdentityAsked identity, Out& out, int depth) {
  if (cip.response && cip.general_status != 0 && cip.general_status != 6 && class_id != connection_manager)
    return out.opaque("enip.cip.data", cip.data);
  if (class_id == connection_manager && name_connection(cip, out, depth)) return;
  if (class_id == pccc_class && cip.service == execute_pccc) return name_pccc(cip, out);
  switch (cip.service) {
    case get_attribute_list:
    case set_attribute_list:
      return name_attribute_list(cip, class_id, out);
    case multiple_services:
      if (depth < most_nested) return name_services(cip, identity, out, depth);
      break;
    case reset:
      if (!cip.response && !cip.data.empty()) out.number("enip.cip.reset_type", cip.data[0]);
      return;
    case get_attributes_all:
      if (cip.response && class_id == identity_class) return name_identity(cip.data, out);
      if (cip.response && class_id == message_router) return name_router(cip.data, out);
      break;
    default:
      break;
  }
  out.opaque("enip.cip.data", cip.data);
}

}  // namespace

void name_path(Bytes path, Out& out) {
  Reader in(path);
  while (auto const segment = next_segment(in)) {
    out.number("enip.cip.path_segment", segment->first);
    if (segment->is_symbol()) {
      out.text("enip.cip.symbol", as_text(segment->octets));
    } else if (segment->kind() == SegmentKind::port) {
      out.number("enip.cip.port", segment->value);
      if (segment->octets.size() == 1)
        out.number("enip.cip.link_address", segment->octets[0]);
      else
        out.text("enip.cip.link_address_text", as_text(segment->octets));
    } else if (segment->kind() == SegmentKind::logical) {
      name_logical(*segment, out);
    }
  }
}

void name_cip(Cip const& cip, std::optional<Pending> const& answered, IdentityAsked identity, Out& out, int depth) {
  out.number("enip.cip.service", cip.service);
  out.flag("enip.cip.response", cip.response);
  if (cip.response) {
    out.number("enip.cip.general_status", cip.general_status);
    out.number("enip.cip.additional_status_size", cip.additional_status.size() / 2);
    for (Reader words(cip.additional_status); words.left() >= 2;)
      out.number("enip.cip.additional_status", words.le16());
    if (answered && !was_not_sent(cip, answered)) name_answered(*answered, out);
  } else {
    out.number("enip.cip.request_path_size", cip.path.size() / 2);
    name_path(cip.path, out);
  }
  if (cip.malformed) return out.opaque("enip.cip.data", cip.data);
  // A single attribute of the identity is the value alone.
  auto const class_id = class_of(cip, answered);
  if (cip.response && answered && class_id == identity_class && cip.service == get_attribute_single) {
    Reader in(cip.data);
    name_identity_attribute(answered->attribute, in, out);
    return;
  }
  name_data(cip, class_id, identity, out, depth);
}

void name_identity(Bytes attributes, Out& out) {
  Reader in(attributes);
  for (std::uint16_t attribute = 1; attribute <= 8 && in.left() > 0; ++attribute) {
    out.number("enip.cip.attribute", attribute);
    if (!name_identity_attribute(attribute, in, out)) return;
  }
}

bool name_identity_attribute(std::uint16_t attribute, Reader& in, Out& out) {
  static constexpr std::string_view numbers[] = {"enip.cip.identity.vendor_id", "enip.cip.identity.device_type",
                                                 "enip.cip.identity.product_code"};
  switch (attribute) {
    case 1:
    case 2:
    case 3: {
      auto const value = in.le16();
      if (in) out.number(numbers[attribute - 1], value);
      return static_cast<bool>(in);
    }
    case 4: {
      unsigned const major = in.u8(), minor = in.u8();
      if (!in) return false;
      out.number("enip.cip.identity.major_revision", major);
      out.number("enip.cip.identity.minor_revision", minor);
      return true;
    }
    case 5: {
      auto const status = in.le16();
      if (in) out.number("enip.cip.identity.status", status);
      return static_cast<bool>(in);
    }
    case 6: {
      auto const serial = in.le32();
      if (in) out.number("enip.cip.identity.serial_number", serial);
      return static_cast<bool>(in);
    }
    case 7: {
      auto const name = in.take(in.u8());
      if (in) out.text("enip.cip.identity.product_name", as_text(name));
      return static_cast<bool>(in);
    }
    case 8: {
      auto const state = in.u8();
      if (in) out.number("enip.cip.identity.state", state);
      return static_cast<bool>(in);
    }
    default:
      return false;
  }
}

}  // namespace greywatch::agent::enip
