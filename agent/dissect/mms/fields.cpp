#include <algorithm>

#include "agent/dissect/mms/message.hpp"
#include "agent/dissect/mms/value.hpp"

namespace greywatch::agent::mms {

namespace {

using asn1::BerReader;
using asn1::Element;

/// Names every value that a walk comes by.
class Teller final : public Visitor {
 public:
  explicit Teller(FieldSink& sink) : sink_(sink) {}

  void enter(Member const& member, Element const& element) override {
    if (member.field.empty() || member.kind == Kind::group) return;
    BerReader in(element);
    if (member.kind == Kind::choice) {
      if (auto const chosen = in.next()) sink_.field(member.field, std::uint64_t{chosen->tag});
      return;
    }
    std::uint64_t count = 0;
    while (in.next()) ++count;
    sink_.field(member.field, count);
  }
  void value(Member const& member, Element const& element) override {
    if (member.field.empty()) return;
    if (member.kind == Kind::inlined) return sink_.field(member.field, std::uint64_t{element.tag});
    tell(member.field, member.kind, element.contents, sink_);
  }

 private:
  FieldSink& sink_;
};

void describe_transport(osi::Cotp const& cotp, FieldSink& sink) {
  sink.field("mms.cotp.tpdu", static_cast<std::uint64_t>(cotp.kind()));
  switch (cotp.kind()) {
    case osi::Tpdu::connection_request:
    case osi::Tpdu::connection_confirm:
      sink.field("mms.cotp.destination_reference", std::uint64_t{cotp.destination});
      sink.field("mms.cotp.source_reference", std::uint64_t{cotp.source});
      sink.field("mms.cotp.class", static_cast<std::uint64_t>(cotp.class_option >> 4));
      if (!cotp.calling_tsap.empty()) tell_octets("mms.cotp.calling_tsap", cotp.calling_tsap, sink);
      if (!cotp.called_tsap.empty()) tell_octets("mms.cotp.called_tsap", cotp.called_tsap, sink);
      return;
    case osi::Tpdu::disconnect_request:
      sink.field("mms.cotp.reason", std::uint64_t{cotp.reason});
      return;
    default:
      return;
  }
}

void describe_session(osi::SessionPdu const& session, FieldSink& sink) {
  sink.field("mms.session.spdu", static_cast<std::uint64_t>(session.si));
  if (!session.calling_selector.empty()) tell_octets("mms.session.calling_selector", session.calling_selector, sink);
  if (!session.called_selector.empty()) tell_octets("mms.session.called_selector", session.called_selector, sink);
  if (session.version != 0) sink.field("mms.session.version", std::uint64_t{session.version});
  if (session.requirements != 0) sink.field("mms.session.requirements", std::uint64_t{session.requirements});
  if (session.reason) sink.field("mms.session.reason", std::uint64_t{*session.reason});
  if (session.transport_disconnect)
    sink.field("mms.session.transport_disconnect", std::uint64_t{*session.transport_disconnect});
}

void describe_presentation(osi::Presentation const& said, FieldSink& sink) {
  if (!said.calling_selector.empty()) tell_octets("mms.presentation.calling_selector", said.calling_selector, sink);
  if (!said.called_selector.empty()) tell_octets("mms.presentation.called_selector", said.called_selector, sink);
  if (!said.responding_selector.empty())
    tell_octets("mms.presentation.responding_selector", said.responding_selector, sink);
  for (auto const& context : said.all_contexts()) {
    sink.field("mms.presentation.context_id", std::uint64_t{context.id});
    tell_oid("mms.presentation.abstract_syntax", context.abstract_syntax, sink);
  }
  for (auto const result : std::span(said.results).first(said.result_count))
    sink.field("mms.presentation.result", std::uint64_t{result});
  if (said.provider_reason) sink.field("mms.presentation.provider_reason", std::uint64_t{*said.provider_reason});
}

void describe_name(osi::ApplicationName const& name, std::string_view title, std::string_view qualifier,
                   FieldSink& sink) {
  tell_oid(title, name.ap_title, sink);
  if (name.ae_qualifier) sink.field(qualifier, *name.ae_qualifier);
}

/// Of authentication only what kind there is: a password stands in its value.
void describe_acse(osi::Acse const& acse, FieldSink& sink) {
  sink.field("mms.acse.apdu", static_cast<std::uint64_t>(acse.kind));
  tell_oid("mms.acse.context_name", acse.context_name, sink);
  describe_name(acse.called, "mms.acse.called_ap_title", "mms.acse.called_ae_qualifier", sink);
  describe_name(acse.calling, "mms.acse.calling_ap_title", "mms.acse.calling_ae_qualifier", sink);
  describe_name(acse.responding, "mms.acse.responding_ap_title", "mms.acse.responding_ae_qualifier", sink);
  if (acse.result) sink.field("mms.acse.result", std::uint64_t{*acse.result});
  if (acse.diagnostic) sink.field("mms.acse.diagnostic", std::uint64_t{*acse.diagnostic});
  if (acse.reason) sink.field("mms.acse.reason", std::uint64_t{*acse.reason});
  tell_oid("mms.acse.mechanism_name", acse.mechanism, sink);
  if (acse.authentication.empty()) return;
  sink.field("mms.acse.authentication", acse.authentication);
  sink.field("mms.acse.authentication_octets", std::uint64_t{acse.authentication_octets});
}

/// What every data message has goes without saying.
void describe_layers(Stack const& stack, FieldSink& sink) {
  if (stack.transport.pieces > 1) sink.field("mms.cotp.pieces", std::uint64_t{stack.transport.pieces});
  if (stack.transport.pieces > 0 && stack.transport.cotp.kind() != osi::Tpdu::data)
    describe_transport(stack.transport.cotp, sink);
  if (stack.session && stack.session->si != osi::Spdu::data_transfer) describe_session(*stack.session, sink);
  if (stack.presentation) describe_presentation(*stack.presentation, sink);
  if (stack.acse) describe_acse(*stack.acse, sink);
}

void describe_pdu(Pdu const& pdu, FieldSink& sink) {
  sink.field("mms.pdu", std::uint64_t{pdu.tag});
  if (pdu.invoke_id) sink.field("mms.invoke_id", std::uint64_t{*pdu.invoke_id});
  if (pdu.service_tag) {
    auto const field = pdu.is(PduKind::confirmed_request)    ? std::string_view("mms.confirmed_service_request")
                       : pdu.is(PduKind::confirmed_response) ? std::string_view("mms.confirmed_service_response")
                                                             : std::string_view("mms.unconfirmed_service");
    sink.field(field, std::uint64_t{*pdu.service_tag});
    if (pdu.service) sink.field("mms.service", pdu.service->name);
    if (pdu.unconfirmed) sink.field("mms.service", pdu.unconfirmed->name);
    if (pdu.service_tag == additional_service && pdu.service)
      if (auto const* row = find_additional(pdu.additional)) sink.field("mms.additional_service", row->name);
  }
  Teller teller(sink);
  if (pdu.modifiers) walk(modifier_list, *pdu.modifiers, teller);
  if (pdu.shape) walk(*pdu.shape, pdu.body, teller);
}

}  // namespace

void describe(void const* pointer, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(pointer);
  if (message.first) describe_layers(*message.stack, sink);
  if (!message.pdu) return;
  describe_pdu(*message.pdu, sink);
  if (message.pdu->is(PduKind::confirmed_error) && message.answered)
    sink.field("mms.answered_service", std::uint64_t{message.answered->service});
  if (!message.control_service.empty()) sink.field("mms.control.service", message.control_service);
  if (message.control) iec61850::describe(*message.control, sink);
  if (message.report) iec61850::describe(*message.report, sink);
  if (message.last_appl_error) iec61850::describe(*message.last_appl_error, sink);
  if (!message.tase2_object.empty()) sink.field("mms.tase2.object", message.tase2_object);
  if (!message.tase2_action.empty()) sink.field("mms.tase2.action", message.tase2_action);
}

}  // namespace greywatch::agent::mms
