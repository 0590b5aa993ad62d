#include "agent/dissect/smb/security.hpp"

#include <algorithm>

#include "agent/dissect/asn1/ber.hpp"

namespace greywatch::agent::smb {
namespace {

using asn1::BerReader;
using asn1::TagClass;

constexpr std::string_view signature{"NTLMSSP\0", 8};
constexpr std::uint32_t has_unicode = 1, has_version = 0x0200'0000;

/// Length, room and place of a value, from the start of the message. MS-NLMP, 2.2.1.
struct Place {
  std::uint16_t length;
  std::uint32_t offset;
};
Place read_place(Reader& in) {
  Place place{};
  place.length = in.le16();
  in.skip(2);
  place.offset = in.le32();
  return place;
}

Bytes cut(Bytes message, Place place) {
  if (place.offset > message.size() || message.size() - place.offset < place.length) return {};
  return message.subspan(place.offset, place.length);
}

std::optional<Ntlm::Version> read_version(Reader& in, std::uint32_t flags) {
  Ntlm::Version version{};
  version.major = in.u8();
  version.minor = in.u8();
  version.build = in.le16();
  in.skip(4);
  return in && (flags & has_version) != 0 ? std::optional(version) : std::nullopt;
}

/// MS-NLMP, 2.2.2.1.
void read_target(Bytes information, Ntlm& ntlm) {
  Reader in(information);
  while (in && in.left() >= 4) {
    auto const id = in.le16();
    auto const value = in.take(in.le16());
    if (!in || id == 0) return;
    Name* const names[] = {&ntlm.computer, &ntlm.nb_domain, &ntlm.dns_computer, &ntlm.dns_domain, &ntlm.forest};
    if (id <= std::size(names)) *names[id - 1] = from_utf16(value);
  }
}

std::optional<Ntlm> read_ntlm(Bytes message) {
  Reader in(message);
  Ntlm ntlm;
  if (as_text(in.take(8)) != signature) return std::nullopt;
  ntlm.type = in.le32();
  if (ntlm.type == 1) {
    ntlm.flags = in.le32();
    if (!in) return std::nullopt;
    auto const domain = read_place(in);
    auto const workstation = read_place(in);
    ntlm.domain = from_oem(cut(message, domain));
    ntlm.workstation = from_oem(cut(message, workstation));
    ntlm.version = read_version(in, ntlm.flags);
    return ntlm;
  }
  if (ntlm.type == 2) {
    auto const target = read_place(in);
    ntlm.flags = in.le32();
    if (!in) return std::nullopt;
    in.skip(16);
    auto const information = read_place(in);
    ntlm.domain = ntlm.flags & has_unicode ? from_utf16(cut(message, target)) : from_oem(cut(message, target));
    if (in) read_target(cut(message, information), ntlm);
    ntlm.version = read_version(in, ntlm.flags);
    return ntlm;
  }
  if (ntlm.type != 3) return std::nullopt;
  in.skip(16);
  auto const domain = read_place(in), user = read_place(in), workstation = read_place(in);
  if (!in) return std::nullopt;
  in.skip(8);
  ntlm.flags = in.le32();
  bool const wide = !in || (ntlm.flags & has_unicode) != 0;
  auto const name = [&](Place place) {
    auto const octets = cut(message, place);
    return wide ? from_utf16(octets) : from_oem(octets);
  };
  ntlm.domain = name(domain);
  ntlm.user = name(user);
  ntlm.workstation = name(workstation);
  // Old clients put their values where others have a version.
  auto const first = std::min({domain.offset, user.offset, workstation.offset});
  if (in && first >= 72) ntlm.version = read_version(in, ntlm.flags);
  return ntlm;
}

void read_mechanisms(asn1::Element const& list, Security& security) {
  BerReader in(list);
  auto const sequence = in.next();
  if (!sequence || !sequence->is_universal(asn1::sequence)) return;
  BerReader each(*sequence);
  while (auto const element = each.next())
    if (element->is_universal(asn1::object_identifier) && security.count < Security::most_mechanisms)
      security.mechanisms[security.count++] = element->contents;
}

/// The one element within a context tag.
std::optional<asn1::Element> inside(asn1::Element const& tagged) { return BerReader(tagged).next(); }

void read_token(asn1::Element const& choice, Security& security) {
  auto const sequence = inside(choice);
  if (!sequence || !sequence->is_universal(asn1::sequence)) return;
  bool const first = choice.is_context(0);
  security.spnego = true;
  BerReader in(*sequence);
  while (auto const element = in.next()) {
    if (element->is_context(0) && first) {
      read_mechanisms(*element, security);
      continue;
    }
    auto const value = inside(*element);
    if (!value) continue;
    if (element->is_context(0)) {
      if (auto const state = asn1::read_unsigned(value->contents)) security.state = static_cast<std::uint8_t>(*state);
    } else if (element->is_context(1) && !first && value->is_universal(asn1::object_identifier)) {
      security.mechanisms[security.count++] = value->contents;
      if (security.count == Security::most_mechanisms) return;
    } else if (element->is_context(2) && value->is_universal(asn1::octet_string)) {
      security.ntlm = read_ntlm(value->contents);
    }
  }
}

}  // namespace

Security read_security(Bytes blob) {
  Security security;
  if (as_text(blob).starts_with(signature)) {
    security.ntlm = read_ntlm(blob);
    return security;
  }
  BerReader in(blob);
  auto const outer = in.next();
  if (!outer) return security;
  if (outer->is(TagClass::application, 0)) {  // RFC 2743, 3.1: the mechanism's identifier, then its token
    BerReader inner(*outer);
    auto const mechanism = inner.next();
    auto const token = inner.next();
    if (mechanism && mechanism->is_universal(asn1::object_identifier) && token) read_token(*token, security);
  } else if (outer->is_context(0) || outer->is_context(1)) {
    read_token(*outer, security);
  }
  return security;
}

void describe(Security const& security, FieldSink& sink) {
  char text[64];
  for (auto const& mechanism : std::span(security.mechanisms).first(security.count))
    sink.field("smb.spnego.mechanism", asn1::write_oid(mechanism, text));
  if (security.state) sink.field("smb.spnego.state", std::uint64_t{*security.state});
  if (!security.ntlm) return;
  auto const& ntlm = *security.ntlm;
  auto const name = [&](std::string_view field, Name const& value) {
    if (!value.empty()) sink.field(field, value.view());
  };
  sink.field("smb.ntlmssp.message_type", std::uint64_t{ntlm.type});
  sink.field("smb.ntlmssp.flags", std::uint64_t{ntlm.flags});
  switch (ntlm.type) {
    case 1:
      name("smb.ntlmssp.client_domain", ntlm.domain);
      name("smb.ntlmssp.client_workstation", ntlm.workstation);
      break;
    case 2:
      name("smb.ntlmssp.target", ntlm.domain);
      name("smb.ntlmssp.server_name", ntlm.computer);
      name("smb.ntlmssp.server_domain", ntlm.nb_domain);
      name("smb.ntlmssp.server_dns_name", ntlm.dns_computer);
      name("smb.ntlmssp.server_dns_domain", ntlm.dns_domain);
      name("smb.ntlmssp.forest", ntlm.forest);
      break;
    default:
      // All of them empty: nobody says who he is.
      sink.field("smb.ntlmssp.domain", ntlm.domain.view());
      sink.field("smb.ntlmssp.user", ntlm.user.view());
      sink.field("smb.ntlmssp.workstation", ntlm.workstation.view());
  }
  if (!ntlm.version) return;
  text::Fixed<32> version;
  version.put("Windows ");
  version.put_number(ntlm.version->major);
  version.put('.');
  version.put_number(ntlm.version->minor);
  version.put('.');
  version.put_number(ntlm.version->build);
  sink.field("smb.ntlmssp.major", std::uint64_t{ntlm.version->major});
  sink.field("smb.ntlmssp.minor", std::uint64_t{ntlm.version->minor});
  sink.field("smb.ntlmssp.build", std::uint64_t{ntlm.version->build});
  // Others than Windows say nothing but its version, without a build.
  if (ntlm.version->build != 0) sink.field("smb.ntlmssp.system", version.view());
}

}  // namespace greywatch::agent::smb
