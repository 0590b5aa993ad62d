#include "agent/dissect/osi/presentation.hpp"

#include "agent/dissect/asn1/ber.hpp"

namespace greywatch::agent::osi {

namespace {

using asn1::BerReader;
using asn1::Element;
using asn1::TagClass;

std::uint32_t number(Element const& element) {
  return static_cast<std::uint32_t>(asn1::read_unsigned(element.contents).value_or(0));
}

/// PDV-list ::= SEQUENCE { transfer-syntax-name OPTIONAL, context identifier, values }. X.226, 8.4.2.
std::optional<Malformed> read_pdv(Element const& list, Presentation& out) {
  Pdv pdv;
  BerReader in(list);
  while (auto const part = in.next()) {
    if (part->is_universal(asn1::integer)) pdv.context = number(*part);
    if (part->tag_class != TagClass::context) continue;
    pdv.value = part->contents;
    pdv.offset = part->offset;
  }
  if (in.failed()) return in.error("presentation");
  if (out.pdv_count < out.pdvs.size()) out.pdvs[out.pdv_count++] = pdv;
  return std::nullopt;
}

/// [APPLICATION 1] SEQUENCE OF PDV-list, or [APPLICATION 0] octets whose context goes without saying. X.226, 8.4.
std::optional<Malformed> read_user_data(Element const& data, Presentation& out) {
  if (data.is(TagClass::application, 0)) {
    out.pdvs[0] = {.context = 0, .value = data.contents, .offset = data.offset};
    out.pdv_count = 1;
    return std::nullopt;
  }
  BerReader in(data);
  while (auto const list = in.next())
    if (auto const why = read_pdv(*list, out)) return why;
  if (in.failed()) return in.error("presentation");
  return std::nullopt;
}

void read_contexts(Element const& list, Presentation& out) {
  BerReader in(list);
  while (auto const item = in.next()) {
    if (out.context_count == out.contexts.size()) return;
    auto& context = out.contexts[out.context_count++];
    BerReader parts(*item);
    while (auto const part = parts.next()) {
      if (part->is_universal(asn1::integer)) context.id = number(*part);
      if (part->is_universal(asn1::object_identifier)) context.abstract_syntax = part->contents;
    }
  }
}

void read_results(Element const& list, Presentation& out) {
  BerReader in(list);
  while (auto const item = in.next()) {
    if (out.result_count == out.results.size()) return;
    auto& result = out.results[out.result_count++];
    BerReader parts(*item);
    while (auto const part = parts.next())
      if (part->is_context(0)) result = static_cast<std::uint8_t>(number(*part));
  }
}

/// The normal mode parameters of CP, CPA and CPR, whose tags do not collide. X.226, 8.2.
std::optional<Malformed> read_parameters(Element const& parameters, Presentation& out) {
  BerReader in(parameters);
  while (auto const part = in.next()) {
    if (part->tag_class == TagClass::application) {
      if (auto const why = read_user_data(*part, out)) return why;
      continue;
    }
    if (part->tag_class != TagClass::context) continue;
    switch (part->tag) {
      case 1:
        out.calling_selector = part->contents;
        break;
      case 2:
        out.called_selector = part->contents;
        break;
      case 3:
        out.responding_selector = part->contents;
        break;
      case 4:
        read_contexts(*part, out);
        break;
      case 5:
        read_results(*part, out);
        break;
      case 10:
        out.provider_reason = number(*part);
        break;
      default:
        break;
    }
  }
  if (in.failed()) return in.error("presentation");
  return std::nullopt;
}

std::optional<Malformed> read_connection(Element const& set, Presentation& out) {
  BerReader in(set);
  while (auto const part = in.next()) {
    if (!part->is_context(2)) continue;
    if (auto const why = read_parameters(*part, out)) return why;
  }
  if (in.failed()) return in.error("presentation");
  return std::nullopt;
}

std::optional<Malformed> read_provider_abort(Element const& sequence, Presentation& out) {
  BerReader in(sequence);
  while (auto const part = in.next())
    if (part->is_context(0)) out.provider_reason = number(*part);
  if (in.failed()) return in.error("presentation");
  return std::nullopt;
}

}  // namespace

Result<Presentation> read_presentation(SessionPdu const& session) {
  Presentation out;
  if (session.user_data.empty()) return out;
  BerReader in(session.user_data, session.offset);
  auto const element = in.next();
  if (!element) return fail(in.error("presentation"));
  std::optional<Malformed> why;
  if (element->tag_class == TagClass::application) {
    out.kind = Ppdu::data;
    why = read_user_data(*element, out);
  } else if (element->is_universal(asn1::set)) {
    out.kind = session.si == Spdu::accept ? Ppdu::accept : Ppdu::connect;
    why = read_connection(*element, out);
  } else if (element->is_universal(asn1::sequence) && session.si == Spdu::abort) {
    out.kind = Ppdu::provider_abort;
    why = read_provider_abort(*element, out);
  } else if (element->is_universal(asn1::sequence)) {
    out.kind = Ppdu::reject;
    why = read_parameters(*element, out);
  } else if (element->is_context(0)) {
    out.kind = Ppdu::user_abort;
    why = read_parameters(*element, out);
  } else {
    return fail({Defect::bad_value, session.offset, "presentation"});
  }
  if (why) return fail(*why);
  return out;
}

}  // namespace greywatch::agent::osi
