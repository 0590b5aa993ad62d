#include "agent/dissect/modbus/modbus.hpp"

#include <array>

#include "agent/dissect/modbus/fields.hpp"

namespace greywatch::agent::modbus {

namespace {

/// Rules between a response and its request.
class Violations {
 public:
  void expect(std::int64_t expected, std::int64_t actual, std::string_view code, std::string_view field) {
    if (expected != actual) add({code, field, expected, actual});
  }
  void add(Violation const& violation) {
    if (count_ < found_.size()) found_[count_++] = violation;
  }
  std::span<Violation const> all() const { return std::span(found_).first(count_); }

 private:
  std::array<Violation, 4> found_{};
  std::size_t count_ = 0;
};

/// The values of a read must be as many as were asked for, an echo must repeat its request. V1.1b3, 6.
void compare(Pdu const& pdu, Pending const& request, Violations& violations) {
  violations.expect(request.function, pdu.function, "modbus.response.function_mismatch", "modbus.function_code");
  if (pdu.exception != 0 || request.function != pdu.function) return;
  switch (pdu.function) {
    case 1:
    case 2:
      violations.expect((request.count + 7) / 8, pdu.data, "modbus.response.length_mismatch", "modbus.byte_count");
      break;
    case 3:
    case 4:
      violations.expect(request.count * 2, pdu.data, "modbus.response.length_mismatch", "modbus.byte_count");
      break;
    case 23:
      violations.expect(request.high * 2, pdu.data, "modbus.response.length_mismatch", "modbus.byte_count");
      break;
    case 5:
      violations.expect(request.high, pdu.value.value_or(0), "modbus.response.value_mismatch", "modbus.output_value");
      break;
    case 6:
      violations.expect(request.high, pdu.value.value_or(0), "modbus.response.value_mismatch",
                        "modbus.written_register_value");
      break;
    default:
      break;
  }
  if (pdu.count != 0 && pdu.function != 21) {
    violations.expect(request.low, pdu.object, "modbus.response.reference_mismatch", "modbus.reference_number");
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

Operation operation_of(Pdu const& pdu, Emitter& emitter) {
  auto const* const row = find_function(pdu.function);
  if (row == nullptr) {
    emitter.unknown("function_code", pdu.function);
    return Operation::other;
  }
  if (pdu.exception != 0) return row->operation;
  if (pdu.function == 8) {
    auto const* const diagnostic = find_diagnostic(pdu.subcode);
    if (diagnostic == nullptr) emitter.unknown("sub_function", pdu.subcode);
    if (diagnostic != nullptr && diagnostic->controls) return Operation::control;
  }
  if (pdu.function == 43 && pdu.subcode != mei_device_identification) {
    if (pdu.subcode != mei_canopen) emitter.unknown("mei_type", pdu.subcode);
    return Operation::other;
  }
  return row->operation;
}

/// In the role that the session expects or, where only the other one obeys the rules, in that one. Exceptions are
/// responses, however broken.
Pdu read_in_role(Bytes adu, bool& response, Session& session) {
  auto pdu = read_pdu(adu, response);
  if (!pdu.malformed) {
    if (!pdu.either) session.vote(true);
    return pdu;
  }
  auto turned = read_pdu(adu, !response);
  bool const exception = adu.size() > mbap_octets && (adu[mbap_octets] & 0x80) != 0;
  if (turned.malformed && (response || !exception)) return pdu;
  session.vote(false);
  response = !response;
  return turned;
}

void read(Bytes adu, Direction way, void* session_octets, Emitter& emitter) {
  auto& session = *static_cast<Session*>(session_octets);
  auto observation = emitter.begin();
  session.begin(observation.flow);

  Message message{.adu = adu, .response = session.is_response(way)};
  auto const pdu = read_in_role(adu, message.response, session);
  Reader in(adu);
  auto const mbap = read_mbap(in);

  Violations violations;
  Target target{.unit = mbap.unit, .object = pdu.object, .count = pdu.count};
  if (!message.response) {
    session.request(mbap, pdu);
  } else if (auto const complete = session.complete(); (message.answered = session.respond(mbap, pdu.function))) {
    if (!pdu.malformed) compare(pdu, *message.answered, violations);
    target.object = message.answered->object();
    target.count = message.answered->count;
  } else if (complete) {
    violations.add(
        {"modbus.response.unsolicited", "modbus.transaction_id", session.last_transaction(), mbap.transaction});
  }

  observation.operation = operation_of(pdu, emitter);
  observation.role = message.response ? Role::response : Role::request;
  observation.code = pdu.function;
  observation.subcode = pdu.subcode;
  observation.target = target;
  if (pdu.value) observation.value = *pdu.value;
  observation.status = status_of(pdu, message.response, emitter);
  observation.violations = violations.all();
  observation.malformed = pdu.malformed ? &*pdu.malformed : nullptr;
  observation.octets = adu;
  observation.describe = describe;
  observation.message = &message;
  if (pdu.padded) emitter.tolerated("padding");
  emitter.emit(observation);
}

void gap(Direction, void* session) { static_cast<Session*>(session)->gap(); }

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
};

}  // namespace greywatch::agent::modbus
