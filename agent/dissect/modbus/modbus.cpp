#include "agent/dissect/modbus/modbus.hpp"

#include "agent/dissect/modbus/fields.hpp"
#include "agent/dissect/modbus/umas.hpp"
#include "agent/dissect/violations.hpp"

namespace greywatch::agent::modbus {

namespace {

class Violations : public ViolationList<4> {
 public:
  void expect(std::int64_t expected, std::int64_t actual, std::string_view code, std::string_view field) {
    if (expected != actual) add({code, field, expected, actual});
  }
};

/// The values of a read must be as many as were asked for, an echo must repeat its request. V1.1b3, 6.
void compare(Pdu const& pdu, Pending const& request, Violations& violations) {
  violations.expect(request.function, pdu.function, "modbus.response.function_mismatch", "modbus.function_code");
  if (pdu.exception != 0 || request.function != pdu.function) return;
  int expected = pdu.data;
  if (pdu.function <= 2) expected = (request.count + 7) / 8;
  if (pdu.function == 3 || pdu.function == 4) expected = request.count * 2;
  if (pdu.function == 23) expected = request.high * 2;
  violations.expect(expected, pdu.data, "modbus.response.length_mismatch", "modbus.byte_count");
  if (pdu.function == 5) {
    violations.expect(request.high, pdu.value.value_or(0), "modbus.response.value_mismatch", "modbus.output_value");
  }
  if (pdu.function == 6) {
    violations.expect(request.high, pdu.value.value_or(0), "modbus.response.value_mismatch",
                      "modbus.written_register_value");
  }
  if (pdu.count != 0) {
    violations.expect(request.object(), pdu.object, "modbus.response.reference_mismatch", "modbus.reference_number");
    violations.expect(request.count, pdu.count, "modbus.response.reference_mismatch", "modbus.quantity");
  }
}

Status status_of(Pdu const& pdu, bool response, Emitter& emitter) {
  if (pdu.malformed) return Status::malformed;
  if (!response) return Status::none;
  if (pdu.exception == 0) return Status::ok;
  auto const* const row = find_exception(pdu.exception);
  if (row == nullptr) emitter.unknown("exception_code", pdu.exception);
  return row == nullptr ? Status::failed : row->status;
}

/// What is done, where the function code alone does not tell it.
void look_closer(Pdu const& pdu, Message const& message, Observation& observation, Emitter& emitter) {
  if (pdu.function == umas_code) return classify_umas(pdu, message, observation, emitter);
  if (pdu.exception != 0) return;
  if (pdu.function == 8) {
    auto const* const diagnostic = find_diagnostic(pdu.subcode);
    if (diagnostic == nullptr) emitter.unknown("sub_function", pdu.subcode);
    if (diagnostic != nullptr && diagnostic->controls) observation.operation = Operation::control;
  } else if (pdu.subcode != mei_device_identification) {
    if (pdu.subcode != mei_canopen) emitter.unknown("mei_type", pdu.subcode);
    observation.operation = Operation::other;
  }
}

void classify(Pdu const& pdu, Message const& message, Observation& observation, Emitter& emitter) {
  auto const* const row = find_function(pdu.function);
  if (row == nullptr) {
    emitter.unknown("function_code", pdu.function);
    return;
  }
  observation.operation = row->operation;
  if (row->by_subcode) look_closer(pdu, message, observation, emitter);
}

/// Reads a message, refused in the role that the session expects, in the other one, if only that one's rules are
/// obeyed. Exceptions are responses, however broken.
void reconsider(Pdu& pdu, Bytes adu, bool& response, Session& session) {
  auto const turned = read_pdu(adu, !response);
  bool const exception = adu.size() > mbap_octets && (adu[mbap_octets] & 0x80) != 0;
  if (turned.malformed && (response || !exception)) return;
  session.vote(false);
  response = !response;
  pdu = turned;
}

void read(Bytes adu, Direction way, void* session_octets, Emitter& emitter) {
  auto& session = *static_cast<Session*>(session_octets);
  auto observation = emitter.begin();
  session.begin(observation.flow);

  Message message{.adu = adu, .response = session.is_response(way)};
  auto pdu = read_pdu(adu, message.response);
  if (pdu.malformed) {
    reconsider(pdu, adu, message.response, session);
  } else if (!pdu.either) {
    session.vote(true);
  }
  auto const& mbap = pdu.mbap;

  Violations violations;
  auto& target = observation.target;
  target.unit = mbap.unit;
  target.object = pdu.object;
  target.count = pdu.count;
  if (!message.response) {
    session.request(mbap, pdu);
  } else {
    auto const complete = session.complete();
    session.respond(mbap, pdu.function, message.answered);
    if (message.answered) {
      if (!pdu.malformed) compare(pdu, *message.answered, violations);
      target.object = message.answered->object();
      target.count = message.answered->count;
    } else if (complete) {
      violations.add(
          {"modbus.response.unsolicited", "modbus.transaction_id", session.last_transaction(), mbap.transaction});
    }
  }

  observation.role = message.response ? Role::response : Role::request;
  observation.code = pdu.function;
  observation.subcode = pdu.subcode;
  if (pdu.value) observation.value = *pdu.value;
  observation.status = status_of(pdu, message.response, emitter);
  classify(pdu, message, observation, emitter);
  observation.violations = violations.all();
  observation.malformed = pdu.malformed ? &*pdu.malformed : nullptr;
  observation.octets = adu;
  observation.describe = describe;
  observation.message = &message;
  if (pdu.padded) emitter.tolerated("padding");
  emitter.emit(observation);
}

void gap(Direction, void* session) { static_cast<Session*>(session)->gap(); }

constexpr Rule rules[] = {
    {"modbus.response.function_mismatch", FindingClass::access, "T0830", "T1692.002"},
    {"modbus.response.length_mismatch", FindingClass::access, "T0830", "T1692.002"},
    {"modbus.response.reference_mismatch", FindingClass::access, "T0830", "T1692.002"},
    {"modbus.response.value_mismatch", FindingClass::access, "T0830", "T1692.002"},
    {"modbus.response.unsolicited", FindingClass::access, "T0830", "T1692.002"},
};

constexpr std::uint16_t ports[] = {502};

}  // namespace

Dissector const dissector{
    .name = "modbus",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = 6 + most_umas_length,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .words = {.code = "function", .object = "address", .objects = "addresses"},
    .rules = rules,
};

}  // namespace greywatch::agent::modbus
