#include "agent/dissect/goose/management.hpp"

#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/iec61850/values.hpp"

namespace greywatch::agent::goose {
namespace {

using asn1::BerReader;
using asn1::Element;

constexpr std::uint32_t requests = 1, responses = 2, response_positive = 2, response_negative = 3;

void name_integer(std::string_view name, Bytes contents, FieldSink& sink) {
  if (auto const value = asn1::read_signed(contents)) sink.field(name, *value);
}

/// Of a request: offsets, or references, one after the other.
void name_list(Element const& list, bool offsets, FieldSink& sink) {
  BerReader in(list);
  while (auto const item = in.next()) {
    if (offsets)
      name_integer("goose.management.offset", item->contents, sink);
    else
      sink.field("goose.management.reference", as_text(item->contents));
  }
}

/// RequestResults: an offset, a reference or an error each.
void name_results(Element const& list, FieldSink& sink) {
  BerReader in(list);
  while (auto const item = in.next()) {
    if (item->is_context(0)) name_integer("goose.management.offset", item->contents, sink);
    if (item->is_context(1)) sink.field("goose.management.reference", as_text(item->contents));
    if (item->is_context(2)) name_integer("goose.management.error", item->contents, sink);
  }
}

void describe_request(Management const& said, FieldSink& sink) {
  BerReader in(said.body);
  while (auto const part = in.next()) {
    if (part->is_context(0)) sink.field("goose.management.ident", as_text(part->contents));
    if (part->is_context(1) && part->constructed) name_list(*part, said.service % 2 == 1, sink);
  }
}

void describe_response(Management const& said, FieldSink& sink) {
  BerReader in(said.body);
  while (auto const part = in.next()) {
    if (part->is_context(0)) sink.field("goose.management.ident", as_text(part->contents));
    if (part->is_context(1) && !part->constructed) name_integer("goose.conf_rev", part->contents, sink);
    if (part->is_context(response_negative)) name_integer("goose.management.error", part->contents, sink);
    if (!part->is_context(response_positive) || !part->constructed) continue;
    BerReader positive(*part);
    while (auto const inner = positive.next()) {
      if (inner->is_context(0)) sink.field("goose.dat_set", as_text(inner->contents));
      if (inner->is_context(1) && inner->constructed) name_results(*inner, sink);
    }
  }
}

}  // namespace

Management read_management(Bytes contents, std::size_t offset) {
  Management said;
  BerReader in(contents, offset);
  auto const refuse = [&](std::string_view field) {
    said.malformed = in.failed() ? in.error(field) : Malformed{Defect::bad_value, offset, field};
    return said;
  };
  auto const state = in.next();
  auto const state_id = state && state->is_context(0) ? asn1::read_signed(state->contents) : std::nullopt;
  if (!state_id) return refuse("state_id");
  said.state_id = *state_id;
  auto const wrapped = in.next();
  if (!wrapped || !wrapped->constructed || !(wrapped->is_context(requests) || wrapped->is_context(responses)))
    return refuse("requestResp");
  said.response = wrapped->tag == responses;
  BerReader inside(*wrapped);
  auto const service = inside.next();
  if (!service || service->tag_class != asn1::TagClass::context || (service->tag == 0) != !service->constructed)
    return refuse("service");
  if (service->tag == 0 && !said.response) return refuse("service");
  said.service = service->tag;
  said.body = service->contents;
  if (!said.response) return said;
  said.negative = said.service == 0;
  BerReader body(*service);
  while (auto const part = body.next()) said.negative = said.negative || part->is_context(response_negative);
  return said;
}

void describe(Management const& said, FieldSink& sink) {
  sink.field("goose.management.state_id", said.state_id);
  if (said.malformed) return;
  sink.field("goose.management.response", said.response);
  sink.field("goose.management.service", std::uint64_t{said.service});
  if (said.response)
    describe_response(said, sink);
  else
    describe_request(said, sink);
}

}  // namespace greywatch::agent::goose
