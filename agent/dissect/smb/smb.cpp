#include "agent/dissect/smb/smb.hpp"

#include "agent/dissect/smb/reading.hpp"

namespace greywatch::agent::smb {
namespace {

/// Status of what the session service says by itself. RFC 1002, 4.3.4: 0x80 and 0x82 not listening or not there.
Status status_of_packet(Bytes packet) {
  switch (static_cast<PacketType>(packet[0])) {
    case PacketType::positive:
      return Status::ok;
    case PacketType::negative:
      return packet.size() > session_header && (packet[session_header] == 0x80 || packet[session_header] == 0x82)
                 ? Status::unknown_object
                 : Status::refused;
    case PacketType::retarget:
      return Status::failed;
    default:
      return Status::none;
  }
}

void read_session_packet(Packet& packet) {
  Reading reading(packet, 0, false);
  auto& observation = reading.observation;
  auto const type = static_cast<PacketType>(packet.octets[0]);
  reading.message.packet = packet.octets.subspan(session_header);
  observation.code = session_packet + packet.octets[0];
  observation.operation = type == PacketType::keep_alive ? Operation::diagnose : Operation::session;
  observation.role = type == PacketType::request      ? Role::request
                     : type == PacketType::keep_alive ? Role::unsolicited
                                                      : Role::response;
  observation.status = status_of_packet(packet.octets);
  if (type == PacketType::request) {
    Reader in(reading.message.packet);
    auto const called = read_netbios_name(in);
    auto const calling = read_netbios_name(in);
    if (called.good) reading.message.target.put(netbios_text(called).view());
    if (!called.good || !calling.good) reading.refuse(Defect::bad_value, in.at() + session_header, "name");
  }
  reading.emit();
}

void read_transform(Packet& packet, Kind kind) {
  Reading reading(packet, session_header, true);
  reading.message.kind = kind;
  reading.message.rest = packet.octets.subspan(session_header);
  reading.observation.code = kind == Kind::encrypted ? encrypted : compressed;
  reading.observation.role = packet.way == Direction::to_server ? Role::request : Role::response;
  reading.emit();
}

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto const length = session_header + Reader(octets.subspan(1)).be24();
  Packet packet{.octets = octets,
                .way = way,
                .session = *static_cast<Session*>(memory),
                .shared = static_cast<Shared*>(emitter.shared()),
                .emitter = emitter,
                .whole = octets.size() >= length,
                .length = length};
  if (octets[0] != static_cast<std::uint8_t>(PacketType::message)) return read_session_packet(packet);
  switch (auto const kind = kind_of(octets.subspan(session_header))) {
    case Kind::smb1:
      return read_chain(packet);
    case Kind::smb2:
      return read_compound(packet);
    default:
      return read_transform(packet, kind);
  }
}

void gap(Direction, void* memory) { static_cast<Session*>(memory)->gap(); }

// One row a rule.
// clang-format off
constexpr Rule rules[] = {
    {"smb.version.smb1", FindingClass::access, "T0866", ""},
    {"smb.share.administrative", FindingClass::access, "T0886", "T0867"},
    {"smb.pipe.service_control", FindingClass::access, "T0886", "T0866"},
    {"smb.pipe.task_scheduler", FindingClass::access, "T0886", "T0853"},
    {"smb.pipe.registry", FindingClass::access, "T0886", "T0888"},
    {"smb.pipe.execution_tool", FindingClass::access, "T0886", "T0807"},
    {"smb.file.mass_change", FindingClass::command, "T0809", "T0826"},
    {"smb.logon.guest", FindingClass::access, "T0859", "T1694.001"},
    {"smb.logon.repeated_failures", FindingClass::access, "T0859", "T1694.001"},
};
// clang-format on

constexpr std::uint16_t ports[] = {445, 139};

}  // namespace

Dissector const dissector{
    .name = "smb",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .shared_size = sizeof(Shared),
    .most = session_header + most_read,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .habit = Habit::peers,
    .words = {.code = "command", .subcode = "function", .object = "name", .objects = "names"},
    .rules = rules,
};

}  // namespace greywatch::agent::smb
