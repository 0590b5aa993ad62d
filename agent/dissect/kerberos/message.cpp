#include "agent/dissect/kerberos/message.hpp"

#include "agent/dissect/kerberos/parts.hpp"

namespace greywatch::agent::kerberos {
namespace {

using asn1::BerReader;
using asn1::Element;

/// KDC-REQ-BODY. RFC 4120, 5.4.1.
Result<void> read_body(Element const& element, Message& message) {
  Sequence in(element, "req_body");
  while (in.next()) {
    switch (in.number()) {
      case 0:
        message.options = in.octets();
        break;
      case 1:
        read_part(in, read_principal, message.client.emplace());
        break;
      case 2:
        message.realm = in.text();
        break;
      case 3:
        read_part(in, read_principal, message.server.emplace());
        break;
      case 4:
        message.from = in.octets();
        break;
      case 5:
        message.till = in.octets();
        break;
      case 6:
        message.renewable_till = in.octets();
        break;
      case 7:
        message.nonce = static_cast<std::uint32_t>(in.integer());
        break;
      case 8:
        message.etypes = in.list();
        break;
      case 9:
        message.addresses = in.list();
        break;
      case 11:
        message.additional_tickets = in.list();
        break;
      default:
        break;
    }
  }
  return in.done();
}

/// KDC-REQ. RFC 4120, 5.4.1.
Result<void> read_request(Element const& element, Message& message) {
  Sequence in(element, "kdc_req");
  while (in.next()) {
    if (in.number() == 1) message.version = in.number_value();
    if (in.number() == 3) message.padata = in.list();
    if (in.number() == 4) read_part(in, read_body, message);
  }
  if (auto const done = in.done(); !done) return done;
  return read_padata(message);
}

/// KDC-REP. RFC 4120, 5.4.2.
Result<void> read_reply(Element const& element, Message& message) {
  Sequence in(element, "kdc_rep");
  while (in.next()) {
    if (in.number() == 0) message.version = in.number_value();
    if (in.number() == 2) message.padata = in.list();
    if (in.number() == 3) message.client_realm = in.text();
    if (in.number() == 4) read_part(in, read_principal, message.client.emplace());
    if (in.number() == 5) read_part(in, read_ticket, message.ticket.emplace());
    if (in.number() == 6) read_part(in, read_encrypted, message.encrypted.emplace());
  }
  if (auto const done = in.done(); !done) return done;
  return read_padata(message);
}

/// KRB-AP-REP, KRB-PRIV, KRB-SAFE and KRB-CRED: what of them is in clear. RFC 4120, 5.5.2, 5.6, 5.7, 5.8.
Result<void> read_other(Element const& element, Message& message) {
  Sequence in(element, "message");
  auto const encrypted = message.is(Type::ap_rep) ? 2u : 3u;
  while (in.next()) {
    if (in.number() == 0) message.version = in.number_value();
    if (in.number() == 2 && message.is(Type::cred)) message.additional_tickets = in.list();
    if (in.number() == encrypted && !message.is(Type::safe)) read_part(in, read_encrypted, message.encrypted.emplace());
  }
  return in.done();
}

/// METHOD-DATA, where the error brings it. RFC 4120, 5.9.1.
void read_method_data(Sequence& in, Message& message) {
  constexpr std::int64_t preauth_failed = 24, preauth_required = 25, more_data = 91;
  if (message.error != preauth_failed && message.error != preauth_required && message.error != more_data) return;
  auto const list = BerReader(in.value()).next();
  if (!list || !list->is_universal(asn1::sequence)) return;
  message.padata = *list;
  if (!read_padata(message)) message.padata = {};
}

/// KRB-ERROR. RFC 4120, 5.9.1.
Result<void> read_error(Element const& element, Message& message) {
  Sequence in(element, "krb_error");
  while (in.next()) {
    switch (in.number()) {
      case 0:
        message.version = in.number_value();
        break;
      case 2:
        message.client_time = in.octets();
        break;
      case 3:
        message.client_microseconds = in.integer();
        break;
      case 4:
        message.server_time = in.octets();
        break;
      case 5:
        message.server_microseconds = in.integer();
        break;
      case 6:
        message.error = in.integer();
        break;
      case 7:
        message.client_realm = in.text();
        break;
      case 8:
        read_part(in, read_principal, message.client.emplace());
        break;
      case 9:
        message.realm = in.text();
        break;
      case 10:
        read_part(in, read_principal, message.server.emplace());
        break;
      case 11:
        message.error_text = in.text();
        break;
      case 12:
        in.octets();
        read_method_data(in, message);
        break;
      default:
        break;
    }
  }
  return in.done();
}

constexpr std::size_t password_header = 6;

Result<void> read_of_type(Element const& whole, Message& message) {
  auto const body = inside(whole);
  switch (static_cast<Type>(message.type)) {
    case Type::as_req:
    case Type::tgs_req:
      return read_request(body, message);
    case Type::as_rep:
    case Type::tgs_rep:
      return read_reply(body, message);
    case Type::ap_req: {
      auto const done = read_ap_request(whole, message.ap.emplace());
      message.version = message.ap->version;
      return done;
    }
    case Type::error:
      return read_error(body, message);
    default:
      return read_other(body, message);
  }
}

}  // namespace

Result<void> read_message(Bytes octets, Message& message) {
  BerReader in(octets);
  auto const whole = in.next();
  if (!whole) return fail(in.failed() ? in.error("message") : Malformed{Defect::truncated, 0, "message"});
  if (whole->tag_class != asn1::TagClass::application || !whole->constructed || whole->tag > 30)
    return fail({Defect::bad_value, 0, "message"});
  message.type = static_cast<std::uint8_t>(whole->tag);
  if (auto const done = read_of_type(*whole, message); !done) return done;
  if (!in.done()) return fail({Defect::trailing, octets.size() - 1, "message"});
  return {};
}

Result<void> read_password(Bytes octets, Message& message) {
  Reader in(octets);
  auto const length = in.be16();
  message.password_version = in.be16();
  auto const first = in.take(in.be16());
  if (!in) return fail(in.error("ap_length"));
  if (length != octets.size()) return fail({Defect::bad_length, 0, "length"});
  if (first.empty()) return fail({Defect::bad_length, 4, "ap_length"});
  auto const moved = [](Malformed why, std::size_t by) {
    why.offset += by;
    return fail(why);
  };
  if (auto const done = read_message(first, message); !done) return moved(done.error(), password_header);
  if (in.left() == 0) return {};  // an error says it all
  Message behind;
  auto const at = in.at();
  if (auto const done = read_message(in.rest(), behind); !done) return moved(done.error(), at);
  message.password_private = {behind.type, behind.version, behind.encrypted.value_or(Encrypted{})};
  return {};
}

}  // namespace greywatch::agent::kerberos
