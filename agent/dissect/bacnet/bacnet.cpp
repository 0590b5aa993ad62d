#include "agent/dissect/bacnet/bacnet.hpp"

#include <algorithm>

#include "agent/dissect/bacnet/long_message.hpp"
#include "agent/dissect/bacnet/target.hpp"

namespace greywatch::agent::bacnet {
namespace {

constexpr std::uint32_t unconfirmed_code = 0x100, network_code = 0x200, link_code = 0x300, pdu_code = 0x400;

/// A length that is right in front of parts that are all well-formed is proof.
Likeness probe(Bytes octets, Direction) {
  if (octets.size() < 4 || octets[0] != 0x81 || link_function(octets[1]).empty()) return Likeness::no;
  auto const message = read_message(octets);
  if (!message.link) return Likeness::no;
  bool const carries = !message.link->packet.empty();
  if (carries && !message.network) return Likeness::no;
  if (carries && !message.apdu && !message.network->message_type) return Likeness::no;
  if (message.apdu && message.apdu->service) {
    bool const all = message.is(Kind::unconfirmed_request);
    auto const service = all ? unconfirmed_service(*message.apdu->service) : confirmed_service(*message.apdu->service);
    if (service.name.empty()) return message.states_its_length(octets) ? Likeness::plausible : Likeness::no;
  }
  if (!message.states_its_length(octets)) return message.malformed ? Likeness::no : Likeness::plausible;
  return message.malformed ? Likeness::plausible : Likeness::certain;
}

/// J.2: functions that carry no packet.
void classify_link(Message const& message, Observation& observation, Session& session) {
  auto const& link = *message.link;
  observation.code = link_code + link.function;
  switch (link.function) {
    case 0: {
      observation.operation = Operation::session;
      observation.role = Role::response;
      observation.status = link.result == 0 ? Status::ok : Status::refused;
      auto const asked = session.answer_link();
      if (asked && (*asked == 1 || *asked == 8)) observation.operation = Operation::configure;
      return;
    }
    case 1:  // Write-Broadcast-Distribution-Table
    case 8:  // Delete-Foreign-Device-Table-Entry
      observation.operation = Operation::configure;
      break;
    case 2:
    case 6:
      observation.operation = Operation::read;
      break;
    case 3:
    case 7:
      observation.operation = Operation::read;
      observation.role = Role::response;
      observation.status = Status::ok;
      session.answer_link();
      return;
    case 5:  // Register-Foreign-Device
      observation.operation = Operation::session;
      break;
    default:
      return;
  }
  session.ask_link(link.function);
}

void classify_network(Message const& message, Observation& observation, Emitter& emitter) {
  auto const type = *message.network->message_type;
  observation.code = network_code + type;
  observation.target.unit = unit_of(message.network->destination);
  if (type < 0x80 && network_message(type).empty()) emitter.unknown("network_message", type);
  switch (type) {
    case 0x01:  // I-Am-Router, I-Could-Be-Router, Router-Busy, Router-Available
    case 0x02:
    case 0x04:
    case 0x05:
    case 0x13:  // Network-Number-Is
      observation.role = Role::unsolicited;
      observation.operation = Operation::report;
      return;
    case 0x03:  // Reject-Message-To-Network
      observation.role = Role::response;
      observation.operation = Operation::diagnose;
      observation.status = Status::refused;
      return;
    case 0x06:  // Initialize-Routing-Table; one without ports reads it
      observation.operation =
          message.network->rest.empty() || message.network->rest[0] == 0 ? Operation::read : Operation::configure;
      return;
    case 0x07:
      observation.role = Role::response;
      observation.operation = Operation::read;
      observation.status = Status::ok;
      return;
    case 0x08:  // Establish- and Disconnect-Connection-To-Network
    case 0x09:
      observation.operation = Operation::session;
      return;
    case 0x0E:  // Update-Key-Set, Update-Distribution-Key, Set-Master-Key
    case 0x0F:
    case 0x11:
      observation.operation = Operation::configure;
      return;
    default:
      observation.operation = Operation::diagnose;
  }
}

void pair(Message& message, Observation& observation, Session& session) {
  auto const& apdu = *message.apdu;
  // A segment is acknowledged by who asked, or by who is asked: the answer is still to come.
  bool const from_asked = apdu.kind != Kind::segment_ack && apdu.kind != Kind::abort ? true : apdu.from_server;
  auto const unit = unit_of(from_asked ? message.network->source : message.network->destination);
  // Segments of an answer are acknowledged, the last one too.
  bool const last = apdu.kind != Kind::segment_ack && !apdu.segmented;
  observation.target.unit = unit;
  if (from_asked) {
    message.asked = session.answer(unit, *apdu.invoke_id, observation.way, last);
  } else {
    auto const other = observation.way == Direction::to_server ? Direction::to_client : Direction::to_server;
    message.asked = session.answer(unit, *apdu.invoke_id, other, last);
  }
  observation.role = from_asked ? Role::response : Role::request;
}

void classify_answer(Message const& message, Observation& observation, Emitter& emitter) {
  auto const& apdu = *message.apdu;
  auto const service = message.service();
  observation.code = service ? std::uint32_t{*service} : pdu_code + static_cast<std::uint32_t>(apdu.kind);
  if (service) observation.operation = confirmed_service(*service).operation;
  switch (apdu.kind) {
    case Kind::simple_ack:
      observation.status = Status::ok;
      break;
    case Kind::complex_ack:
      observation.status = message.error_code && message.values == 0
                               ? error_status(message.error_class.value_or(0), *message.error_code)
                               : Status::ok;
      break;
    case Kind::error:
      observation.status = error_status(message.error_class.value_or(0), message.error_code.value_or(0));
      break;
    case Kind::reject:
      observation.status = apdu.reason == 9 ? Status::unsupported : Status::failed;
      if (*apdu.reason < 64 && reject_reason(*apdu.reason).empty()) emitter.unknown("reject_reason", *apdu.reason);
      break;
    case Kind::abort: {
      bool const secured = apdu.reason == 5 || apdu.reason == 6;
      observation.status = secured ? Status::refused : Status::failed;
      if (*apdu.reason < 64 && abort_reason(*apdu.reason).empty()) emitter.unknown("abort_reason", *apdu.reason);
      break;
    }
    default:
      break;
  }
  // Who gives up, or acknowledges segments of an answer, asks for nothing.
  if (observation.role == Role::request) observation.operation = Operation::session;
  if (message.error_code && *message.error_code < first_proprietary_error &&
      error_code_name(*message.error_code).empty())
    emitter.unknown("error_code", *message.error_code);
}

void classify_service(Message& message, Observation& observation, Session& session, Emitter& emitter) {
  auto const& apdu = *message.apdu;
  if (apdu.kind == Kind::confirmed_request) {
    auto const service = confirmed_service(*apdu.service);
    if (service.name.empty()) emitter.unknown("confirmed_service", *apdu.service);
    observation.code = *apdu.service;
    observation.operation = service.operation;
    observation.role = Role::request;
    observation.target.unit = unit_of(message.network->destination);
    observation.subcode = message.subject.state;
    if (!apdu.segmented) session.renew(*apdu.invoke_id);
    if (!apdu.segmented || apdu.sequence_number == 0 || message.segments > 0)
      session.ask({.unit = observation.target.unit,
                   .invoke_id = *apdu.invoke_id,
                   .service = *apdu.service,
                   .from_client = observation.way == Direction::to_server,
                   .subject = message.subject});
    return;
  }
  if (apdu.kind == Kind::unconfirmed_request) {
    auto const service = unconfirmed_service(*apdu.service);
    if (service.name.empty()) emitter.unknown("unconfirmed_service", *apdu.service);
    observation.code = unconfirmed_code + *apdu.service;
    observation.operation = service.operation;
    observation.role =
        service.operation == Operation::report || is_announcement(*apdu.service) ? Role::unsolicited : Role::request;
    observation.target.unit =
        unit_of(observation.role == Role::request ? message.network->destination : message.network->source);
    return;
  }
  if (apdu.kind == Kind::abort) session.renew(*apdu.invoke_id);
  pair(message, observation, session);
  classify_answer(message, observation, emitter);
  if (message.asked) observation.subcode = message.asked->subject.state;
  if (message.asked && !message.subject.has_object) message.subject = message.asked->subject;
}

constexpr std::uint8_t many_passwords = 5;  ///< that are refused in a row are a search

void count_passwords(Message& message, Session& session) {
  constexpr std::uint32_t password_failure = 26;
  auto const service = message.service();
  if (!service || !has_password(*service)) return;
  if (message.is(Kind::simple_ack)) session.accept_password();
  if (message.is(Kind::error) && message.error_code == password_failure)
    message.refused_passwords = session.refuse_password();
}

void read(Bytes datagram, Direction, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto observation = emitter.begin();
  auto message = read_message(datagram);
  observation.role = observation.way == Direction::to_server ? Role::request : Role::response;
  if (message.link) {
    observation.code = link_code + message.link->function;
    if (link_function(message.link->function).empty()) emitter.unknown("link_function", message.link->function);
    if (!message.states_its_length(datagram)) emitter.tolerated("bvlc_length");
    if (message.link->packet.empty()) classify_link(message, observation, session);
  }
  if (message.apdu && message.apdu->segmented && message.states_its_length(datagram))
    put_together(message, observation, session, emitter);
  if (message.unknown_tag) emitter.unknown("parameter_tag", *message.unknown_tag);
  if (message.network && message.network->message_type) {
    classify_network(message, observation, emitter);
  } else if (message.apdu) {
    observation.value = message.value;
    classify_service(message, observation, session, emitter);
  }
  count_passwords(message, session);
  Violation const searched{"bacnet.password.repeated_failures", "bacnet.refused_passwords", 0, many_passwords};
  if (message.refused_passwords == many_passwords) observation.violations = {&searched, 1};
  tell(message, message.segments > 0 ? message.apdu->body : without_secrets(message, datagram), observation, emitter);
}

void gap(Direction, void* memory) { static_cast<Session*>(memory)->gap(); }

void close(Direction way, void* memory, Emitter& emitter) { give_up_all(way, *static_cast<Session*>(memory), emitter); }

constexpr Rule rules[] = {
    {"bacnet.password.repeated_failures", FindingClass::access, "T0859", "T1694.001"},
};

constexpr std::uint16_t ports[] = {47808};

}  // namespace

Dissector const dissector{
    .name = "bacnet",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = sizeof(Session),
    .shared_size = Assembler::most,
    .most = 65507,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = gap,
    .words = {.code = "service", .subcode = "state", .object = "property", .objects = "properties"},
    .rules = rules,
    .close = close,
};

}  // namespace greywatch::agent::bacnet
