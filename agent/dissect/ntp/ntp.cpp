#include "agent/dissect/ntp/ntp.hpp"

#include <algorithm>

#include "agent/dissect/ntp/packet.hpp"
#include "agent/dissect/ntp/session.hpp"

namespace greywatch::agent::ntp {
namespace {

/// A server's clock that moved by more than this between two answers was stepped. RFC 5905, 11.2.2 steps from 0.128 s
/// on; delays on the way and the capture's own clock leave no doubt only well above.
constexpr std::int64_t step_ns = 1'000'000'000;

/// Are two timestamps, where both are set, at most so many seconds apart? Holds over the turn of an era.
bool near(Timestamp one, Timestamp other, std::uint64_t seconds) {
  if (one == 0 || other == 0) return true;
  auto const apart = std::min(one - other, other - one);
  return apart >> 32 <= seconds;
}

/// A client that tells nothing of itself, only a (perhaps random) transmit timestamp to know the answer by. RFC
/// 8915, 9.1.
bool is_bare(TimeHeader const& time) {
  return time.stratum == 0 && time.root_delay == 0 && time.root_dispersion == 0 && time.reference == 0 &&
         time.origin == 0 && time.receive == 0;
}

Likeness like_time(Packet const& packet) {
  constexpr std::uint64_t longest_poll = 1 << 18, oldest_reference = 1 << 25;  // seconds: 2^17 and slack; a year
  auto const& time = *packet.time;
  if (packet.malformed || packet.mode == Mode::reserved || packet.version > 4 || time.stratum > 16) return Likeness::no;
  if (time.poll > 24 || time.poll < -8 || time.precision > 0 || time.precision < -40) return Likeness::no;
  if (packet.mode == Mode::client && is_bare(time)) return Likeness::plausible;
  if (time.transmit == 0 || !near(time.receive, time.transmit, longest_poll)) return Likeness::no;
  if (!near(time.reference, time.transmit, oldest_reference)) return Likeness::no;
  return time.receive != 0 ? Likeness::certain : Likeness::plausible;
}

Likeness like_control(Packet const& packet, std::size_t octets) {
  auto const& control = *packet.control;
  if (packet.malformed || packet.leap != 0 || packet.version == 0 || packet.version > 4) return Likeness::no;
  if (!control_operation(control.opcode) || control.count > 468) return Likeness::no;
  // Data, filled up to four octets, and a digest of at most 24.
  auto const behind = octets - control_octets - control.count;
  if (behind > 3 + 24) return Likeness::no;
  bool const plain = !control.response && !control.error && !control.more && control.status == 0 && control.offset == 0;
  if (!plain && !control.response) return Likeness::no;
  return plain && control.sequence != 0 ? Likeness::certain : Likeness::plausible;
}

Likeness like_private(Packet const& packet, Bytes octets) {
  auto const& said = *packet.private_use;
  if (packet.malformed || packet.version == 0 || packet.version > 4 || said.reserved != 0) return Likeness::no;
  if (said.implementation == 1 || said.implementation > 3 || !private_operation(said.request)) return Likeness::no;
  if ((said.items == 0) != (said.item_size == 0) && said.error == 0) return Likeness::no;
  auto const held = private_octets + std::size_t{said.items} * said.item_size;
  if (said.response) return octets.size() <= held + 4 ? Likeness::plausible : Likeness::no;
  if (said.more || said.sequence != 0 || said.error != 0 || octets.size() < held) return Likeness::no;
  // Room for items that are not there is zero; a digest is there only where it is said to be.
  auto const rest = octets.subspan(held);
  bool const zero = std::ranges::all_of(rest, [](std::uint8_t octet) { return octet == 0; });
  if (!said.authenticated && !zero) return Likeness::no;
  return zero && said.items == 0 ? Likeness::certain : Likeness::plausible;
}

Likeness probe(Bytes octets, Direction) {
  auto const packet = read_packet(octets);
  if (packet.time) return like_time(packet);
  if (packet.control) return like_control(packet, octets.size());
  if (packet.private_use) return like_private(packet, octets);
  return Likeness::no;
}

void classify_time(Packet const& packet, Observation& observation) {
  switch (packet.mode) {
    case Mode::client:
      observation.operation = Operation::read;
      return;
    case Mode::server:
      observation.operation = Operation::read;
      observation.role = Role::response;
      observation.status = packet.time->stratum == 0 ? Status::refused : Status::ok;
      return;
    default:
      observation.operation = Operation::time;
      observation.role = Role::unsolicited;
  }
}

/// The upper octet of the status word of an error. RFC 9327, 3.5.
Status error_status(std::uint8_t code) {
  switch (code) {
    case 1:  // authentication failure
    case 7:  // administratively prohibited
      return Status::refused;
    case 3:  // invalid opcode
      return Status::unsupported;
    case 4:  // unknown association
    case 5:  // unknown variable
      return Status::unknown_object;
    default:
      return Status::failed;
  }
}

void classify_control(Control const& control, Observation& observation, Emitter& emitter) {
  observation.subcode = control.opcode;
  observation.target.object = control.association;
  observation.target.count = control.association ? 1 : 0;
  auto const operation = control_operation(control.opcode);
  if (!operation) emitter.unknown("opcode", control.opcode);
  observation.operation = operation.value_or(Operation::other);
  if (!control.response) return;
  observation.role = control.opcode == 7 ? Role::unsolicited : Role::response;
  observation.status = control.error ? error_status(static_cast<std::uint8_t>(control.status >> 8)) : Status::ok;
}

/// Errors of mode 7, include/ntp_request.h: 1 implementation, 2 request, 3 format, 4 no data, 7 authentication.
void classify_private(Private const& said, Observation& observation, Emitter& emitter) {
  observation.subcode = said.request;
  auto const operation = private_operation(said.request);
  if (!operation) emitter.unknown("request_code", said.request);
  observation.operation = operation.value_or(Operation::other);
  if (!said.response) return;
  observation.role = Role::response;
  observation.status = said.error == 0                      ? Status::ok
                       : said.error == 1 || said.error == 2 ? Status::unsupported
                       : said.error == 4                    ? Status::unknown_object
                       : said.error == 7                    ? Status::refused
                                                            : Status::failed;
}

/// The rules that need what was said before. At most two can be broken at once.
std::size_t judge(Packet const& packet, Session& session, Time seen, Violation* broken) {
  std::size_t count = 0;
  if (packet.mode == Mode::client) session.ask(*packet.time);
  if (packet.mode != Mode::server) return 0;
  if (!session.answers(*packet.time)) {
    broken[count++] = {"ntp.response.origin_mismatch", "ntp.origin_timestamp", 0,
                       static_cast<std::int64_t>(packet.time->origin)};
    return count;  // and what a forger tells is not the server's time
  }
  auto const moved = session.step(*packet.time, seen);
  if (moved && (*moved > step_ns || *moved < -step_ns))
    broken[count++] = {"ntp.time.stepped", "ntp.transmit_timestamp", 0, *moved};
  return count;
}

void read(Bytes datagram, Direction, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto observation = emitter.begin();
  auto const packet = read_packet(datagram);
  observation.octets = datagram;
  observation.code = static_cast<std::uint32_t>(packet.mode);
  Violation broken[2];
  std::size_t count = 0;
  if (packet.time) classify_time(packet, observation);
  if (packet.control) classify_control(*packet.control, observation, emitter);
  if (packet.private_use) classify_private(*packet.private_use, observation, emitter);
  if (packet.malformed) {
    observation.malformed = &*packet.malformed;
    observation.status = Status::malformed;
  } else if (packet.time) {
    count = judge(packet, session, observation.time, broken);
  }
  observation.violations = {broken, count};
  observation.describe = describe;
  observation.message = &packet;
  emitter.emit(observation);
}

void gap(Direction, void* memory) { static_cast<Session*>(memory)->gap(); }

constexpr Rule rules[] = {
    {"ntp.response.origin_mismatch", FindingClass::timing, "T0830", "T1692.002"},
    {"ntp.time.stepped", FindingClass::timing, "T1692.002", ""},
};

constexpr std::uint16_t ports[] = {123};

}  // namespace

Dissector const dissector{
    .name = "ntp",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = 65507,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = gap,
    .words = {.code = "mode", .subcode = "operation", .object = "association"},
    .rules = rules,
};

}  // namespace greywatch::agent::ntp
