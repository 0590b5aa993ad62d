#include "agent/dissect/dhcp/dhcp.hpp"

#include "agent/dissect/dhcp/message.hpp"

namespace greywatch::agent::dhcp {
namespace {

/// The cookie at its place, behind a header that makes sense, is proof.
Likeness probe(Bytes octets, Direction) {
  Message message;
  if (!read_message(octets, message)) return Likeness::no;
  if (message.hardware_type == 0 || message.hardware_type > 38 || message.hops > 16) return Likeness::no;
  auto const type = static_cast<std::uint8_t>(message.type);
  return type >= 1 && type <= greatest_type ? Likeness::certain : Likeness::plausible;
}

void classify(Message const& message, Observation& observation, Emitter& emitter) {
  observation.code = static_cast<std::uint32_t>(message.type);
  observation.operation = Operation::session;
  observation.role = message.op == 1 ? Role::request : Role::response;
  switch (message.type) {
    case MessageType::offer:
    case MessageType::ack:
      observation.status = Status::ok;
      break;
    case MessageType::nak:
      observation.status = Status::refused;
      break;
    case MessageType::force_renew:
      observation.operation = Operation::configure;
      observation.role = Role::unsolicited;
      break;
    case MessageType::lease_query:
    case MessageType::bulk_lease_query:
    case MessageType::active_lease_query:
      observation.operation = Operation::read;
      break;
    default:
      if (observation.code > greatest_type) emitter.unknown("message_type", observation.code);
      if (observation.role == Role::response) observation.status = Status::ok;
  }
  for (auto const address : {message.requested, message.your, message.client}) {
    if (address.empty() || is_zero(address)) continue;
    observation.target = {.object = Reader(address).be32(), .count = 1};
    return;
  }
}

void read(Bytes datagram, Direction, void*, Emitter& emitter) {
  auto observation = emitter.begin();
  Message message;
  auto const done = read_message(datagram, message);
  observation.octets = datagram;
  if (done) {
    classify(message, observation, emitter);
  } else {
    observation.code = static_cast<std::uint32_t>(message.type);
    observation.role = message.op == 2 ? Role::response : Role::request;
    observation.malformed = &done.error();
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

constexpr std::uint16_t ports[] = {67, 68};

}  // namespace

Dissector const dissector{
    .name = "dhcp",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = 0,
    .most = 65507,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = nullptr,
    .habit = Habit::peers,
    .words = {.code = "message type", .object = "address", .objects = "addresses"},
};

}  // namespace greywatch::agent::dhcp
