#include "agent/dissect/fix/fix.hpp"

#include "agent/dissect/fix/message.hpp"
#include "agent/dissect/fix/message_type.hpp"
#include "agent/dissect/fix/session.hpp"

namespace greywatch::agent::fix {
namespace {

constexpr std::uint32_t rejected = '8';  ///< ExecType (150)

void classify(Message const& message, Observation& observation, Emitter& emitter) {
  auto const* const row = find_type(message.type);
  if (row == nullptr) {
    emitter.unknown("msg_type", code_of(message.type));
    observation.role = Role::unsolicited;
    return;
  }
  observation.operation = row->operation;
  observation.role = row->role;
  observation.status = row->status;
  if (message.type == "8") {
    observation.subcode = message.exec_type;
    if (message.exec_type == rejected) observation.status = Status::refused;
  }
  observation.target.name = message.symbol;
  observation.target.count = message.symbol.empty() ? 0 : 1;
  observation.value = row->operation == Operation::trade ? message.order_quantity : message.last_quantity;
}

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto observation = emitter.begin();
  auto const message = read_message(octets);
  Violation broken[Session::most_broken];
  std::size_t count = 0;
  observation.octets = message.octets;
  observation.code = message.type.size() <= 2 ? code_of(message.type) : code_of(message.type.substr(0, 2));
  if (message.layout.own) {
    observation.role = Role::unsolicited;
    emitter.tolerated("private_begin_string");
  } else {
    classify(message, observation, emitter);
  }
  if (message.malformed) {
    observation.malformed = &*message.malformed;
    observation.status = Status::malformed;
  } else if (!message.layout.own) {
    count = session.take(message, way, !observation.flow.midstream, broken);
  }
  observation.violations = {broken, count};
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

void gap(Direction way, void* memory) { static_cast<Session*>(memory)->gap(way); }

constexpr Rule rules[] = {
    {"fix.sequence.gap", FindingClass::market, "T0830", "T1692.002"},
    {"fix.sequence.backward", FindingClass::market, "T0830", "T1692.002"},
    {"fix.sequence.reset_backward", FindingClass::market, "T0830", "T1692.002"},
    {"fix.session.data_before_logon", FindingClass::market, "T0830", ""},
    {"fix.session.comp_id_changed", FindingClass::market, "T0830", ""},
    {"fix.group.count_mismatch", FindingClass::market, "T1692.002", ""},
};

constexpr std::uint16_t ports[] = {9876, 9878};

}  // namespace

Dissector const dissector{
    .name = "fix",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = most_read,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .words = {.code = "message type", .object = "instrument", .objects = "instruments"},
    .rules = rules,
};

}  // namespace greywatch::agent::fix
