#include "agent/dissect/enip/enip.hpp"

#include <algorithm>

#include "agent/dissect/enip/reading.hpp"
#include "agent/dissect/enip/tables.hpp"

namespace greywatch::agent::enip {
namespace {

constexpr std::uint32_t io_code = 0x20000;

/// Does what a command carries, as far as it is there, look as the standard lets it?
Likeness like_command(Header const& header, Bytes data) {
  Reader in(data);
  switch (header.kind()) {
    case Command::register_session: {
      auto const version = in.le16(), flags = in.le16();
      if (header.length == 0 && header.status != 0) return Likeness::plausible;
      if (header.length != 4) return Likeness::no;
      return !in ? Likeness::more : version == 1 && flags == 0 ? Likeness::certain : Likeness::no;
    }
    case Command::unregister_session:
      return header.length == 0 && header.session != 0 ? Likeness::plausible : Likeness::no;
    case Command::list_services:
    case Command::list_identity:
    case Command::list_interfaces: {
      if (header.length == 0) return Likeness::plausible;
      auto const count = in.le16(), type = in.le16(), length = in.le16();
      if (!in) return Likeness::more;
      if (header.kind() == Command::list_interfaces) return Likeness::plausible;
      return count >= 1 && count <= 8 && known_item(type) && length + 6u <= header.length ? Likeness::certain
                                                                                          : Likeness::no;
    }
    case Command::send_rr_data:
    case Command::send_unit_data: {
      if (header.length == 0) return header.status != 0 ? Likeness::plausible : Likeness::no;
      auto const handle = in.le32();
      in.skip(2);
      auto const count = in.le16(), type = in.le16();
      if (!in) return header.length >= 10 ? Likeness::more : Likeness::no;
      return handle == 0 && count >= 2 && count <= 4 && known_item(type) ? Likeness::certain : Likeness::no;
    }
    case Command::nop:
      return header.session == 0 && header.length <= 1024 ? Likeness::plausible : Likeness::no;
    default:
      return Likeness::plausible;
  }
}

bool sane(Header const& header) {
  return known_command(header.command) && header.length <= most_length && header.options == 0 && header.status <= 0x6A;
}

Likeness probe_tcp(Bytes octets, Direction) {
  Reader in(octets);
  auto const command = in.le16();
  if (!in || !known_command(command)) return Likeness::no;
  // Zeros are what many streams begin with: a NOP must be whole, and say something or end the segment.
  bool const nop = static_cast<Command>(command) == Command::nop;
  if (octets.size() < header_octets) return nop ? Likeness::no : Likeness::more;
  in = Reader(octets);
  auto const header = read_header(in);
  if (!sane(header) || (nop && header.length == 0 && in.left() != 0)) return Likeness::no;
  return like_command(header, in.take(std::min<std::size_t>(header.length, in.left())));
}

/// Cyclic data: a sequenced address, then connected data up to the end. Volume 2, 3-3.
bool looks_like_io(Bytes octets) {
  Reader in(octets);
  auto const count = in.le16();
  auto const address = read_item(in), data = read_item(in);
  return in && in.left() == 0 && count == 2 && address.kind() == ItemType::sequenced_address &&
         address.octets.size() == 8 && data.kind() == ItemType::connected_data;
}

Likeness probe_udp(Bytes octets, Direction) {
  if (looks_like_io(octets)) return Likeness::certain;
  Reader in(octets);
  auto const header = read_header(in);
  if (!in || !sane(header) || octets.size() != header_octets + header.length) return Likeness::no;
  if (header.kind() == Command::nop) return Likeness::no;
  return like_command(header, in.rest());
}

Frame frame(Bytes octets) {
  Reader in(octets);
  auto const command = in.le16(), length = in.le16();
  if (octets.size() >= 2 && !known_command(command))
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
  if (octets.size() >= 4 && length > most_length)
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_length, .offset = 2};
  if (octets.size() < header_octets) return {.verdict = Frame::Verdict::more, .length = header_octets};
  auto const whole = header_octets + length;
  return {.verdict = octets.size() < whole ? Frame::Verdict::more : Frame::Verdict::complete, .length = whole};
}

/// Lists and registrations tell by what they hold, the rest by its way.
bool is_answer(Encapsulated const& said, Direction way) {
  switch (said.header.kind()) {
    case Command::list_services:
    case Command::list_identity:
    case Command::list_interfaces:
      return !said.data.empty() || said.header.status != 0;
    case Command::register_session:
      return said.header.session != 0 || said.header.status != 0;
    default:
      return way == Direction::to_client;
  }
}

void refuse(Malformed const& why, std::size_t at, std::size_t octets, Observation& observation, Malformed& room) {
  room = why;
  room.offset = std::min(why.offset + at, octets);
  observation.malformed = &room;
  observation.status = Status::malformed;
}

void read_message(Bytes octets, Direction way, Session& session, Emitter& emitter) {
  auto observation = emitter.begin();
  Message said;
  Violations violations;
  Malformed room;
  Name name;
  said.encapsulated = read_encapsulated(octets);
  auto const& encapsulated = *said.encapsulated;
  said.response = is_answer(encapsulated, way);
  if (!encapsulated.malformed && encapsulated.header.carries_cip() && encapsulated.packet &&
      !encapsulated.packet->data.empty()) {
    auto cip = read_cip(encapsulated.packet->data);
    // What runs over a connection need not be CIP: only its two ends know.
    if (cip.malformed && encapsulated.packet->connected && !service_operation(cip.service, 0, false))
      emitter.tolerated("connected_data");
    else
      said.cip = cip;
  }
  if (said.cip)
    take_cip(session, emitter, said, observation, violations, name);
  else
    take_command(session, emitter, said, observation, violations);
  if (encapsulated.malformed)
    refuse(*encapsulated.malformed, 0, octets.size(), observation, room);
  else if (said.cip && said.cip->malformed)
    refuse(*said.cip->malformed, encapsulated.packet->data_at, octets.size(), observation, room);
  observation.octets = octets;
  observation.violations = violations.all();
  observation.describe = describe;
  observation.message = &said;
  emitter.emit(observation);
  if (said.cip && !said.cip->malformed) emit_further(*said.cip, said.place, observation, emitter);
}

/// Cyclic data says nothing but its values: all of a connection looks alike.
void read_io(Bytes octets, Emitter& emitter) {
  auto observation = emitter.begin();
  Message said;
  said.io = read_packet(octets, 0, true);
  observation.operation = Operation::report;
  observation.role = Role::unsolicited;
  observation.code = io_code;
  observation.octets = octets;
  observation.describe = describe;
  observation.message = &said;
  emitter.emit(observation);
}

void read_tcp(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  read_message(octets, way, *static_cast<Session*>(memory), emitter);
}

void read_udp(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  if (looks_like_io(octets)) return read_io(octets, emitter);
  read_message(octets, way, *static_cast<Session*>(memory), emitter);
}

void gap(Direction, void* memory) { static_cast<Session*>(memory)->forget(); }

constexpr Rule rules[] = {
    {"enip.response.service_mismatch", FindingClass::access, "T0830", "T1692.002"},
    {"enip.session.handle_mismatch", FindingClass::access, "T0830", "T1692.001"},
};

constexpr std::uint16_t tcp_ports[] = {44818}, udp_ports[] = {44818, 2222};
constexpr Words words{.code = "service", .subcode = "class", .object = "object", .objects = "objects"};

}  // namespace

Dissector const tcp_dissector{
    .name = "enip",
    .transport = Transport::tcp,
    .ports = tcp_ports,
    .session_size = sizeof(Session),
    .most = header_octets + most_length,
    .probe = probe_tcp,
    .frame = frame,
    .read = read_tcp,
    .gap = gap,
    .words = words,
    .rules = rules,
};

Dissector const udp_dissector{
    .name = "enip",
    .transport = Transport::udp,
    .ports = udp_ports,
    .session_size = sizeof(Session),
    .most = header_octets + most_length,
    .probe = probe_udp,
    .frame = nullptr,
    .read = read_udp,
    .gap = gap,
    .words = words,
    .rules = rules,
};

}  // namespace greywatch::agent::enip
