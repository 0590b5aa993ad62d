#include "agent/dissect/snmp/message.hpp"

namespace greywatch::agent::snmp {
namespace {

constexpr int most_variables = 512;
/// sysDescr.0 and sysName.0. RFC 3418.
constexpr std::string_view description = "1.3.6.1.2.1.1.1.0", system_name = "1.3.6.1.2.1.1.5.0";

void describe_v3(Version3 const& v3, FieldSink& sink) {
  sink.field("snmp.message_id", std::uint64_t{v3.id});
  sink.field("snmp.maximum_size", std::uint64_t{v3.maximum_size});
  sink.field("snmp.authenticated", v3.authenticated());
  sink.field("snmp.encrypted", v3.encrypted());
  sink.field("snmp.reportable", v3.reportable());
  sink.field("snmp.security_model", std::uint64_t{v3.security_model});
  text::Fixed<64> engine;
  for (auto octet : v3.engine) engine.put_octet(octet);
  if (!engine.empty()) sink.field("snmp.engine_id", engine.view());
  sink.field("snmp.engine_boots", std::uint64_t{v3.boots});
  sink.field("snmp.engine_time", std::uint64_t{v3.time});
  if (!v3.user.empty()) sink.field("snmp.user_name", as_text(v3.user));
}

}  // namespace

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  sink.field("snmp.version", std::uint64_t{message.version});
  if (message.default_community) sink.field("snmp.default_community", *message.default_community);
  if (message.v3) describe_v3(*message.v3, sink);
  if (!message.pdu) return;
  sink.field("snmp.pdu", std::uint64_t{*message.pdu});
  if (message.is(Pdu::trap)) {
    sink.field("snmp.enterprise", oid_text(message.enterprise).view());
    sink.field("snmp.agent_address",
               text::ip(message.agent_address.first(std::min<std::size_t>(message.agent_address.size(), 16))).view());
    sink.field("snmp.generic_trap", message.generic_trap);
    sink.field("snmp.specific_trap", message.specific_trap);
  } else {
    sink.field("snmp.request_id", message.request_id);
    bool const bulk = message.is(Pdu::get_bulk);
    sink.field(bulk ? "snmp.non_repeaters" : "snmp.error_status", message.error_status);
    sink.field(bulk ? "snmp.max_repetitions" : "snmp.error_index", message.error_index);
  }
  asn1::BerReader list(message.variables);
  for (int n = 0; n < most_variables; ++n) {
    auto const variable = next_variable(list);
    if (!variable) return;
    auto const name = oid_text(variable->name);
    sink.field("snmp.name", name.view());
    bool const told = message.is(Pdu::response) && variable->value.is_universal(asn1::octet_string);
    if (told && name.view() == description) sink.field("snmp.system_description", as_text(variable->value.contents));
    if (told && name.view() == system_name) sink.field("snmp.system_name", as_text(variable->value.contents));
  }
}

}  // namespace greywatch::agent::snmp
