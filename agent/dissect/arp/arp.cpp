#include "agent/dissect/arp/arp.hpp"

#include <algorithm>
#include <type_traits>

#include "agent/dissect/arp/packet.hpp"

namespace greywatch::agent::arp {
namespace {

/// What one sender said to one receiver. Zeroed octets are a fresh one.
struct Session {
  std::uint8_t told_ip[4], told_mac[6];  ///< what the last packet said of its sender
  std::uint8_t tells;                    ///< both hold
};
static_assert(std::is_trivially_copyable_v<Session>);

bool is_zero(Bytes octets) {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0; });
}

Likeness probe(Bytes octets, Direction) {
  Packet packet;
  bool const whole = read_packet(octets, packet).has_value();
  bool const ethernet = packet.hardware_type == 1 || packet.hardware_type == 6;
  if (!ethernet || packet.protocol_type != 0x0800 || packet.opcode == 0 || packet.opcode > greatest_opcode)
    return Likeness::no;
  // Sizes that lie make the receiver send what stands in its memory behind the packet: that is worth a name, too.
  if (!whole) return packet.opcode <= 4 ? Likeness::plausible : Likeness::no;
  if ((packet.sender_hardware[0] & 1) != 0 || is_zero(packet.sender_hardware)) return Likeness::plausible;
  return packet.opcode <= 4 ? Likeness::certain : Likeness::plausible;
}

std::uint64_t as_number(Bytes octets) {
  std::uint64_t value = 0;
  for (auto octet : octets.first(std::min<std::size_t>(octets.size(), 8))) value = value << 8 | octet;
  return value;
}

void classify(Packet const& packet, Observation& observation, Emitter& emitter) {
  switch (static_cast<Opcode>(packet.opcode)) {
    case Opcode::request:
    case Opcode::reverse_request:
    case Opcode::inverse_request:
      observation.operation = packet.gratuitous() ? Operation::report : Operation::read;
      // Who is asked answers in a flow of its own: an Ethernet flow has one direction.
      observation.role = Role::unsolicited;
      observation.target.object = as_number(packet.target_protocol);
      break;
    case Opcode::reply:
    case Opcode::reverse_reply:
    case Opcode::inverse_reply:
      observation.operation = Operation::report;
      observation.role = packet.gratuitous() ? Role::unsolicited : Role::response;
      observation.status = packet.gratuitous() ? Status::none : Status::ok;
      observation.target.object = as_number(packet.sender_protocol);
      break;
    default:
      if (packet.opcode > greatest_opcode) emitter.unknown("opcode", packet.opcode);
      observation.role = Role::unsolicited;
      return;
  }
  observation.target.count = 1;
}

/// At most two rules can be broken at once.
std::size_t judge(Packet const& packet, Observation const& observation, Session& session, Violation* broken) {
  if (!packet.is_ipv4()) return 0;
  std::size_t count = 0;
  auto const& by = observation.source_mac.octets;
  bool const known = !is_zero(by);
  if (known && !std::ranges::equal(packet.sender_hardware, by))
    broken[count++] = {"arp.sender.other_mac", "arp.sender_mac", static_cast<std::int64_t>(as_number(by)),
                       static_cast<std::int64_t>(as_number(packet.sender_hardware))};
  if (is_zero(packet.sender_protocol)) return count;
  bool const same_ip = std::ranges::equal(packet.sender_protocol, session.told_ip);
  if (session.tells != 0 && same_ip && !std::ranges::equal(packet.sender_hardware, session.told_mac))
    broken[count++] = {"arp.address.moved", "arp.sender_mac", static_cast<std::int64_t>(as_number(session.told_mac)),
                       static_cast<std::int64_t>(as_number(packet.sender_hardware))};
  std::ranges::copy(packet.sender_protocol, session.told_ip);
  std::ranges::copy(packet.sender_hardware, session.told_mac);
  session.tells = 1;
  return count;
}

void read(Bytes frame, Direction, void* memory, Emitter& emitter) {
  auto observation = emitter.begin();
  Packet packet;
  auto const done = read_packet(frame, packet);
  observation.octets = frame;
  observation.code = packet.opcode;
  Violation broken[2];
  if (done) {
    classify(packet, observation, emitter);
    observation.violations = {broken, judge(packet, observation, *static_cast<Session*>(memory), broken)};
  } else {
    observation.malformed = &done.error();
    observation.status = Status::malformed;
    observation.role = Role::unsolicited;
  }
  observation.describe = describe;
  observation.message = &packet;
  emitter.emit(observation);
}

constexpr Rule rules[] = {
    {"arp.sender.other_mac", FindingClass::access, "T0830", ""},
    {"arp.address.moved", FindingClass::access, "T0830", ""},
};

constexpr std::uint16_t ports[] = {0x0806, 0x8035};

}  // namespace

Dissector const dissector{
    .name = "arp",
    .transport = Transport::ethernet,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = 1500,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = nullptr,
    .habit = Habit::none,
    .words = {.code = "operation", .object = "address", .objects = "addresses"},
    .rules = rules,
};

}  // namespace greywatch::agent::arp
