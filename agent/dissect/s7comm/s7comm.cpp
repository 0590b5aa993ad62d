#include "agent/dissect/s7comm/s7comm.hpp"

#include <algorithm>

#include "agent/dissect/s7comm/reading.hpp"
#include "agent/dissect/s7comm/tables.hpp"

namespace greywatch::agent::s7comm {
namespace {

constexpr std::uint32_t transport_code = 0x10000;

/// What the front of a stream holds behind its transport header: user data as far as it is there, and how long it is.
Likeness like(Bytes user_data, std::size_t length) {
  if (length == 0 || user_data.empty()) return Likeness::more;
  if (user_data[0] == protocol_id) {
    if (!looks_like_pdu(user_data, length)) return Likeness::no;
    return user_data.size() >= 10 ? Likeness::certain : Likeness::more;
  }
  if (user_data[0] == plus_protocol_id) {
    if (!looks_like_plus(user_data, length)) return Likeness::no;
    return user_data.size() < 8 ? Likeness::more : has_opcode(user_data) ? Likeness::certain : Likeness::plausible;
  }
  return Likeness::no;
}

bool known_tpdu(std::uint8_t code) {
  switch (static_cast<osi::Tpdu>(code >> 4)) {
    case osi::Tpdu::error:
    case osi::Tpdu::disconnect_request:
    case osi::Tpdu::disconnect_confirm:
    case osi::Tpdu::connection_confirm:
    case osi::Tpdu::connection_request:
    case osi::Tpdu::data:
      return true;
    default:
      return false;  // class 0 has no others
  }
}

Likeness probe(Bytes octets, Direction) {
  constexpr std::size_t to_code = 6, data_header = 7;
  auto const frame = osi::frame(octets);
  if (frame.verdict == Frame::Verdict::lost) return Likeness::no;
  if (octets.size() < to_code) return Likeness::more;
  if (!known_tpdu(octets[5])) return Likeness::no;
  if (frame.verdict == Frame::Verdict::complete) {
    auto const message = osi::read_message(octets.first(frame.length));
    if (!message) return Likeness::no;
    if (message->cotp.kind() != osi::Tpdu::data) return Likeness::more;
    return like(message->user_data, message->user_data.size());
  }
  bool const data = static_cast<osi::Tpdu>(octets[5] >> 4) == osi::Tpdu::data;
  if (!data || octets.size() < data_header) return Likeness::more;
  // Cut off: the first TPDU alone tells, where the message is not in several of them.
  std::size_t const whole = std::size_t{octets[2]} << 8 | octets[3], begin = std::size_t{5} + octets[4];
  bool const last = (octets[6] & 0x80) != 0;
  if (begin >= whole || begin >= octets.size()) return Likeness::more;
  auto const user_data = octets.subspan(begin, std::min(octets.size(), whole) - begin);
  if (last) return like(user_data, whole - begin);
  return user_data[0] == protocol_id || user_data[0] == plus_protocol_id ? Likeness::more : Likeness::no;
}

void classify_transport(osi::Cotp const& cotp, Observation& observation) {
  observation.code = transport_code + cotp.code;
  observation.operation = Operation::session;
  switch (cotp.kind()) {
    case osi::Tpdu::connection_confirm:
    case osi::Tpdu::disconnect_confirm:
      observation.role = Role::response;
      observation.status = Status::ok;
      break;
    case osi::Tpdu::error:
    case osi::Tpdu::disconnect_request:
      observation.role = observation.way == Direction::to_server ? Role::request : Role::response;
      break;
    default:
      break;
  }
}

void refuse(Malformed why, std::size_t offset, std::size_t octets, Observation& observation, Malformed& room) {
  room = why;
  room.offset = std::min(why.offset + offset, octets);
  observation.malformed = &room;
  observation.status = Status::malformed;
}

/// A write of several variables is as many commands: no variable hides behind the first one.
void emit_further(Pdu const& pdu, Observation const& first, Emitter& emitter) {
  Reader items(pdu.parameter), data(pdu.data);
  items.skip(1);
  unsigned const count = items.u8();
  for (unsigned i = 0; i < count; ++i) {
    auto const subject = subject_of(read_item(items, i + 1 == count));
    auto const item = read_data_item(data, i + 1 == count);
    if (!items || !data) return;
    if (i == 0) continue;
    Name name;
    auto observation = emitter.begin();
    observation.operation = first.operation;
    observation.role = first.role;
    observation.code = first.code;
    observation.target = {.object = subject.address, .count = subject.count, .name = name_of(subject, name)};
    observation.value = value_of(item, subject.size);
    observation.octets = first.octets;
    observation.describe = describe_object;
    observation.message = &subject;
    emitter.emit(observation);
  }
}

bool writes_several(Pdu const& pdu) {
  return pdu.header.kind() == Rosctr::job && !pdu.malformed &&
         pdu.function == static_cast<std::uint8_t>(Function::write_variable) && pdu.parameter[1] > 1;
}

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto observation = emitter.begin();
  observation.octets = octets;
  observation.describe = describe;
  Message said;
  observation.message = &said;
  Malformed room;
  auto const transport = osi::read_message(octets);
  if (!transport) {
    observation.role = way == Direction::to_server ? Role::request : Role::response;
    observation.describe = nullptr;
    refuse(transport.error(), 0, octets.size(), observation, room);
    return emitter.emit(observation);
  }
  said.transport = *transport;
  auto const user_data = transport->user_data;
  if (transport->cotp.kind() != osi::Tpdu::data) {
    classify_transport(transport->cotp, observation);
    return emitter.emit(observation);
  }
  if (user_data.empty()) return emitter.tolerated("empty_data");  // how S7-1200 acknowledge

  Violations violations;
  Reading reading(session, emitter, said, observation, violations);
  if (user_data[0] == protocol_id) {
    said.pdu = read_pdu(user_data);
    reading.pdu();
    if (said.pdu->malformed) refuse(*said.pdu->malformed, transport->offset, octets.size(), observation, room);
  } else if (user_data[0] == plus_protocol_id) {
    auto& goes_on = session.goes_on[static_cast<std::size_t>(way)];
    said.plus = read_plus(user_data, goes_on);
    if (said.plus->version <= 3) goes_on = !said.plus->malformed && !said.plus->has_trailer;
    reading.plus();
    if (said.plus->malformed) refuse(*said.plus->malformed, transport->offset, octets.size(), observation, room);
  } else {
    observation.role = way == Direction::to_server ? Role::request : Role::response;
    refuse({Defect::bad_value, 0, "protocol_id"}, transport->offset, octets.size(), observation, room);
  }
  if (said.secret) {
    // A password is never kept, not as evidence either.
    auto const open = transport->offset + said.pdu->header.octets();
    observation.octets = octets.first(std::min(open, octets.size()));
    if (observation.malformed) room.offset = std::min(room.offset, observation.octets.size());
  }
  Name name;
  observation.target = {
      .object = said.subject.address, .count = said.subject.count, .name = name_of(said.subject, name)};
  observation.violations = violations.all();
  emitter.emit(observation);
  if (said.pdu && writes_several(*said.pdu)) emit_further(*said.pdu, observation, emitter);
  if (reading.drop_after()) emitter.drop();
}

void gap(Direction way, void* memory) { static_cast<Session*>(memory)->gap(way); }

constexpr Rule rules[] = {
    {"s7comm.response.unsolicited", FindingClass::access, "T0830", "T1692.002"},
    {"s7comm.response.function_mismatch", FindingClass::access, "T0830", "T1692.002"},
    {"s7comm.response.count_mismatch", FindingClass::access, "T0830", "T1692.002"},
    {"s7comm.pdu.longer_than_negotiated", FindingClass::access, "T0866", ""},
};

constexpr std::uint16_t ports[] = {102};

}  // namespace

Dissector const dissector{
    .name = "s7comm",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = 65536,
    .probe = probe,
    .frame = osi::frame,
    .read = read,
    .gap = gap,
    .words = {.code = "function", .object = "item", .objects = "items"},
    .rules = rules,
};

}  // namespace greywatch::agent::s7comm
