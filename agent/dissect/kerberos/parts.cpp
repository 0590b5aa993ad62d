#include "agent/dissect/kerberos/parts.hpp"

#include <algorithm>

namespace greywatch::agent::kerberos {

using asn1::BerReader;
using asn1::Element;
using asn1::TagClass;

Element inside(Element const& element) {
  auto const inner = BerReader(element).next();
  return inner ? *inner : element;
}

Result<void> read_principal(Element const& element, Principal& principal) {
  Sequence in(element, "principal");
  while (in.next()) {
    if (in.number() == 0) principal.type = in.integer();
    if (in.number() == 1) principal.names = in.list();
  }
  return in.done();
}

Result<void> read_encrypted(Element const& element, Encrypted& encrypted) {
  Sequence in(element, "encrypted_data");
  while (in.next()) {
    if (in.number() == 0) encrypted.etype = in.integer();
    if (in.number() == 1) encrypted.kvno = static_cast<std::uint32_t>(in.integer());
    if (in.number() == 2) in.octets();
  }
  return in.done();
}

Result<void> read_ticket(Element const& element, Ticket& ticket) {
  if (!element.is(TagClass::application, 1)) return fail({Defect::bad_value, element.offset, "ticket"});
  Sequence in(inside(element), "ticket");
  while (in.next()) {
    if (in.number() == 0) ticket.version = in.number_value();
    if (in.number() == 1) ticket.realm = in.text();
    if (in.number() == 2) read_part(in, read_principal, ticket.server);
    if (in.number() == 3) read_part(in, read_encrypted, ticket.encrypted);
  }
  return in.done();
}

Result<void> read_ap_request(Element const& element, ApRequest& request) {
  if (!element.is(TagClass::application, static_cast<std::uint32_t>(Type::ap_req)))
    return fail({Defect::bad_value, element.offset, "ap_req"});
  Sequence in(inside(element), "ap_req");
  while (in.next()) {
    if (in.number() == 0) request.version = in.number_value();
    if (in.number() == 1) request.type = in.number_value();
    if (in.number() == 2) request.options = in.octets();
    if (in.number() == 3) read_part(in, read_ticket, request.ticket);
    if (in.number() == 4) read_part(in, read_encrypted, request.authenticator);
  }
  return in.done();
}

Name principal_text(Principal const& principal, std::string_view realm) {
  Name out;
  BerReader names(principal.names);
  for (int n = 0; n < most_entries; ++n) {
    auto const part = names.next();
    if (!part) break;
    if (n != 0) out.put('/');
    out.put(as_text(part->contents));
  }
  if (!realm.empty()) {
    out.put('@');
    out.put(realm);
  }
  return out;
}

bool is_proof(std::int64_t type) {
  // pw-salt, etype-info, use-specified-kvno, etype-info2, PAC-REQUEST, FOR-USER, FX-COOKIE, AUTHENTICATION-SET,
  // AUTH-SET-SELECTED, FX-ERROR, REQ-ENC-PA-REP, AS-FRESHNESS, SUPPORTED-ETYPES, EXTENDED-ERROR, PAC-OPTIONS
  constexpr std::int64_t telling[] = {3, 11, 20, 19, 128, 129, 133, 134, 135, 137, 149, 150, 165, 166, 167};
  return std::ranges::find(telling, type) == std::end(telling);
}

std::optional<Preauthentication> next_preauthentication(BerReader& list) {
  auto const element = list.next();
  if (!element) return std::nullopt;
  Preauthentication one;
  Sequence in(*element, "padata");
  while (in.next()) {
    if (in.number() == 1) one.type = in.integer();
    if (in.number() == 2) {
      in.octets();
      one.value = in.value();
    }
  }
  if (!in.done()) return std::nullopt;
  return one;
}

BerReader etype_infos(Preauthentication const& of) {
  auto const list = BerReader(of.value).next();
  return list ? BerReader(*list) : BerReader(Bytes{});
}

std::optional<EtypeInfo> next_etype_info(BerReader& list) {
  auto const element = list.next();
  if (!element) return std::nullopt;
  EtypeInfo one;
  Sequence in(*element, "etype_info");
  while (in.next()) {
    if (in.number() == 0) one.etype = in.integer();
    if (in.number() == 1) one.salt = in.text();
  }
  if (!in.done()) return std::nullopt;
  return one;
}

std::optional<HostAddress> next_address(BerReader& list) {
  auto const element = list.next();
  if (!element) return std::nullopt;
  HostAddress one;
  Sequence in(*element, "address");
  while (in.next()) {
    if (in.number() == 0) one.type = in.integer();
    if (in.number() == 1) one.octets = in.octets();
  }
  if (!in.done()) return std::nullopt;
  return one;
}

std::optional<std::int64_t> next_integer(BerReader& list) {
  auto const element = list.next();
  return element && element->is_universal(asn1::integer) ? asn1::read_signed(element->contents) : std::nullopt;
}

std::optional<Ticket> next_ticket(BerReader& list) {
  auto const element = list.next();
  Ticket ticket;
  if (!element || !read_ticket(*element, ticket)) return std::nullopt;
  return ticket;
}

namespace {

/// PA-FX-FAST-REQUEST and -REPLY, both a CHOICE of [0] a SEQUENCE. RFC 6113, 5.4.2 and 5.4.3.
void read_fast(Element const& value, Message& message) {
  auto const choice = BerReader(value).next();
  if (!choice || !choice->is_context(0)) return;
  Sequence in(inside(*choice), "fast");
  while (in.next()) {
    bool const request = message.is_request();
    if (request && in.number() == 0) {
      Sequence armor(in.value(), "armor");
      while (armor.next()) {
        if (armor.number() == 0) message.fast_armor = armor.integer();
        auto const ticket = armor.number() == 1 && !message.ap ? BerReader(armor.value()).next() : std::nullopt;
        if (ticket && !read_ap_request(*ticket, message.ap.emplace())) message.ap.reset();
      }
    }
    if (in.number() == (request ? 2u : 0u) && !read_encrypted(in.value(), message.fast.emplace())) message.fast.reset();
  }
}

}  // namespace

Result<void> read_padata(Message& message) {
  BerReader list(message.padata);
  for (int n = 0; n < most_entries && !list.done(); ++n) {
    auto const one = next_preauthentication(list);
    if (!one) {
      if (list.failed()) return fail(list.error("padata"));
      return fail({Defect::bad_value, list.error({}).offset, "padata"});
    }
    auto const inner = BerReader(one->value).next();
    if (!inner) continue;
    if (one->type == pa_tgs_req) {
      if (auto const done = read_ap_request(*inner, message.ap.emplace()); !done) return done;
    } else if (one->type == pa_fx_fast) {
      read_fast(one->value, message);
    } else if (message.is_request() && (one->type == pa_enc_timestamp || one->type == pa_encrypted_challenge)) {
      if (auto const done = read_encrypted(*inner, message.timestamp.emplace()); !done) return done;
    }
  }
  return {};
}

}  // namespace greywatch::agent::kerberos
