#include "agent/dissect/fins/fins.hpp"

#include <algorithm>

#include "agent/dissect/fins/end_code.hpp"
#include "agent/dissect/fins/message.hpp"

namespace greywatch::agent::fins {
namespace {

constexpr std::uint32_t transport_code = 0x10000;

/// A known command behind a header that makes sense, whose body ends where its command says, is proof.
Likeness probe_datagram(Bytes octets, Direction) {
  if (octets.size() < header_octets) return Likeness::no;
  Reader in(octets);
  auto const header = read_header(in);
  if (!looks_like(header) || find_command(header.command) == nullptr) return Likeness::no;
  auto const message = read_datagram(octets);
  if (message.end_code && find_end_code(*message.end_code) == nullptr) return Likeness::no;
  if (!header.gateway()) return message.malformed ? Likeness::no : Likeness::plausible;
  return message.malformed ? Likeness::plausible : Likeness::certain;
}

Likeness probe_stream(Bytes octets, Direction) {
  auto const cut = frame(octets);
  if (cut.verdict == Frame::Verdict::lost) return Likeness::no;
  if (octets.size() < tcp_header_octets) return Likeness::more;
  Reader in(octets);
  return known_tcp_command(read_tcp_header(in).command) ? Likeness::certain : Likeness::plausible;
}

/// An answer to a read must bring as many elements as were asked for. W342, 5-3-2.
void compare(Message const& message, Pending const& asked, Violation* broken, std::size_t& count) {
  auto const* const area = find_area(asked.subject.area);
  bool const judged = asked.counted && asked.command == memory_read && asked.subject.kind == Subject::Kind::memory &&
                      area != nullptr && (*message.end_code & end_code_bits) == 0 && !message.relay;
  if (!judged || message.malformed) return;
  std::size_t const expected = std::size_t{asked.subject.count} * area->octets;
  if (message.body.size() != expected)
    broken[count++] = {"fins.response.length_mismatch", "fins.data", static_cast<std::int64_t>(expected),
                       static_cast<std::int64_t>(message.body.size())};
}

void classify_transport(TcpHeader const& tcp, Observation& observation, Emitter& emitter) {
  observation.code = transport_code + tcp.command;
  observation.operation = Operation::session;
  if (!known_tcp_command(tcp.command)) emitter.unknown("tcp.command", tcp.command);
  switch (tcp.kind()) {
    case TcpCommand::server_node_address:
    case TcpCommand::frame_error:
      observation.role = Role::response;
      observation.status = tcp.error == 0 ? Status::ok : Status::refused;
      break;
    default:
      observation.role = observation.way == Direction::to_server ? Role::request : Role::response;
  }
}

void classify(Message& message, Observation& observation, Emitter& emitter) {
  auto const& header = *message.header;
  observation.code = header.command;
  if (message.command != nullptr)
    observation.operation = message.command->operation;
  else
    emitter.unknown("command", header.command);
  if (message.has_unknown_area) emitter.unknown("memory_area", message.unknown_area);
  if (message.value) observation.value = message.value;
  if (!header.is_response()) return;
  observation.role = Role::response;
  if (!message.end_code) return;
  auto const* const row = find_end_code(*message.end_code);
  if (row == nullptr) emitter.unknown("end_code", *message.end_code);
  bool const relayed = (*message.end_code & relay_error) != 0;
  observation.status = relayed || row == nullptr ? Status::failed : row->status;
}

/// A password is never kept, not as evidence either: the message ends in front of it.
Bytes without_password(Message const& message, Bytes octets) {
  constexpr std::size_t in_front = 11;  // program number, protect code, first and last word
  if (!message.header || message.header->is_response()) return octets;
  auto const command = message.header->command;
  if (command != program_protect && command != program_unprotect) return octets;
  return octets.first(std::min(octets.size(), message.body_offset + in_front));
}

void describe_object(void const* place, FieldSink& sink) {
  Name name;
  write_place(*static_cast<Place const*>(place), name);
  sink.field("fins.object", name.view());
}

/// As many bits as the longest frame, of 2,012 octets, can force.
constexpr unsigned most_forced = 333;

/// Several bits that are forced at once are as many commands: none hides behind the first one.
void emit_further(Message const& message, Observation const& first, Emitter& emitter) {
  Reader in(message.body);
  auto const count = in.be16();
  if (count > most_forced) emitter.tolerated("forced_bits");
  for (unsigned at = 0; at < std::min<unsigned>(count, most_forced); ++at) {
    auto const specification = in.be16();
    auto const place = place_of(in.take(4));
    if (!in) return;
    if (at == 0) continue;
    Name name;
    write_place(place, name);
    auto observation = emitter.begin();
    observation.operation = first.operation;
    observation.code = first.code;
    observation.target = {.unit = first.target.unit, .object = place.number(), .count = 1, .name = name.view()};
    if (specification != forced_released) observation.value = specification & 1;
    observation.octets = first.octets;
    observation.describe = describe_object;
    observation.message = &place;
    emitter.emit(observation);
  }
}

void read(Message& message, Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto observation = emitter.begin();
  observation.octets = octets;
  Violation broken[1];
  std::size_t count = 0;
  Name name;
  if (message.header) {
    classify(message, observation, emitter);
    auto const& header = *message.header;
    if (!header.is_response()) {
      if (!header.needs_no_response()) session.ask(header.service_id, header.command, way, message.subject);
    } else if (auto const asked = session.answer(header.service_id, header.command, way)) {
      if (message.end_code) compare(message, *asked, broken, count);
      message.subject = asked->subject;
    }
    write_subject(message.subject, name);
    bool const several = message.subject.kind == Subject::Kind::memory;
    observation.target = {.unit = header.asked_unit(),
                          .object = message.subject.number(),
                          .count = message.subject.kind == Subject::Kind::none ? 0u
                                   : several                                   ? std::uint32_t{message.subject.count}
                                                                               : 1u,
                          .name = name.view()};
    observation.octets = without_password(message, octets);
  } else if (message.tcp && message.tcp->kind() != TcpCommand::frame) {
    classify_transport(*message.tcp, observation, emitter);
  } else {
    observation.role = way == Direction::to_server ? Role::request : Role::response;
  }
  if (message.malformed) {
    message.malformed->offset = std::min(message.malformed->offset, observation.octets.size());
    observation.malformed = &*message.malformed;
    observation.status = Status::malformed;
  }
  observation.violations = {broken, count};
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
  bool const forces = message.header && !message.header->is_response() && message.header->command == forced_set_reset;
  if (forces && !message.malformed) emit_further(message, observation, emitter);
}

void read_udp(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto message = read_datagram(octets);
  read(message, octets, way, memory, emitter);
}

void read_tcp(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto message = read_stream_message(octets);
  read(message, octets, way, memory, emitter);
}

void gap(Direction, void* memory) { static_cast<Session*>(memory)->gap(); }

constexpr Rule rules[] = {
    {"fins.response.length_mismatch", FindingClass::access, "T0830", "T1692.002"},
};

constexpr std::uint16_t ports[] = {9600};
constexpr Words words{.code = "command", .object = "address", .objects = "addresses"};

}  // namespace

Dissector const udp_dissector{
    .name = "fins",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = 65507,
    .probe = probe_datagram,
    .frame = nullptr,
    .read = read_udp,
    .gap = gap,
    .words = words,
    .rules = rules,
};

Dissector const tcp_dissector{
    .name = "fins",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = tcp_length_end + most_tcp_length,
    .probe = probe_stream,
    .frame = frame,
    .read = read_tcp,
    .gap = gap,
    .words = words,
    .rules = rules,
};

}  // namespace greywatch::agent::fins
