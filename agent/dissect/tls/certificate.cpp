#include "agent/dissect/tls/certificate.hpp"

#include <algorithm>

#include "agent/dissect/asn1/ber.hpp"

namespace greywatch::agent::tls {
namespace {

using asn1::BerReader;
using asn1::Element;

constexpr std::uint8_t common_name[] = {0x55, 0x04, 0x03}, organization[] = {0x55, 0x04, 0x0a};
constexpr int most_attributes = 64;

/// The value of an attribute of a Name: a sequence of sets of type and value. X.501.
std::string_view attribute(Element const& name, Bytes type) {
  BerReader sets(name);
  for (int n = 0; n < most_attributes; ++n) {
    auto const set = sets.next();
    if (!set) return {};
    BerReader pairs(*set);
    auto const pair = pairs.next();
    if (!pair) continue;
    BerReader parts(*pair);
    auto const oid = parts.next();
    auto const value = parts.next();
    if (oid && value && std::ranges::equal(oid->contents, type)) return as_text(value->contents);
  }
  return {};
}

/// UTCTime has two digits of the year, before 50 of this century; GeneralizedTime four. RFC 5280, 4.1.2.5.
text::Fixed<24> time_text(Element const& time) {
  text::Fixed<24> out;
  auto digits = time.contents;
  bool const generalized = time.is_universal(asn1::generalized_time);
  std::size_t const expected = generalized ? 15 : 13;
  if (digits.size() != expected || digits.back() != 'Z') return out;
  digits = digits.first(expected - 1);
  if (!std::ranges::all_of(digits, text::is_digit)) return out;
  auto rest = as_text(digits);
  if (!generalized) out.put(rest[0] < '5' ? "20" : "19");
  out.put(rest.substr(0, generalized ? 4 : 2));
  rest.remove_prefix(generalized ? 4 : 2);
  for (auto const* mark : {"-", "-", "T", ":", ":"}) {
    out.put(std::string_view(mark));
    out.put(rest.substr(0, 2));
    rest.remove_prefix(2);
  }
  out.put('Z');
  return out;
}

}  // namespace

std::optional<Certificate> read_certificate(Bytes der) {
  auto const outer = BerReader(der).next();
  if (!outer || !outer->is_universal(asn1::sequence)) return std::nullopt;
  auto const signed_part = BerReader(*outer).next();
  if (!signed_part || !signed_part->is_universal(asn1::sequence)) return std::nullopt;
  BerReader in(*signed_part);
  in.next_if(asn1::TagClass::context, 0);  // version
  auto const serial = in.next();
  auto const algorithm = in.next();
  auto const issuer = in.next();
  auto const validity = in.next();
  auto const subject = in.next();
  if (!serial || !algorithm || !issuer || !validity || !subject) return std::nullopt;
  Certificate certificate{.serial = serial->contents,
                          .issuer_common_name = attribute(*issuer, common_name),
                          .subject_common_name = attribute(*subject, common_name),
                          .subject_organization = attribute(*subject, organization),
                          .not_before = {},
                          .not_after = {}};
  BerReader times(*validity);
  if (auto const from = times.next()) certificate.not_before = time_text(*from);
  if (auto const to = times.next()) certificate.not_after = time_text(*to);
  return certificate;
}

std::optional<Bytes> next_certificate(Bytes& left) {
  Reader in(left);
  auto const der = in.take(in.be24());
  if (!in || left.empty()) return std::nullopt;
  left = in.rest();
  return der;
}

}  // namespace greywatch::agent::tls
