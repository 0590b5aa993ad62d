#include "agent/dissect/snmp/message.hpp"

namespace greywatch::agent::snmp {
namespace {

using asn1::BerReader;
using asn1::Element;

/// Reads the next INTEGER of a level; the level has failed where there is none.
struct Level {
  BerReader in;
  bool good = true;

  std::int64_t integer() {
    auto const element = in.next();
    auto const value =
        element && element->is_universal(asn1::integer) ? asn1::read_signed(element->contents) : std::nullopt;
    good = good && value.has_value();
    return value.value_or(0);
  }
  std::uint32_t number() { return static_cast<std::uint32_t>(integer()); }
  Bytes octets() {
    auto const element = in.next();
    good = good && element && element->is_universal(asn1::octet_string);
    return element ? element->contents : Bytes{};
  }
  std::optional<Element> sequence() {
    auto element = in.next();
    good = good && element && element->is_universal(asn1::sequence);
    return element;
  }
  Malformed why(std::string_view field) const {
    return in.failed() ? in.error(field) : Malformed{Defect::bad_value, in.error(field).offset, field};
  }
};

Result<void> read_variables(Level& level, Message& message) {
  auto const list = level.sequence();
  if (!level.good) return fail(level.why("variables"));
  message.variables = *list;
  BerReader in(*list);
  while (!in.done()) {
    auto const variable = next_variable(in);
    if (!variable)
      return fail(in.failed() ? in.error("variable") : Malformed{Defect::bad_value, list->offset, "variable"});
    if (message.count++ != 0) continue;
    message.first = variable->name;
    auto const& value = variable->value;
    message.first_is_missing = value.is_context(0) || value.is_context(1);
  }
  return {};
}

Result<void> read_trap(Level& level, Message& message) {
  auto const enterprise = level.in.next();
  auto const address = level.in.next();
  if (!enterprise || !enterprise->is_universal(asn1::object_identifier) || !address) return fail(level.why("trap"));
  message.enterprise = enterprise->contents;
  message.agent_address = address->contents;
  message.generic_trap = level.integer();
  message.specific_trap = level.integer();
  if (!level.good || !level.in.next()) return fail(level.why("trap"));  // the time
  return read_variables(level, message);
}

Result<void> read_pdu(Element const& element, Message& message) {
  if (element.tag_class != asn1::TagClass::context || element.tag > 8 || !element.constructed)
    return fail({Defect::bad_value, element.offset, "pdu"});
  message.pdu = static_cast<std::uint8_t>(element.tag);
  Level level{BerReader(element)};
  if (message.is(Pdu::trap)) return read_trap(level, message);
  message.request_id = level.integer();
  message.error_status = level.integer();
  message.error_index = level.integer();
  if (!level.good) return fail(level.why("request_id"));
  return read_variables(level, message);
}

void read_security(Bytes parameters, Version3& v3) {
  auto const outer = BerReader(parameters).next();
  if (!outer) return;
  Level level{BerReader(*outer)};
  v3.engine = level.octets();
  v3.boots = level.number();
  v3.time = level.number();
  v3.user = level.octets();
}

Result<void> read_v3(Level& level, Message& message) {
  auto& v3 = message.v3.emplace();
  auto const global = level.sequence();
  if (!level.good) return fail(level.why("global_data"));
  Level data{BerReader(*global)};
  v3.id = data.number();
  v3.maximum_size = data.number();
  auto const flags = data.octets();
  v3.security_model = data.number();
  if (!data.good || flags.size() != 1) return fail(data.why("global_data"));
  v3.flags = flags[0];
  auto const parameters = level.octets();
  if (!level.good) return fail(level.why("security_parameters"));
  if (v3.security_model == 3) read_security(parameters, v3);
  auto const scoped = level.in.next();
  if (!scoped) return fail(level.why("scoped_pdu"));
  if (scoped->is_universal(asn1::octet_string)) return {};  // encrypted
  if (!scoped->is_universal(asn1::sequence)) return fail({Defect::bad_value, scoped->offset, "scoped_pdu"});
  Level inner{BerReader(*scoped)};
  inner.octets();
  inner.octets();
  auto const pdu = inner.in.next();
  if (!inner.good || !pdu) return fail(inner.why("scoped_pdu"));
  return read_pdu(*pdu, message);
}

}  // namespace

Oid oid_text(Bytes contents) {
  Oid out;
  char letters[256];
  out.put(asn1::write_oid(contents, letters));
  return out;
}

std::optional<Variable> next_variable(BerReader& list) {
  auto const pair = list.next();
  if (!pair) return std::nullopt;
  BerReader in(*pair);
  auto const name = in.next();
  auto const value = in.next();
  if (!name || !value || !name->is_universal(asn1::object_identifier)) return std::nullopt;
  return Variable{name->contents, *value};
}

Result<void> read_message(Bytes datagram, Message& message) {
  BerReader outer(datagram);
  auto const whole = outer.next();
  if (!whole) return fail(outer.failed() ? outer.error("message") : Malformed{Defect::truncated, 0, "message"});
  if (!whole->is_universal(asn1::sequence)) return fail({Defect::bad_value, 0, "message"});
  Level level{BerReader(*whole)};
  auto const version = level.integer();
  if (!level.good || version < 0 || version > 3) return fail(level.why("version"));
  message.version = static_cast<std::uint8_t>(version);
  if (version == 3) return read_v3(level, message);
  auto const community = as_text(level.octets());
  if (!level.good) return fail(level.why("community"));
  for (std::string_view known : {"public", "private"})
    if (community == known) message.default_community = known;
  auto const pdu = level.in.next();
  if (!pdu) return fail(level.why("pdu"));
  return read_pdu(*pdu, message);
}

}  // namespace greywatch::agent::snmp
