#include "agent/dissect/snmp/snmp.hpp"

#include "agent/dissect/snmp/message.hpp"

namespace greywatch::agent::snmp {
namespace {

constexpr std::uint32_t encrypted_code = 256;

Likeness probe(Bytes octets, Direction) {
  Message message;
  if (octets.size() < 12 || octets[0] != 0x30 || !read_message(octets, message)) return Likeness::no;
  return message.v3 && message.v3->security_model == 0 ? Likeness::plausible : Likeness::certain;
}

/// RFC 3416, 3: error-status.
Status status_of(std::int64_t error) {
  switch (error) {
    case 0:
      return Status::ok;
    case 2:   // noSuchName
    case 11:  // noCreation
    case 18:  // inconsistentName
      return Status::unknown_object;
    case 4:   // readOnly
    case 6:   // noAccess
    case 16:  // authorizationError
    case 17:  // notWritable
      return Status::refused;
    default:
      return Status::failed;
  }
}

void classify(Message const& message, Observation& observation) {
  observation.role = observation.way == Direction::to_server ? Role::request : Role::response;
  if (!message.pdu) {
    observation.code = encrypted_code;
    return;
  }
  observation.code = *message.pdu;
  switch (static_cast<Pdu>(*message.pdu)) {
    case Pdu::get:
    case Pdu::get_next:
    case Pdu::get_bulk:
      observation.operation = Operation::read;
      observation.role = Role::request;
      break;
    case Pdu::set:
      observation.operation = Operation::write;
      observation.role = Role::request;
      break;
    case Pdu::response:
      observation.operation = Operation::read;
      observation.role = Role::response;
      observation.status = message.first_is_missing ? Status::unknown_object : status_of(message.error_status);
      break;
    case Pdu::trap:
    case Pdu::trap2:
      observation.operation = Operation::report;
      observation.role = Role::unsolicited;
      break;
    case Pdu::inform:
      observation.operation = Operation::report;
      observation.role = Role::request;
      break;
    case Pdu::report:
      observation.operation = Operation::session;
      observation.role = Role::response;
      observation.status = Status::failed;
  }
}

void read(Bytes datagram, Direction, void*, Emitter& emitter) {
  auto observation = emitter.begin();
  Message message;
  auto const done = read_message(datagram, message);
  observation.octets = datagram;
  classify(message, observation);
  auto const name = oid_text(message.first);
  if (message.count != 0) observation.target = {.count = message.count, .name = name.view()};
  Malformed why;
  if (!done) {
    why = done.error();
    why.offset = std::min(why.offset, datagram.size());
    observation.malformed = &why;
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

constexpr std::uint16_t ports[] = {161, 162};

}  // namespace

Dissector const dissector{
    .name = "snmp",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = 0,
    .most = 65507,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = nullptr,
    .habit = Habit::peers,
    .words = {.code = "PDU", .object = "name", .objects = "names"},
};

}  // namespace greywatch::agent::snmp
