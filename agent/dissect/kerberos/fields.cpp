#include "agent/dissect/kerberos/fields.hpp"

#include "agent/dissect/kerberos/message.hpp"
#include "agent/dissect/kerberos/tables.hpp"

namespace greywatch::agent::kerberos {
namespace {

using asn1::BerReader;

struct PrincipalNames {
  std::string_view name, type, part;
};
struct TicketNames {
  std::string_view version, realm;
  PrincipalNames server;
  std::string_view etype, etype_name, kvno;
};
constexpr PrincipalNames client_names{"kerberos.client", "kerberos.client_type", "kerberos.client_part"};
constexpr PrincipalNames server_names{"kerberos.server", "kerberos.server_type", "kerberos.server_part"};
constexpr TicketNames ticket_names{
    "kerberos.ticket.version",
    "kerberos.ticket.realm",
    {"kerberos.ticket.server", "kerberos.ticket.server_type", "kerberos.ticket.server_part"},
    "kerberos.ticket.etype",
    "kerberos.ticket.etype_name",
    "kerberos.ticket.kvno"};
constexpr TicketNames shown_names{"kerberos.ap.ticket_version",
                                  "kerberos.ap.realm",
                                  {"kerberos.ap.server", "kerberos.ap.server_type", "kerberos.ap.server_part"},
                                  "kerberos.ap.ticket_etype",
                                  "kerberos.ap.ticket_etype_name",
                                  "kerberos.ap.ticket_kvno"};
constexpr TicketNames additional_names{
    "kerberos.additional.version",
    "kerberos.additional.realm",
    {"kerberos.additional.server", "kerberos.additional.server_type", "kerberos.additional.server_part"},
    "kerberos.additional.etype",
    "kerberos.additional.etype_name",
    "kerberos.additional.kvno"};

/// Texts are given as they came, up to a length that none needs.
void put_text(FieldSink& sink, std::string_view name, std::string_view text) { sink.field(name, text.substr(0, 512)); }

void describe_principal(Principal const& principal, PrincipalNames const& names, FieldSink& sink) {
  sink.field(names.name, principal_text(principal, {}).view());
  sink.field(names.type, principal.type);
  BerReader parts(principal.names);
  for (int n = 0; n < most_entries; ++n) {
    auto const part = parts.next();
    if (!part) return;
    put_text(sink, names.part, as_text(part->contents));
  }
}

void describe_etype(std::int64_t etype, std::string_view number, std::string_view text, FieldSink& sink) {
  sink.field(number, etype);
  auto const name = etype_name(etype);
  sink.field(text, name.empty() ? std::string_view("unknown") : name);
}

void describe_ticket(Ticket const& ticket, TicketNames const& names, FieldSink& sink) {
  sink.field(names.version, ticket.version);
  put_text(sink, names.realm, ticket.realm);
  describe_principal(ticket.server, names.server, sink);
  describe_etype(ticket.encrypted.etype, names.etype, names.etype_name, sink);
  if (ticket.encrypted.kvno) sink.field(names.kvno, *ticket.encrypted.kvno);
}

/// The octets of a BIT STRING behind the count of unused bits, as hexadecimal digits.
void describe_bits(Bytes bits, std::string_view name, FieldSink& sink) {
  if (bits.size() < 2) return;
  text::Fixed<32> out;
  for (auto octet : bits.subspan(1, std::min<std::size_t>(bits.size() - 1, 16))) out.put_octet(octet);
  sink.field(name, out.view());
}

/// KerberosTime, "20370913024805Z", as RFC 3339 writes it; what is none as it is. RFC 4120, 5.2.3.
void describe_time(Bytes time, std::string_view name, FieldSink& sink) {
  if (time.empty()) return;
  auto const digits = as_text(time);
  if (digits.size() != 15 || !text::number(digits.substr(0, 14)) || digits[14] != 'Z')
    return put_text(sink, name, digits);
  text::Fixed<20> out;
  for (std::size_t n = 0; n < 14; ++n) {
    out.put(digits[n]);
    if (n == 3 || n == 5) out.put('-');
    if (n == 7) out.put('T');
    if (n == 9 || n == 11) out.put(':');
  }
  out.put('Z');
  sink.field(name, out.view());
}

/// What kdc-options ask for. RFC 4120, 5.4.1.
void describe_options(Bytes options, FieldSink& sink) {
  static constexpr struct {
    std::size_t bit;
    std::string_view name;
  } names[] = {{1, "forwardable"},
               {2, "forwarded"},
               {3, "proxiable"},
               {4, "proxy"},
               {5, "allow_postdate"},
               {6, "postdated"},
               {8, "renewable"},
               {14, "constrained_delegation"},
               {15, "canonicalize"},
               {16, "request_anonymous"},
               {26, "disable_transited_check"},
               {27, "renewable_ok"},
               {28, "enc_tkt_in_skey"},
               {30, "renew"},
               {31, "validate"}};
  describe_bits(options, "kerberos.kdc_options", sink);
  for (auto const& each : names)
    if (asn1::read_bit(options, each.bit)) sink.field("kerberos.kdc_option", each.name);
}

void describe_padata(Message const& message, FieldSink& sink) {
  BerReader list(message.padata);
  for (int n = 0; n < most_entries; ++n) {
    auto const one = next_preauthentication(list);
    if (!one) return;
    sink.field("kerberos.padata_type", one->type);
    if (one->type != pa_etype_info2 || message.is_request()) continue;
    auto infos = etype_infos(*one);
    for (int at = 0; at < most_entries; ++at) {
      auto const info = next_etype_info(infos);
      if (!info) break;
      sink.field("kerberos.etype_info.etype", info->etype);
      if (info->salt) put_text(sink, "kerberos.etype_info.salt", *info->salt);
    }
  }
}

void describe_lists(Message const& message, FieldSink& sink) {
  BerReader etypes(message.etypes);
  for (int n = 0; n < most_entries; ++n) {
    auto const etype = next_integer(etypes);
    if (!etype) break;
    describe_etype(*etype, "kerberos.requested_etype", "kerberos.requested_etype_name", sink);
  }
  if (!message.etypes.contents.empty()) sink.field("kerberos.weak_etypes_only", message.weak_only);
  BerReader addresses(message.addresses);
  for (int n = 0; n < most_entries; ++n) {
    auto const address = next_address(addresses);
    if (!address) break;
    sink.field("kerberos.address.type", address->type);
    if (address->type != netbios_address || address->octets.empty()) continue;
    // The last of sixteen octets is the service.
    auto const name = as_text(address->octets.first(std::min<std::size_t>(address->octets.size(), 15)));
    sink.field("kerberos.address.netbios_name", text::trimmed(name));
  }
  BerReader tickets(message.additional_tickets);
  for (int n = 0; n < 8; ++n) {
    auto const ticket = next_ticket(tickets);
    if (!ticket) break;
    describe_ticket(*ticket, additional_names, sink);
  }
}

void describe_numbers(Message const& message, FieldSink& sink) {
  auto const put = [&](std::string_view name, auto const& value) {
    if (value) sink.field(name, *value);
  };
  describe_time(message.from, "kerberos.from", sink);
  describe_time(message.till, "kerberos.till", sink);
  describe_time(message.renewable_till, "kerberos.renewable_till", sink);
  describe_time(message.client_time, "kerberos.client_time", sink);
  describe_time(message.server_time, "kerberos.server_time", sink);
  put("kerberos.nonce", message.nonce);
  put("kerberos.client_microseconds", message.client_microseconds);
  put("kerberos.server_microseconds", message.server_microseconds);
  put("kerberos.logon_failures", message.failures);
  if (message.error) {
    sink.field("kerberos.error_code", *message.error);
    if (auto const name = error_name(*message.error); !name.empty()) sink.field("kerberos.error", name);
  }
  if (message.error_text) put_text(sink, "kerberos.error_text", *message.error_text);
}

}  // namespace

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (message.record_length) sink.field("kerberos.record_length", std::uint64_t{*message.record_length});
  if (message.password_version)
    sink.field("kerberos.password_protocol_version", std::uint64_t{*message.password_version});
  if (message.type == 0) return;
  sink.field("kerberos.msg_type", std::uint64_t{message.type});
  if (auto const name = type_name(message.type); !name.empty()) sink.field("kerberos.message", name);
  sink.field("kerberos.pvno", message.version);
  describe_padata(message, sink);
  describe_options(message.options, sink);
  if (message.client) describe_principal(*message.client, client_names, sink);
  if (message.client_realm) put_text(sink, "kerberos.client_realm", *message.client_realm);
  if (message.realm) put_text(sink, "kerberos.realm", *message.realm);
  if (message.server) describe_principal(*message.server, server_names, sink);
  if (message.ap) {
    if (!message.is(Type::ap_req)) {
      sink.field("kerberos.ap.pvno", message.ap->version);
      sink.field("kerberos.ap.msg_type", message.ap->type);
    }
    describe_bits(message.ap->options, "kerberos.ap.options", sink);
    describe_ticket(message.ap->ticket, shown_names, sink);
    describe_etype(message.ap->authenticator.etype, "kerberos.ap.authenticator_etype",
                   "kerberos.ap.authenticator_etype_name", sink);
  }
  if (message.fast_armor != 0) sink.field("kerberos.fast.armor_type", message.fast_armor);
  if (message.fast) sink.field("kerberos.fast.etype", message.fast->etype);
  if (message.timestamp) sink.field("kerberos.preauthentication_etype", message.timestamp->etype);
  if (message.ticket) describe_ticket(*message.ticket, ticket_names, sink);
  if (message.encrypted) {
    describe_etype(message.encrypted->etype, "kerberos.encrypted.etype", "kerberos.encrypted.etype_name", sink);
    if (message.encrypted->kvno) sink.field("kerberos.encrypted.kvno", *message.encrypted->kvno);
  }
  if (message.password_private) {
    auto const& behind = *message.password_private;
    sink.field("kerberos.private.msg_type", std::uint64_t{behind.type});
    sink.field("kerberos.private.pvno", behind.version);
    sink.field("kerberos.private.etype", behind.encrypted.etype);
  }
  describe_lists(message, sink);
  describe_numbers(message, sink);
  auto const kdc = message.is(Type::as_rep) || message.is(Type::tgs_rep);
  if (kdc && message.ticket) put_text(sink, "kerberos.kdc_realm", message.ticket->realm);
}

}  // namespace greywatch::agent::kerberos
