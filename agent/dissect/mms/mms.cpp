#include "agent/dissect/mms/mms.hpp"

#include <algorithm>

#include "agent/dissect/mms/message.hpp"

namespace greywatch::agent::mms {

namespace {

constexpr std::size_t most_octets = 65536;  ///< what fits the engine's buffer; implementations agree on 65,000

/// The rules that need what was said before. One PDU breaks one of them at most.
std::optional<Violation> judge(Message& message, Session& session, Direction way) {
  auto const& pdu = *message.pdu;
  if (pdu.is(PduKind::initiate_request) || pdu.is(PduKind::initiate_response)) session.set_initiated();
  if (pdu.is(PduKind::confirmed_request) && !session.initiated()) {
    session.set_initiated();  // once a connection
    return Violation{"mms.session.request_before_initiate", "mms.pdu",
                     static_cast<std::int64_t>(PduKind::initiate_request), 0};
  }
  if (pdu.is(PduKind::reject) && pdu.facts.original_invoke_id)
    message.answered = session.answer(*pdu.facts.original_invoke_id, way);
  bool const response = pdu.is(PduKind::confirmed_response) || pdu.is(PduKind::confirmed_error);
  if (!response || !pdu.invoke_id) return std::nullopt;
  bool const complete = session.complete();
  message.answered = session.answer(*pdu.invoke_id, way);
  if (!message.answered) {
    session.unmatched();
    if (!complete) return std::nullopt;
    return Violation{"mms.response.unsolicited", "mms.invoke_id", 0, static_cast<std::int64_t>(*pdu.invoke_id)};
  }
  if (pdu.service_tag && *pdu.service_tag != message.answered->service) {
    auto const expected = message.answered->service;
    message.answered.reset();
    return Violation{"mms.response.service_mismatch", "mms.confirmed_service_response", expected,
                     static_cast<std::int64_t>(*pdu.service_tag)};
  }
  return std::nullopt;
}

/// An association that was refused for want of proof who asks: diagnostics 11 to 14 of acse-service-user. X.227, 9.1.
std::optional<Violation> judge_association(Stack const& stack) {
  if (!stack.acse || stack.acse->kind != osi::Apdu::aare || stack.acse->diagnostic_source != 1) return std::nullopt;
  auto const why = stack.acse->diagnostic.value_or(0);
  if (why < 11 || why > 14) return std::nullopt;
  return Violation{"mms.association.authentication_failed", "mms.acse.diagnostic", 0, static_cast<std::int64_t>(why)};
}

/// Says one PDU of the message, or the layers of one that has none.
void say(Message& message, Bytes octets, Session& session, Emitter& emitter) {
  auto observation = emitter.begin();
  std::optional<Malformed> malformed = message.first ? message.stack->malformed : std::nullopt;
  std::optional<Violation> broken;
  if (message.pdu) {
    if (!malformed) malformed = message.pdu->malformed;
    if (!malformed) broken = judge(message, session, observation.way);
    classify(message, session, observation, emitter);
  } else {
    classify_layers(*message.stack, observation);
  }
  if (malformed) {
    malformed->offset = std::min(malformed->offset, octets.size());
    observation.malformed = &*malformed;
    observation.status = Status::malformed;
  }
  if (!broken && !malformed && message.first) broken = judge_association(*message.stack);
  if (broken) observation.violations = {&*broken, 1};
  observation.octets = octets;
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

void read(Bytes octets, Direction, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto const stack = read_stack(octets);
  session.begin(emitter.begin().flow);
  if (stack.pdu_count == 0) {
    Message message{.stack = &stack};
    return say(message, octets, session, emitter);
  }
  bool first = true;
  for (auto const& element : stack.all()) {
    Message message{.stack = &stack, .first = std::exchange(first, false), .pdu = read_pdu(element)};
    say(message, octets, session, emitter);
  }
}

void gap(Direction, void* memory) { static_cast<Session*>(memory)->gap(); }

constexpr Rule rules[] = {
    {"mms.response.unsolicited", FindingClass::access, "T0830", "T1692.002"},
    {"mms.response.service_mismatch", FindingClass::access, "T0830", "T1692.002"},
    {"mms.session.request_before_initiate", FindingClass::access, "T0848", "T0866"},
    {"mms.association.authentication_failed", FindingClass::access, "T0859", "T0848"},
};

constexpr std::uint16_t ports[] = {102};

}  // namespace

Dissector const dissector{
    .name = "mms",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = most_octets,
    .probe = probe,
    .frame = osi::frame,
    .read = read,
    .gap = gap,
    .words = {.code = "service", .object = "object"},
    .rules = rules,
};

}  // namespace greywatch::agent::mms
