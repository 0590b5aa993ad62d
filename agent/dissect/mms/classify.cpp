#include <algorithm>

#include "agent/dissect/mms/message.hpp"
#include "agent/dissect/mms/status.hpp"
#include "agent/dissect/mms/subject.hpp"
#include "agent/dissect/mms/tase2.hpp"
#include "agent/dissect/mms/value.hpp"

namespace greywatch::agent::mms {

namespace {

/// Objects with names become numbers that are the same on every node.
std::uint32_t hash_of(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (char letter : name) hash = (hash ^ static_cast<std::uint8_t>(letter)) * 16777619u;
  return hash & 0x7FFF'FFFF;
}

void append(std::string_view text, Message& message) {
  auto const room = std::min(text.size(), most_name - message.name_octets);
  std::ranges::copy(text.substr(0, room), message.name + message.name_octets);
  message.name_octets += room;
}

void set_target(Message& message, Target& target, std::string_view domain, std::string_view item, std::uint32_t count) {
  append(domain, message);
  if (!domain.empty()) append("/", message);
  append(item, message);
  target.name = message.target_name();
  target.object = hash_of(target.name);
  target.count = count;
}

/// What reads and writes mean by the names of the standards on top.
void take_meaning(Message& message, Subject const& subject, Session& session, Observation& observation) {
  auto const& facts = message.pdu->facts;
  auto const tag = *message.pdu->service_tag;
  bool const write = tag == write_service;
  if (!write && tag != read_service) return;
  if (auto const* object = tase2::find_object(subject.item)) {
    message.tase2_object = object->kind;
    session.set_tase2();
  }
  if (session.tase2()) {
    bool const one = facts.names == 1 && facts.first_datum.has_value();
    bool const integer = one && (facts.first_datum->is_context(5) || facts.first_datum->is_context(6));
    auto const meaning = tase2::meaning_of(subject.item, write, integer, one && facts.first_datum->is_context(7));
    if (!meaning) return;
    observation.operation = meaning->operation;
    message.tase2_action = meaning->action;
    return;
  }
  auto const meaning = iec61850::meaning_of(subject.item, write);
  if (!meaning) return;
  observation.operation = meaning->operation;
  message.control_service = meaning->service;
  bool const control = meaning->operation == Operation::control || meaning->operation == Operation::select;
  if (write && control && subject.datum) message.control = iec61850::read_control(*subject.datum);
}

void classify_request(Message& message, Session& session, Observation& observation, Emitter& emitter) {
  auto const& pdu = *message.pdu;
  auto const& facts = pdu.facts;
  observation.code = *pdu.service_tag;
  observation.subcode = static_cast<std::uint32_t>(facts.object_class.value_or(0));
  observation.operation = pdu.service ? pdu.service->operation : Operation::other;
  if (!pdu.service) emitter.unknown("service", *pdu.service_tag);
  if (pdu.service_tag == additional_service) {
    observation.subcode = pdu.additional;
    auto const* row = find_additional(pdu.additional);
    if (row) observation.operation = row->operation;
    if (!row) emitter.unknown("additional_service", pdu.additional);
  }
  auto const subject = subject_of(pdu);
  if (facts.names != 0) set_target(message, observation.target, subject.domain, subject.item, facts.names);
  if (pdu.service_tag == write_service) observation.value = facts.value;
  take_meaning(message, subject, session, observation);
  if (message.control) observation.value = number(message.control->ctl_val);
  session.ask({.invoke_id = *pdu.invoke_id,
               .object = static_cast<std::uint32_t>(observation.target.object),
               .count = static_cast<std::uint16_t>(std::min(observation.target.count, 65535u)),
               .service = static_cast<std::uint8_t>(*pdu.service_tag),
               .operation = static_cast<std::uint8_t>(static_cast<unsigned>(observation.operation) & 0x3Fu),
               .way = static_cast<std::uint8_t>(observation.way == Direction::to_server ? 0 : 1),
               .used = 1});
}

/// Takes over from the request what the response does not say.
void take_request(Message const& message, Observation& observation) {
  if (!message.answered) return;
  observation.operation = static_cast<Operation>(message.answered->operation);
  observation.target.object = message.answered->object;
  observation.target.count = message.answered->count;
}

void classify_response(Message const& message, Observation& observation, Emitter& emitter) {
  auto const& pdu = *message.pdu;
  auto const& facts = pdu.facts;
  observation.code = *pdu.service_tag;
  observation.role = Role::response;
  observation.status = Status::ok;
  observation.operation = pdu.service ? pdu.service->operation : Operation::other;
  if (!pdu.service) emitter.unknown("service", *pdu.service_tag);
  take_request(message, observation);
  if (pdu.service_tag == additional_service) observation.subcode = pdu.additional;
  bool const write = pdu.service_tag == write_service;
  if (facts.failures > 0 && (write || facts.successes == 0)) {
    auto const error = facts.first_failure.value_or(0);
    auto const status = status_of_access(error);
    if (!status) emitter.unknown("data_access_error", static_cast<std::uint32_t>(error));
    observation.status = status.value_or(Status::failed);
    observation.subcode = access_subcode + (static_cast<std::uint32_t>(error) & 0xFF);
  }
  // Selecting by reading SBO: the answer is the name of the control object, or nothing.
  bool const selected = pdu.service_tag == read_service && observation.operation == Operation::select;
  if (selected && facts.first_datum && facts.first_datum->is_context(10) && facts.first_datum->contents.empty())
    observation.status = Status::refused;
}

void classify_error(Message const& message, Observation& observation) {
  auto const& facts = message.pdu->facts;
  observation.role = Role::response;
  observation.code = message.answered ? message.answered->service : pdu_code + message.pdu->tag;
  observation.operation = Operation::other;
  take_request(message, observation);
  auto const error_class = facts.error_class.value_or(12);
  observation.status = status_of_error(error_class, facts.error_code);
  observation.subcode = error_class << 8 | (static_cast<std::uint32_t>(facts.error_code) & 0xFF);
}

void classify_report(Message& message, Session& session, Observation& observation) {
  auto const& facts = message.pdu->facts;
  if (facts.item == "RPT" && facts.domain.empty() && facts.results)
    message.report = iec61850::read_report(*facts.results);
  if (message.report) return set_target(message, observation.target, {}, message.report->rpt_id, 1);
  if (facts.item == "LastApplError" && facts.first_datum)
    message.last_appl_error = iec61850::read_last_appl_error(*facts.first_datum);
  if (message.last_appl_error) {
    observation.operation = Operation::control;
    observation.subcode = static_cast<std::uint32_t>(message.last_appl_error->add_cause) & 0xFF;
    observation.status = Status::refused;
    return set_target(message, observation.target, {}, message.last_appl_error->cntrl_obj, 1);
  }
  if (auto const* object = tase2::find_object(facts.item)) {
    message.tase2_object = object->kind;
    session.set_tase2();
  }
  // A command's termination repeats its structure. IEC 61850-8-1, 20.8.
  auto const meaning = iec61850::meaning_of(facts.item, true);
  if (meaning && meaning->operation == Operation::control && facts.first_datum) {
    message.control = iec61850::read_control(*facts.first_datum);
    message.control_service = meaning->service;
    observation.operation = Operation::control;
    observation.status = Status::ok;
  }
  if (facts.names != 0) set_target(message, observation.target, facts.domain, facts.item, facts.names);
}

void classify_unconfirmed(Message& message, Session& session, Observation& observation, Emitter& emitter) {
  auto const& pdu = *message.pdu;
  observation.code = unconfirmed_code + *pdu.service_tag;
  observation.role = Role::unsolicited;
  observation.operation = Operation::report;
  if (!pdu.unconfirmed) emitter.unknown("unconfirmed_service", *pdu.service_tag);
  if (pdu.service_tag == 0u) return classify_report(message, session, observation);
  auto const& facts = pdu.facts;
  if (facts.names != 0) set_target(message, observation.target, facts.domain, facts.item, facts.names);
}

void classify_reject(Message const& message, Observation& observation) {
  auto const& facts = message.pdu->facts;
  observation.role = Role::response;
  observation.operation = Operation::other;
  if (message.answered) observation.code = message.answered->service;
  take_request(message, observation);
  bool const unrecognized = facts.rejected && *facts.rejected <= 4 && facts.reject_reason == 1;
  observation.status = unrecognized ? Status::unsupported : Status::failed;
  observation.subcode =
      reject_subcode + (facts.rejected.value_or(0) << 8) + (static_cast<std::uint32_t>(facts.reject_reason) & 0xFF);
}

void classify_other(Message const& message, Observation& observation) {
  auto const kind = message.pdu->kind();
  observation.operation = Operation::session;
  switch (kind) {
    case PduKind::cancel_request:
      observation.operation = Operation::control;
      return;
    case PduKind::cancel_response:
      observation.operation = Operation::control;
      observation.role = Role::response;
      observation.status = Status::ok;
      return;
    case PduKind::cancel_error:
      observation.operation = Operation::control;
      observation.role = Role::response;
      observation.status = Status::failed;
      return;
    case PduKind::initiate_response:
    case PduKind::conclude_response:
      observation.role = Role::response;
      observation.status = Status::ok;
      return;
    case PduKind::initiate_error:
    case PduKind::conclude_error:
      observation.role = Role::response;
      observation.status = Status::refused;
      return;
    default:
      return;
  }
}

}  // namespace

void classify(Message& message, Session& session, Observation& observation, Emitter& emitter) {
  auto const& pdu = *message.pdu;
  observation.code = pdu_code + pdu.tag;
  if (!pdu.known) {
    emitter.unknown("pdu", pdu.tag);
    return;
  }
  if (pdu.facts.unknown_element) emitter.unknown("element", *pdu.facts.unknown_element);
  switch (pdu.kind()) {
    case PduKind::confirmed_request:
      if (pdu.service_tag) classify_request(message, session, observation, emitter);
      return;
    case PduKind::confirmed_response:
      if (pdu.service_tag) classify_response(message, observation, emitter);
      return;
    case PduKind::confirmed_error:
      return classify_error(message, observation);
    case PduKind::unconfirmed:
      if (pdu.service_tag) classify_unconfirmed(message, session, observation, emitter);
      return;
    case PduKind::reject:
      return classify_reject(message, observation);
    default:
      return classify_other(message, observation);
  }
}

void classify_layers(Stack const& stack, Observation& observation) {
  observation.operation = Operation::session;
  auto const respond = [&](Status status) {
    observation.role = Role::response;
    observation.status = status;
  };
  if (stack.acse) {
    observation.code = acse_code + static_cast<std::uint32_t>(stack.acse->kind);
    if (stack.acse->kind == osi::Apdu::aare)
      respond(stack.acse->result.value_or(0) == 0 ? Status::ok : Status::refused);
    if (stack.acse->kind == osi::Apdu::rlre) respond(Status::ok);
    if (stack.acse->kind == osi::Apdu::abrt) observation.role = Role::unsolicited;
    return;
  }
  if (stack.session) {
    observation.code = session_code + static_cast<std::uint32_t>(stack.session->si);
    switch (stack.session->si) {
      case osi::Spdu::accept:
      case osi::Spdu::disconnect:
        return respond(Status::ok);
      case osi::Spdu::refuse:
      case osi::Spdu::not_finished:
        return respond(Status::refused);
      case osi::Spdu::abort:
      case osi::Spdu::abort_accept:
        observation.role = Role::unsolicited;
        return;
      default:
        return;
    }
  }
  auto const tpdu = stack.transport.cotp.kind();
  observation.code = transport_code + static_cast<std::uint32_t>(tpdu);
  if (tpdu == osi::Tpdu::connection_confirm || tpdu == osi::Tpdu::disconnect_confirm) respond(Status::ok);
  if (tpdu == osi::Tpdu::error) respond(Status::failed);
  if (tpdu == osi::Tpdu::disconnect_request && observation.way == Direction::to_client) respond(Status::refused);
}

}  // namespace greywatch::agent::mms
