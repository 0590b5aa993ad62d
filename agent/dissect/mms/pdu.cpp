#include "agent/dissect/mms/pdu.hpp"

#include <bit>

#include "agent/dissect/mms/initiate.hpp"
#include "agent/dissect/mms/types.hpp"
#include "agent/dissect/mms/value.hpp"

namespace greywatch::agent::mms {

namespace {

using asn1::BerReader;
using asn1::Element;
using asn1::TagClass;

constexpr Member reject_members[] = {
    integer(ctx(0), "mms.original_invoke_id", Part::invoke_id),
    integer(ctx(1), "mms.reject.confirmed_request_pdu", Part::rejection),
    integer(ctx(2), "mms.reject.confirmed_response_pdu", Part::rejection),
    integer(ctx(3), "mms.reject.confirmed_error_pdu", Part::rejection),
    integer(ctx(4), "mms.reject.unconfirmed_pdu", Part::rejection),
    integer(ctx(5), "mms.reject.pdu_error", Part::rejection),
    integer(ctx(6), "mms.reject.cancel_request_pdu", Part::rejection),
    integer(ctx(7), "mms.reject.cancel_response_pdu", Part::rejection),
    integer(ctx(8), "mms.reject.cancel_error_pdu", Part::rejection),
    integer(ctx(9), "mms.reject.conclude_request_pdu", Part::rejection),
    integer(ctx(10), "mms.reject.conclude_response_pdu", Part::rejection),
    integer(ctx(11), "mms.reject.conclude_error_pdu", Part::rejection),
};
constexpr Type reject{reject_members};
constexpr Member cancel_error_members[] = {
    integer(ctx(0), "mms.original_invoke_id", Part::invoke_id),
    group(ctx(1), service_error),
};
constexpr Type cancel_error{cancel_error_members};

constexpr Member cancelled = integer({}, "mms.original_invoke_id", Part::invoke_id);
constexpr Member error = as_group(service_error);
constexpr Member shapes[pdu_kinds] = {
    {},
    {},
    {},
    {},
    as_group(reject),
    cancelled,
    cancelled,
    as_group(cancel_error),
    as_group(initiate_request),
    as_group(initiate_response),
    error,
    as_null(),
    as_null(),
    error,
};

/// Gathers the facts.
class Gatherer final : public Visitor {
 public:
  explicit Gatherer(Facts& facts) : facts_(facts) {}

  void enter(Member const& member, Element const& element) override {
    if (member.part == Part::datum) take_datum(element);
    if (member.part == Part::datum) ++depth_;
    if (member.part == Part::values) facts_.values = element;
    if (member.part == Part::results) facts_.results = element;
    writing_ = writing_ || member.part == Part::values;
  }
  void leave(Member const& member) override {
    if (member.part == Part::datum) --depth_;
    if (member.part == Part::values) writing_ = false;
  }
  void value(Member const& member, Element const& element) override {
    switch (member.part) {
      case Part::none:
      case Part::values:
      case Part::results:
        return;
      case Part::domain:
        if (facts_.names == 0) facts_.domain = as_text(element.contents);
        return;
      case Part::item:
        if (facts_.names++ == 0) facts_.item = as_text(element.contents);
        return;
      case Part::datum:
        take_datum(element);
        if (writing_ && !facts_.value) facts_.value = number(member.kind, element.contents);
        return;
      case Part::success:
        ++facts_.successes;
        return;
      case Part::failure:
        if (facts_.failures++ == 0) facts_.first_failure = asn1::read_signed(element.contents);
        return;
      case Part::error:
        facts_.error_class = element.tag;
        facts_.error_code = asn1::read_signed(element.contents).value_or(0);
        return;
      case Part::rejection:
        facts_.rejected = element.tag;
        facts_.reject_reason = asn1::read_signed(element.contents).value_or(0);
        return;
      case Part::object_class:
        facts_.object_class = asn1::read_signed(element.contents);
        return;
      case Part::invoke_id:
        facts_.original_invoke_id = static_cast<std::uint32_t>(asn1::read_signed(element.contents).value_or(0));
        return;
    }
  }
  void unknown(Element const& element) override {
    if (!facts_.unknown_element) facts_.unknown_element = element.tag;
  }

 private:
  void take_datum(Element const& element) {
    if (depth_ != 0) return;
    if (!writing_) ++facts_.successes;
    if (!facts_.first_datum) facts_.first_datum = element;
  }

  Facts& facts_;
  int depth_ = 0;
  bool writing_ = false;
};

/// The invoke identifier in front; of an error it has a tag of its own.
bool take_invoke_id(std::optional<Element> const& element, Pdu& pdu) {
  if (!element) return false;
  auto const id = asn1::read_unsigned(element->contents);
  if (!id) return false;
  pdu.invoke_id = static_cast<std::uint32_t>(*id);
  return true;
}

void take_service(Element const& element, Pdu& pdu) {
  pdu.service_tag = element.tag;
  pdu.body = element;
  if (pdu.is(PduKind::unconfirmed)) {
    pdu.unconfirmed = find_unconfirmed(element.tag);
    if (pdu.unconfirmed) pdu.shape = &pdu.unconfirmed->body;
    return;
  }
  pdu.service = find_service(element.tag);
  if (!pdu.service) return;
  pdu.shape = pdu.is(PduKind::confirmed_request) ? &pdu.service->request : &pdu.service->response;
  if (element.tag == additional_service)
    if (auto const inside = BerReader(element).next()) pdu.additional = inside->tag;
}

void read_error(BerReader& in, Pdu& pdu) {
  if (!take_invoke_id(in.next_if(TagClass::context, 0), pdu)) {
    pdu.malformed =
        in.failed() ? in.error("mms.invoke_id") : Malformed{Defect::bad_value, pdu.body.offset, "mms.invoke_id"};
    return;
  }
  in.next_if(TagClass::context, 1);
  auto const why = in.next_if(TagClass::context, 2);
  if (!why) {
    pdu.malformed =
        in.failed() ? in.error("mms.error_class") : Malformed{Defect::truncated, pdu.body.offset, "mms.error_class"};
    return;
  }
  pdu.body = *why;
  pdu.shape = &error;
}

void read_body(BerReader& in, Pdu& pdu) {
  auto const missing = [&](std::string_view field) {
    pdu.malformed = in.failed() ? in.error(field) : Malformed{Defect::truncated, pdu.body.offset, field};
  };
  if (!pdu.is(PduKind::unconfirmed) && !take_invoke_id(in.next_if(TagClass::universal, asn1::integer), pdu))
    return missing("mms.invoke_id");
  if (pdu.is(PduKind::confirmed_request)) pdu.modifiers = in.next_if(TagClass::universal, asn1::sequence);
  auto const service = in.next();
  if (!service || service->tag_class != TagClass::context) return missing("mms.service");
  take_service(*service, pdu);
  while (in.next()) {
  }
  if (in.failed()) pdu.malformed = in.error("mms.pdu");
}

}  // namespace

constinit Member const modifier_list = as_list("mms.list_of_modifier", modifiers);

Pdu read_pdu(Element const& element) {
  Pdu pdu{
      .tag = element.tag, .known = element.tag_class == TagClass::context && element.tag < pdu_kinds, .body = element};
  if (!pdu.known) {
    if (element.tag_class != TagClass::context) pdu.malformed = Malformed{Defect::bad_value, element.offset, "mms.pdu"};
    return pdu;
  }
  BerReader in(element);
  switch (pdu.kind()) {
    case PduKind::confirmed_request:
    case PduKind::confirmed_response:
    case PduKind::unconfirmed:
      read_body(in, pdu);
      break;
    case PduKind::confirmed_error:
      read_error(in, pdu);
      break;
    default:
      pdu.shape = &shapes[pdu.tag];
  }
  if (pdu.malformed || !pdu.shape) return pdu;
  Gatherer gatherer(pdu.facts);
  pdu.malformed = walk(*pdu.shape, pdu.body, gatherer);
  return pdu;
}

}  // namespace greywatch::agent::mms
