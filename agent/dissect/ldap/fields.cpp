#include "agent/dissect/ldap/fields.hpp"

#include "agent/dissect/ldap/filter.hpp"
#include "agent/dissect/ldap/message.hpp"
#include "agent/dissect/ldap/tables.hpp"

namespace greywatch::agent::ldap {
namespace {

using asn1::BerReader;

void describe_bind(Message const& message, FieldSink& sink) {
  auto const& bind = *message.bind;
  sink.field("ldap.bind.version", bind.version);
  sink.field("ldap.bind.name", message.name);
  sink.field("ldap.bind.authentication", std::uint64_t{bind.authentication});
  if (!bind.mechanism.empty()) sink.field("ldap.bind.mechanism", bind.mechanism);
  if (bind.authentication == 0) sink.field("ldap.bind.password", bind.password);
}

void describe_search(Message const& message, FieldSink& sink) {
  auto const& search = *message.search;
  sink.field("ldap.search.base", message.name);
  sink.field("ldap.search.scope", search.scope);
  sink.field("ldap.search.dereference", search.dereference);
  sink.field("ldap.search.size_limit", search.size_limit);
  sink.field("ldap.search.time_limit", search.time_limit);
  sink.field("ldap.search.types_only", search.types_only);
  if (!search.filter.contents.empty()) sink.field("ldap.search.filter", filter_text(search.filter).view());
  BerReader list(search.attributes);
  for (int n = 0; n < most_entries; ++n) {
    auto const attribute = next_text(list);
    if (!attribute) return;
    sink.field("ldap.search.attribute", *attribute);
  }
}

/// What the root of a directory says of its server. RFC 4512, 5.1, and MS-ADTS, 3.1.1.3.2.
void describe_root(Attribute const& attribute, FieldSink& sink) {
  static constexpr struct {
    std::string_view type, field;
  } told[] = {{"dnsHostName", "ldap.root.host_name"},
              {"defaultNamingContext", "ldap.root.naming_context"},
              {"vendorName", "ldap.root.vendor_name"},
              {"vendorVersion", "ldap.root.vendor_version"}};
  for (auto const& each : told) {
    if (!text::equal_ignoring_case(attribute.type, each.type)) continue;
    BerReader values(attribute.values);
    if (auto const value = next_text(values)) sink.field(each.field, value->substr(0, 256));
  }
}

void describe_attributes(Message const& message, FieldSink& sink) {
  BerReader list(message.attributes);
  for (int n = 0; n < most_entries; ++n) {
    if (message.is(Op::modify)) {
      auto const change = next_change(list);
      if (!change) return;
      sink.field("ldap.change", change->operation);
      sink.field("ldap.attribute", change->attribute.type);
    } else if (message.is(Op::reference)) {
      auto const uri = next_text(list);
      if (!uri) return;
      sink.field("ldap.uri", *uri);
    } else {
      auto const attribute = next_attribute(list);
      if (!attribute) return;
      sink.field("ldap.attribute", attribute->type);
      if (message.is(Op::entry) && message.name.empty()) describe_root(*attribute, sink);
    }
  }
}

void describe_outcome(Outcome const& outcome, FieldSink& sink) {
  sink.field("ldap.result_code", outcome.code);
  if (auto const name = result_name(outcome.code); !name.empty()) sink.field("ldap.result", name);
  if (!outcome.matched.empty()) sink.field("ldap.matched_dn", outcome.matched);
  if (!outcome.message.empty()) sink.field("ldap.error_message", outcome.message.substr(0, 512));
}

void describe_controls(Message const& message, FieldSink& sink) {
  BerReader list(message.controls);
  for (int n = 0; n < most_entries; ++n) {
    auto const control = next_control(list);
    if (!control) return;
    sink.field("ldap.control", control->oid);
    if (control->critical) sink.field("ldap.critical_control", control->oid);
  }
}

}  // namespace

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  sink.field("ldap.message_id", message.id);
  sink.field("ldap.protocol_op", std::uint64_t{message.op});
  sink.field("ldap.operation", op_name(message.op));
  if (message.cut) sink.field("ldap.cut", true);
  if (message.bind) describe_bind(message, sink);
  if (message.search) describe_search(message, sink);
  auto const names_object = message.is(Op::modify) || message.is(Op::add) || message.is(Op::remove) ||
                            message.is(Op::modify_dn) || message.is(Op::compare);
  if (names_object) sink.field("ldap.object", message.name);
  if (message.is(Op::entry)) sink.field("ldap.entry", message.name);
  describe_attributes(message, sink);
  if (message.is(Op::compare)) sink.field("ldap.compared_attribute", message.attribute);
  if (message.is(Op::modify_dn)) {
    sink.field("ldap.new_rdn", message.new_rdn);
    sink.field("ldap.delete_old_rdn", message.delete_old_rdn);
    if (message.new_superior) sink.field("ldap.new_superior", *message.new_superior);
  }
  if (message.is(Op::abandon)) sink.field("ldap.abandoned_id", message.abandoned);
  if (!message.oid.empty()) {
    sink.field("ldap.oid", message.oid);
    if (auto const name = extension_name(message.oid); !name.empty()) sink.field("ldap.extension", name);
  }
  if (message.outcome) describe_outcome(*message.outcome, sink);
  if (message.asked) sink.field("ldap.asked", op_name(*message.asked));
  if (message.entries) sink.field("ldap.entries", std::uint64_t{*message.entries});
  if (message.failures) sink.field("ldap.bind.failures", *message.failures);
  describe_controls(message, sink);
}

}  // namespace greywatch::agent::ldap
