#include "agent/dissect/mms/stack.hpp"

#include <algorithm>

#include "agent/dissect/mms/pdu.hpp"

namespace greywatch::agent::mms {

namespace {

using asn1::BerReader;
using asn1::Element;
using asn1::TagClass;

void take_pdu(Bytes octets, std::size_t offset, Stack& stack) {
  BerReader in(octets, offset);
  auto const element = in.next();
  if (!element) {
    if (!stack.malformed)
      stack.malformed = in.failed() ? in.error("mms.pdu") : Malformed{Defect::truncated, offset, "mms.pdu"};
    return;
  }
  if (stack.pdu_count < stack.pdus.size()) stack.pdus[stack.pdu_count++] = *element;
}

void take_acse(Element const& element, Stack& stack) {
  auto const acse = osi::read_acse(element);
  if (!acse) {
    stack.malformed = acse.error();
    return;
  }
  stack.acse = *acse;
  if (!acse->user_data.empty()) take_pdu(acse->user_data, acse->offset, stack);
}

/// ACSE has tags of class APPLICATION, MMS context-specific ones: that tells them apart midway, too, where the context
/// list was not seen.
void take_value(osi::Pdv const& pdv, Stack& stack) {
  BerReader in(pdv.value, pdv.offset);
  auto const element = in.next();
  if (element && element->tag_class == TagClass::application) return take_acse(*element, stack);
  take_pdu(pdv.value, pdv.offset, stack);
}

}  // namespace

Stack read_stack(Bytes message) {
  Stack stack;
  auto const transport = osi::read_message(message);
  if (!transport) {
    stack.malformed = transport.error();
    return stack;
  }
  stack.transport = *transport;
  auto const tsdu = transport->user_data;
  if (transport->cotp.kind() != osi::Tpdu::data || tsdu.empty()) return stack;
  if (!osi::begins_session(tsdu)) {
    take_pdu(tsdu, transport->offset, stack);
    return stack;
  }
  auto const session = osi::read_session(tsdu, transport->offset);
  if (!session) {
    stack.malformed = session.error();
    return stack;
  }
  stack.session = *session;
  auto const presentation = osi::read_presentation(*session);
  if (!presentation) {
    stack.malformed = presentation.error();
    return stack;
  }
  stack.presentation = *presentation;
  for (auto const& pdv : presentation->all_pdvs()) take_value(pdv, stack);
  return stack;
}

namespace {

/// Identifier and length of an element whose contents need not be there whole.
struct Head {
  std::uint8_t identifier = 0;
  Bytes rest;           ///< what there is of the contents and behind
  bool enough = false;  ///< identifier and length were there
};
Head read_head(Bytes octets) {
  Reader in(octets);
  Head head{.identifier = in.u8()};
  auto const length = in.u8();
  if (length > 0x80) in.skip(length & 0x7Fu);
  head.enough = static_cast<bool>(in);
  head.rest = in ? octets.subspan(in.at()) : Bytes{};
  return head;
}

/// The start of an MMSpdu, by what no other protocol on this transport has at these places: a confirmed PDU has an
/// INTEGER and then the tag of a service, an unconfirmed one the tag of informationReport, …
Likeness like_pdu(Bytes octets) {
  auto const pdu = read_head(octets);
  if (!pdu.enough) return octets.empty() || octets[0] >> 4 == 0xA || octets[0] == 0x8B ? Likeness::more : Likeness::no;
  auto const inside = read_head(pdu.rest);
  if (pdu.identifier == 0x8B || pdu.identifier == 0x8C) return Likeness::plausible;  // conclude, two octets
  if (pdu.identifier < 0xA0 || pdu.identifier > 0xAD) return Likeness::no;
  if (!inside.enough) return Likeness::more;
  switch (static_cast<PduKind>(pdu.identifier & 0x1F)) {
    case PduKind::confirmed_request:
    case PduKind::confirmed_response: {
      if (inside.identifier != asn1::integer || pdu.rest[1] == 0 || pdu.rest[1] > 5) return Likeness::no;
      if (inside.rest.size() < pdu.rest[1] + std::size_t{2}) return Likeness::more;
      auto const behind = inside.rest.subspan(pdu.rest[1]);
      std::uint32_t tag = behind[0] & 0x1Fu;
      if (tag == 0x1F) tag = behind[1];
      bool const service = behind[0] >> 6 == 2 && find_service(tag) != nullptr;
      return service || behind[0] == 0x30 ? Likeness::certain : Likeness::no;
    }
    case PduKind::confirmed_error:
      return inside.identifier == 0x80 ? Likeness::certain : Likeness::no;
    case PduKind::unconfirmed:
      return (inside.identifier & 0xDF) >= 0x80 && (inside.identifier & 0xDF) <= 0x82 ? Likeness::certain
                                                                                      : Likeness::no;
    case PduKind::reject:
      return inside.identifier >= 0x80 && inside.identifier <= 0x8B ? Likeness::plausible : Likeness::no;
    case PduKind::initiate_request:
    case PduKind::initiate_response:
      return inside.identifier == 0x80 || inside.identifier == 0x81 ? Likeness::certain : Likeness::no;
    default:
      return Likeness::plausible;
  }
}

/// The start of presentation user data: [APPLICATION 1], PDV-list, context identifier, single ASN.1 type.
Likeness like_presentation(Bytes octets) {
  auto const data = read_head(octets);
  if (!octets.empty() && octets[0] != 0x61) return Likeness::no;
  auto const list = read_head(data.rest);
  if (!data.enough || !list.enough) return Likeness::more;
  auto const context = read_head(list.rest);
  if (list.identifier != 0x30) return Likeness::no;
  if (!context.enough) return Likeness::more;
  if (context.identifier != asn1::integer || list.rest[1] == 0 || list.rest[1] > 4) return Likeness::no;
  if (context.rest.size() < list.rest[1]) return Likeness::more;
  auto const value = read_head(context.rest.subspan(list.rest[1]));
  if (!value.enough) return Likeness::more;
  if (value.identifier != 0xA0) return Likeness::no;
  if (!value.rest.empty() && value.rest[0] >> 6 == 1) return Likeness::more;  // ACSE: a release or an abort
  return like_pdu(value.rest);
}

/// A connection's start names the abstract syntaxes and the application context: one of ISO 9506 must be among them.
Likeness like_connection(Bytes tsdu, bool whole) {
  constexpr std::uint8_t iso_9506[] = {0x28, 0xCA, 0x22};
  if (!std::ranges::search(tsdu, iso_9506).empty()) return Likeness::certain;
  return whole ? Likeness::no : Likeness::more;
}

Likeness like_tsdu(Bytes tsdu, bool whole) {
  if (tsdu.empty()) return Likeness::more;
  if (!osi::begins_session(tsdu)) return like_pdu(tsdu);
  switch (static_cast<osi::Spdu>(tsdu[0])) {
    case osi::Spdu::connect:
    case osi::Spdu::accept:
      return like_connection(tsdu, whole);
    case osi::Spdu::data_transfer: {
      constexpr std::uint8_t give_and_data[] = {1, 0, 1, 0};
      auto const front = tsdu.first(std::min(tsdu.size(), sizeof give_and_data));
      if (!std::ranges::equal(front, std::span(give_and_data).first(front.size()))) return Likeness::no;
      return front.size() < sizeof give_and_data ? Likeness::more : like_presentation(tsdu.subspan(front.size()));
    }
    default:
      return Likeness::more;
  }
}

}  // namespace

Likeness probe(Bytes octets, Direction) {
  constexpr std::size_t tpkt_octets = 4, data_octets = 3;
  auto const frame = osi::frame(octets);
  if (octets.empty()) return Likeness::more;
  if (frame.verdict == Frame::Verdict::lost) return Likeness::no;
  if (octets.size() < tpkt_octets + data_octets) return Likeness::more;
  if (octets[5] >> 4 != static_cast<int>(osi::Tpdu::data)) {
    bool const known = octets[4] >= 6 && (octets[5] >> 5 == 7 || octets[5] >> 4 == 0xD || octets[5] >> 4 == 8);
    return known ? Likeness::more : Likeness::no;
  }
  if (octets[4] != 2) return Likeness::no;
  std::size_t const length = static_cast<std::size_t>(octets[2]) << 8 | octets[3];
  auto const tsdu = octets.first(std::min(octets.size(), length)).subspan(tpkt_octets + data_octets);
  auto const likeness = like_tsdu(tsdu, length <= octets.size() && (octets[6] & 0x80) != 0);
  if (likeness == Likeness::no || frame.verdict != Frame::Verdict::complete) return likeness;
  // Whole, so it can be read to the end: what is broken there names no flow.
  auto const stack = read_stack(octets.first(frame.length));
  if (stack.malformed) return Likeness::no;
  for (auto const& element : stack.all())
    if (auto const pdu = read_pdu(element); pdu.malformed || !pdu.known) return Likeness::no;
  return likeness;
}

}  // namespace greywatch::agent::mms
