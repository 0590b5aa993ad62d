#include "agent/dissect/iec104/iec104.hpp"

#include <algorithm>
#include <type_traits>

#include "agent/dissect/iec104/message.hpp"
#include "agent/dissect/iec104/session.hpp"

namespace greywatch::agent::iec104 {
namespace {

/// Code of U and S formats: this much above the first octet of the control field, so that no type has it.
constexpr std::uint32_t control_code = 256;

void classify_function(Apci const& apci, Observation& observation) {
  observation.code = control_code + apci.control;
  observation.operation = Operation::session;
  if (apci.format == Format::s) {
    observation.role = Role::response;
    return;
  }
  switch (static_cast<UFunction>(apci.u_function)) {
    case UFunction::startdt_act:
    case UFunction::stopdt_act:
    case UFunction::testfr_act:
      observation.role = Role::request;
      break;
    case UFunction::startdt_con:
    case UFunction::stopdt_con:
    case UFunction::testfr_con:
      observation.role = Role::response;
      observation.status = Status::ok;
      break;
  }
}

/// The rules of 7.3 that need no state: which causes and which structure a type may have.
void judge(Asdu const& asdu, Violations& violations) {
  if (!asdu.type) return;
  if (!permits(*asdu.type, asdu.cause)) {
    violations.add({"iec104.asdu.cause_not_allowed", "iec104.cause", 0, asdu.cause});
  }
  auto const structure = asdu.type->structure;
  auto const sequence = structure == Structure::sequence;
  if (asdu.sequence != sequence && structure != Structure::objects_or_sequence) {
    violations.add({"iec104.asdu.sequence_not_allowed", "iec104.sq", sequence, asdu.sequence});
  }
  if (structure == Structure::single && asdu.count != 1) {
    violations.add({"iec104.asdu.count_not_allowed", "iec104.number_of_objects", 1, asdu.count});
  }
}

void count_unknown(Asdu const& asdu, Emitter& emitter) {
  if (!asdu.type && asdu.known > 0) emitter.unknown("type_id", asdu.type_id);
  if (asdu.known > 2 && !defined_cause(asdu.cause)) emitter.unknown("cause", asdu.cause);
}

/// Reads the ASDU of an I format, as well as its octets allow, into `said`. What is wrong with it, if anything.
std::optional<Malformed> take_asdu(Bytes octets, Message& said, Emitter& emitter) {
  auto& asdu = said.asdu.emplace();
  peek_asdu(octets, standard_sizes, asdu);
  auto why = broken_rule(octets, asdu);
  if (!why) return why;
  if (auto const sizes = deviating_sizes(octets)) {
    emitter.unknown("field_sizes", sizes->cause * 100u + sizes->common_address * 10u + sizes->object_address);
    peek_asdu(octets, *sizes, said.asdu.emplace());
    why = Malformed{Defect::bad_length, apci_octets, "field_sizes"};
  } else {
    why->offset += apci_octets;
  }
  return why;
}

void read(Bytes apdu, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto observation = emitter.begin();
  observation.octets = apdu;
  Message said{.session = session, .way = way, .apci = peek_apci(apdu)};
  Violations violations;
  auto malformed = broken_rule(apdu, said.apci);
  if (malformed) {
    if (said.apci.format == Format::u) emitter.unknown("u_function", said.apci.u_function);
    observation.code = control_code + said.apci.control;
  } else {
    session.take(said.apci, way, observation.time, observation.flow.midstream, violations);
    if (said.apci.format == Format::i) {
      if (auto const why = take_asdu(apdu.subspan(apci_octets), said, emitter)) malformed = why;
    } else {
      classify_function(said.apci, observation);
    }
  }
  if (said.asdu) {
    auto const controlling = malformed ? std::nullopt : sent_by_controlling(*said.asdu);
    if (controlling && session.controlling == 0) {
      *controlling ? session.set_control_direction(way) : session.set_monitor_direction(way);
    }
    classify(*said.asdu, session.control_direction(way), observation);
    count_unknown(*said.asdu, emitter);
    if (!malformed) judge(*said.asdu, violations);
  }
  if (malformed) {
    observation.malformed = &*malformed;
    observation.status = Status::malformed;
  }
  observation.violations = violations.all();
  observation.describe = describe;
  observation.message = &said;
  emitter.emit(observation);
}

void gap(Direction way, void* memory) { static_cast<Session*>(memory)->gap(way); }

constexpr Rule rules[] = {
    {"iec104.sequence.send_gap", FindingClass::loss, "T1691.002", "T0830"},
    {"iec104.sequence.send_repeat", FindingClass::access, "T0830", "T1692.002"},
    {"iec104.sequence.receive_backward", FindingClass::access, "T0830", ""},
    {"iec104.sequence.receive_invalid", FindingClass::access, "T0830", ""},
    {"iec104.window.exceeded", FindingClass::loss, "T0814", ""},
    {"iec104.session.data_before_start", FindingClass::access, "T0848", ""},
    {"iec104.session.data_after_stop", FindingClass::access, "T0848", ""},
    {"iec104.session.start_while_started", FindingClass::access, "T0848", ""},
    {"iec104.asdu.cause_not_allowed", FindingClass::access, "T0866", ""},
    {"iec104.asdu.sequence_not_allowed", FindingClass::access, "T0866", ""},
    {"iec104.asdu.count_not_allowed", FindingClass::access, "T0866", ""},
};

constexpr std::uint16_t ports[] = {2404};

static_assert(std::is_trivially_copyable_v<Session>);

}  // namespace

Dissector const dissector{
    .name = "iec104",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = most_length + 2,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .words = {.code = "type", .subcode = "cause", .unit = "common address"},
    .rules = rules,
};

}  // namespace greywatch::agent::iec104
