#include "agent/dissect/dnp3/dnp3.hpp"

#include <algorithm>

#include "agent/dissect/dnp3/message.hpp"
#include "agent/dissect/dnp3/session.hpp"

namespace greywatch::agent::dnp3 {
namespace {

/// The transport header stands before the fragment's octets in the first frame.
constexpr std::size_t transport_octets = 1;

void refuse(Observation& observation, Malformed& why) {
  why.offset = std::min(why.offset, observation.octets.size());
  observation.malformed = &why;
  observation.status = Status::malformed;
}

/// What a response to `request` tells is told of what was asked, however it ended.
void pair(Pending const& request, Fragment const& fragment, Observation& observation) {
  observation.subcode = request.function;
  auto const asked = request.target();
  observation.operation =
      operation_of(find_function(request.function), asked.count == 0 ? 255 : asked.object >> 24 & 0xff);
  if (!fragment.is(FunctionCode::response)) observation.operation = Operation::session;
  observation.target = asked;
}

/// Reads a whole fragment; `place` says where one of its octets is in the observation's.
template <class Place>
void read_application(Bytes octets, Message& said, Session& session, Observation& observation, Violations& violations,
                      Emitter& emitter, Place place) {
  std::optional<Malformed> malformed;
  if (auto fragment = read_fragment(octets)) {
    said.fragment = *fragment;
    auto const content = read_content(*fragment, emitter);
    auto const unit = fragment->is_response() ? said.link.source : said.link.destination;
    observation.target.unit = unit;
    classify(*fragment, content, observation);
    if (fragment->function == nullptr) emitter.unknown("function_code", fragment->code);
    malformed = content.malformed;
    if (!fragment->is_response()) {
      bool const acts = fragment->function != nullptr && fragment->function->acts;
      if (acts && unit >= first_broadcast) violations.add({"dnp3.broadcast.control", "dnp3.link.destination", 0, unit});
      if (!fragment->is(FunctionCode::confirm)) session.request(*fragment, observation.target, violations);
    } else {
      if (observation.role == Role::response)
        if (auto const request = session.respond(*fragment, unit, violations)) pair(*request, *fragment, observation);
      session.indicate(fragment->iin, unit, violations);
    }
  } else {
    malformed = fragment.error();
  }
  observation.violations = violations.all();
  observation.describe = describe;
  observation.message = &said;
  if (malformed) {
    malformed->offset = place(malformed->offset);
    refuse(observation, *malformed);
  }
  emitter.emit(observation);
}

/// A frame that completes no fragment: of the link layer, or a part.
void emit_link(Message& said, Observation& observation, Violations& violations, Emitter& emitter) {
  observation.operation = Operation::session;
  observation.role = said.link.prm() ? Role::request : Role::response;
  observation.code = link_code(said.link.control);
  observation.violations = violations.all();
  observation.describe = describe;
  observation.message = &said;
  if (link_function(said.link.control).empty()) emitter.unknown("link_function_code", said.link.control & 0x4f);
  emitter.emit(observation);
}

void read(Bytes frame, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto observation = emitter.begin();
  observation.octets = frame;
  Message said{.link = peek_link(frame), .transport = {}, .fragment = {}};
  observation.target.unit = said.link.dir() ? said.link.destination : said.link.source;
  Violations violations;
  UserData data;
  if (auto malformed = take_user_data(frame, data)) {
    session.void_assembly(way);
    refuse(observation, *malformed);
    return emit_link(said, observation, violations, emitter);
  }
  session.take(said.link, way, violations);
  if (!said.link.carries_user_data() || data.size == 0) return emit_link(said, observation, violations, emitter);
  said.transport = TransportHeader{data.octets[0]};
  auto const segment = data.view().subspan(transport_octets);
  auto const step = session.take(said.link, *said.transport, way);
  if (step == Step::whole) {
    emitter.drop();
    return read_application(segment, said, session, observation, violations, emitter,
                            [](std::size_t at) { return place_in_frame(at + transport_octets); });
  }
  if (step == Step::astray || step == Step::begins) emitter.drop();
  if (step == Step::astray) {
    emitter.tolerated("segment_without_first");
    return emit_link(said, observation, violations, emitter);
  }
  if (!emitter.keep(segment)) {
    session.void_assembly(way);
    emitter.drop();
    Malformed too_long{Defect::bad_length, link_header, "transport"};
    refuse(observation, too_long);
    return emit_link(said, observation, violations, emitter);
  }
  if (step != Step::ends) return emit_link(said, observation, violations, emitter);
  observation.octets = emitter.kept();
  read_application(emitter.kept(), said, session, observation, violations, emitter, [](std::size_t at) { return at; });
  emitter.drop();
}

/// A datagram holds whole frames.
void read_datagram(Bytes datagram, Direction way, void* memory, Emitter& emitter) {
  while (!datagram.empty()) {
    auto const cut = frame(datagram);
    if (cut.verdict != Frame::Verdict::complete) {
      auto observation = emitter.begin();
      observation.octets = datagram;
      observation.operation = Operation::session;
      Malformed why{cut.verdict == Frame::Verdict::more ? Defect::truncated : cut.defect,
                    cut.verdict == Frame::Verdict::more ? datagram.size() : cut.offset, "link"};
      refuse(observation, why);
      return emitter.emit(observation);
    }
    read(datagram.first(cut.length), way, memory, emitter);
    datagram = datagram.subspan(cut.length);
  }
}

void gap(Direction way, void* memory) { static_cast<Session*>(memory)->gap(way); }

constexpr Rule rules[] = {
    {"dnp3.link.role_changed", FindingClass::access, "T0848", "T0830"},
    {"dnp3.link.source_changed", FindingClass::access, "T0848", "T0830"},
    {"dnp3.response.unasked", FindingClass::access, "T1692.002", "T0830"},
    {"dnp3.operate.without_select", FindingClass::command, "T1692.001", ""},
    {"dnp3.operate.not_as_selected", FindingClass::command, "T1692.001", "T0830"},
    {"dnp3.broadcast.control", FindingClass::command, "T1692.001", "T0806"},
    {"dnp3.outstation.restarted", FindingClass::loss, "T0816", ""},
    {"dnp3.outstation.trouble", FindingClass::loss, "T0814", ""},
    {"dnp3.outstation.events_lost", FindingClass::loss, "T0814", "T1691.002"},
    {"dnp3.outstation.config_corrupt", FindingClass::loss, "T0809", ""},
};

constexpr std::uint16_t ports[] = {20000};
constexpr Words words = {.code = "function", .unit = "outstation", .object = "object", .objects = "objects"};

}  // namespace

Dissector const over_tcp{
    .name = "dnp3",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = most_frame,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .words = words,
    .rules = rules,
};

Dissector const over_udp{
    .name = "dnp3",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = 65507,
    .probe = probe_datagram,
    .frame = nullptr,
    .read = read_datagram,
    .gap = gap,
    .words = words,
    .rules = rules,
};

}  // namespace greywatch::agent::dnp3
