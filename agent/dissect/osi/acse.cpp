#include "agent/dissect/osi/acse.hpp"

namespace greywatch::agent::osi {

namespace {

using asn1::BerReader;
using asn1::Element;
using asn1::TagClass;

/// The fields of an Acse, whose tags differ from APDU to APDU. X.227, 9.1.
enum class Field : std::uint8_t {
  none,
  context_name,
  called_title,
  called_qualifier,
  calling_title,
  calling_qualifier,
  responding_title,
  responding_qualifier,
  result,
  diagnostic,
  mechanism,
  authentication,
  reason,
  user_information
};

struct Row {
  Apdu apdu;
  std::uint32_t tag;
  Field field;
};

constexpr Row rows[] = {
    {Apdu::aarq, 1, Field::context_name},
    {Apdu::aarq, 2, Field::called_title},
    {Apdu::aarq, 3, Field::called_qualifier},
    {Apdu::aarq, 6, Field::calling_title},
    {Apdu::aarq, 7, Field::calling_qualifier},
    {Apdu::aarq, 11, Field::mechanism},
    {Apdu::aarq, 12, Field::authentication},
    {Apdu::aarq, 30, Field::user_information},
    {Apdu::aare, 1, Field::context_name},
    {Apdu::aare, 2, Field::result},
    {Apdu::aare, 3, Field::diagnostic},
    {Apdu::aare, 4, Field::responding_title},
    {Apdu::aare, 5, Field::responding_qualifier},
    {Apdu::aare, 9, Field::mechanism},
    {Apdu::aare, 10, Field::authentication},
    {Apdu::aare, 30, Field::user_information},
    {Apdu::rlrq, 0, Field::reason},
    {Apdu::rlrq, 30, Field::user_information},
    {Apdu::rlre, 0, Field::reason},
    {Apdu::rlre, 30, Field::user_information},
    {Apdu::abrt, 0, Field::reason},
    {Apdu::abrt, 30, Field::user_information},
};

Field field_of(Apdu apdu, std::uint32_t tag) {
  for (auto const& row : rows)
    if (row.apdu == apdu && row.tag == tag) return row.field;
  return Field::none;
}

/// What an explicit tag holds; the element itself where the tag is implicit.
Element inner(Element const& outer) {
  if (!outer.constructed) return outer;
  return BerReader(outer).next().value_or(Element{.offset = outer.offset});
}

Bytes oid(Element const& outer) {
  auto const element = inner(outer);
  return !outer.constructed || element.is_universal(asn1::object_identifier) ? element.contents : Bytes{};
}

std::optional<std::uint32_t> number(Element const& outer) {
  auto const value = asn1::read_unsigned(inner(outer).contents);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

void read_authentication(Element const& outer, Acse& acse) {
  constexpr std::string_view forms[] = {"charstring", "bitstring", "external", "other"};
  auto const value = inner(outer);
  acse.authentication =
      value.tag_class == TagClass::context && value.tag < std::size(forms) ? forms[value.tag] : "unknown";
  acse.authentication_octets = value.contents.size();
}

/// User information ::= SEQUENCE OF EXTERNAL: the first one. X.690, 8.18.
void read_user_information(Element const& list, Acse& acse) {
  auto const external = inner(list);
  BerReader in(external);
  while (auto const part = in.next()) {
    if (part->is_universal(asn1::integer))
      acse.user_context = static_cast<std::uint32_t>(asn1::read_unsigned(part->contents).value_or(0));
    if (part->tag_class != TagClass::context) continue;
    acse.user_data = part->contents;
    acse.offset = part->offset;
  }
}

void take(Field field, Element const& element, Acse& acse) {
  switch (field) {
    case Field::none:
      return;
    case Field::context_name:
      acse.context_name = oid(element);
      return;
    case Field::called_title:
      acse.called.ap_title = oid(element);
      return;
    case Field::called_qualifier:
      acse.called.ae_qualifier = asn1::read_signed(inner(element).contents);
      return;
    case Field::calling_title:
      acse.calling.ap_title = oid(element);
      return;
    case Field::calling_qualifier:
      acse.calling.ae_qualifier = asn1::read_signed(inner(element).contents);
      return;
    case Field::responding_title:
      acse.responding.ap_title = oid(element);
      return;
    case Field::responding_qualifier:
      acse.responding.ae_qualifier = asn1::read_signed(inner(element).contents);
      return;
    case Field::result:
      acse.result = number(element);
      return;
    case Field::diagnostic: {
      auto const source = inner(element);
      acse.diagnostic_source = static_cast<std::uint8_t>(source.tag);
      acse.diagnostic = number(source);
      return;
    }
    case Field::mechanism:
      acse.mechanism = oid(element);
      return;
    case Field::authentication:
      read_authentication(element, acse);
      return;
    case Field::reason:
      acse.reason = number(element);
      return;
    case Field::user_information:
      read_user_information(element, acse);
      return;
  }
}

}  // namespace

Result<Acse> read_acse(Element const& apdu) {
  if (apdu.tag_class != TagClass::application || apdu.tag > static_cast<std::uint32_t>(Apdu::abrt))
    return fail({Defect::bad_value, apdu.offset, "acse"});
  Acse acse{.kind = static_cast<Apdu>(apdu.tag)};
  BerReader in(apdu);
  while (auto const element = in.next())
    if (element->tag_class == TagClass::context) take(field_of(acse.kind, element->tag), *element, acse);
  if (in.failed()) return fail(in.error("acse"));
  return acse;
}

}  // namespace greywatch::agent::osi
