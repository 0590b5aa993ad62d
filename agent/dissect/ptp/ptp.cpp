#include "agent/dissect/ptp/ptp.hpp"

#include "agent/dissect/ptp/fields.hpp"
#include "agent/dissect/ptp/message.hpp"
#include "agent/dissect/ptp/session.hpp"
#include "agent/dissect/ptp/tables.hpp"
#include "agent/dissect/ptp/version1.hpp"

namespace greywatch::agent::ptp {
namespace {

/// Code of messages of version 1: this much above their controlField.
constexpr std::uint32_t version1_code = 256;
constexpr std::uint64_t all_clocks = ~std::uint64_t{0};
constexpr std::size_t least_ethernet_payload = 46;

/// controlField, kept for version 1's hardware; later editions send 0. IEEE 1588-2008, table 23.
std::uint8_t control_of(Header const& header) {
  switch (static_cast<MessageType>(header.type)) {
    case MessageType::sync:
      return 0;
    case MessageType::delay_req:
      return 1;
    case MessageType::follow_up:
      return 2;
    case MessageType::delay_resp:
      return 3;
    case MessageType::management:
      return 4;
    default:
      return 5;
  }
}

Likeness like_version1(Bytes octets) {
  constexpr std::size_t sizes[] = {124, 124, 52, 60};
  auto const said = read_version1(octets);
  if (said.malformed || said.version_network != 1 || said.control > 4) return Likeness::no;
  if (said.message_type < 1 || said.message_type > 2 || said.subdomain.empty()) return Likeness::no;
  for (auto letter : said.subdomain)
    if (letter < 0x20 || letter > 0x7E) return Likeness::no;
  bool const fits = said.control < std::size(sizes) && octets.size() == sizes[said.control];
  return fits && said.subdomain.front() == '_' ? Likeness::certain : Likeness::plausible;
}

/// `padding`: octets that may well stand behind the message.
Likeness like_version2(Bytes octets, bool padded) {
  auto const said = read_message(octets);
  auto const& header = said.header;
  if (said.malformed || header.minor_version > 1 || least_octets(header.type) == 0) return Likeness::no;
  if (header.control != control_of(header) && header.control != 0) return Likeness::no;
  if (header.minor_version == 0 && header.type_specific != 0) return Likeness::no;
  return said.behind == 0 || padded ? Likeness::certain : Likeness::plausible;
}

Likeness probe_ethernet(Bytes octets, Direction) {
  return is_version1(octets) ? like_version1(octets) : like_version2(octets, octets.size() <= least_ethernet_payload);
}

/// Over IPv6 two octets are added, for hardware to make the checksum right: IEEE 1588-2019, annex D.
Likeness probe_udp(Bytes octets, Direction) {
  if (is_version1(octets)) return like_version1(octets);
  auto const likeness = like_version2(octets, false);
  if (likeness != Likeness::plausible) return likeness;
  return octets.size() == std::size_t{read_message(octets).header.length} + 2 ? Likeness::certain : Likeness::plausible;
}

/// managementErrorId. IEEE 1588-2019, table 109.
Status error_status(std::uint16_t error) {
  switch (error) {
    case 2:  // NO_SUCH_ID
      return Status::unknown_object;
    case 5:  // NOT_SETABLE
      return Status::refused;
    case 6:  // NOT_SUPPORTED
      return Status::unsupported;
    default:
      return Status::failed;
  }
}

Operation operation_of(std::uint8_t action, std::uint16_t id) {
  if (id == id_clock_description) return Operation::diagnose;
  switch (action) {
    case action_set:
      return id == id_time ? Operation::time : Operation::configure;
    case action_command:
    case action_acknowledge:
      return Operation::control;
    default:
      return Operation::read;
  }
}

void classify_management(Message const& said, Observation& observation, Emitter& emitter) {
  auto const action = said.management->action;
  if (said.port && said.port->clock != all_clocks) {
    observation.target.object = said.port->clock;
    observation.target.count = 1;
  }
  bool const answers = action == action_response || action == action_acknowledge;
  observation.role = answers ? Role::response : Role::request;
  observation.status = answers ? Status::ok : Status::none;
  if (action > action_acknowledge) emitter.unknown("action", action);
  auto left = said.tlvs;
  auto const tlv = next_tlv(left);
  if (!tlv) return;
  Reader in(tlv->value);
  if (tlv->type == tlv_management_error) observation.status = error_status(in.be16());
  auto const id = in.be16();
  if (find_management_id(id) == nullptr) emitter.unknown("management_id", id);
  observation.subcode = id;
  observation.operation = action > action_acknowledge ? Operation::other : operation_of(action, id);
}

void classify_signaling(Message const& said, Observation& observation) {
  observation.role = Role::unsolicited;
  auto left = said.tlvs;
  auto const tlv = next_tlv(left);
  if (!tlv) return;
  observation.subcode = tlv->type;
  Reader in(tlv->value);
  switch (tlv->type) {
    case tlv_request_unicast:
    case tlv_cancel_unicast:
      observation.operation = Operation::session;
      observation.role = Role::request;
      return;
    case tlv_grant_unicast:
      in.skip(2);
      observation.operation = Operation::session;
      observation.role = Role::response;
      observation.status = in.be32() == 0 ? Status::refused : Status::ok;
      return;
    case tlv_acknowledge_cancel:
      observation.operation = Operation::session;
      observation.role = Role::response;
      observation.status = Status::ok;
      return;
    default:
      return;
  }
}

void classify(Message const& said, Observation& observation, Emitter& emitter) {
  switch (static_cast<MessageType>(said.header.type)) {
    case MessageType::announce:
      if (said.announce) observation.target.object = said.announce->grandmaster;
      if (said.announce) observation.target.count = 1;
      [[fallthrough]];
    case MessageType::sync:
    case MessageType::follow_up:
      observation.operation = Operation::time;
      observation.role = Role::unsolicited;
      return;
    case MessageType::delay_req:
    case MessageType::pdelay_req:
      observation.operation = Operation::read;
      return;
    case MessageType::delay_resp:
    case MessageType::pdelay_resp:
    case MessageType::pdelay_resp_follow_up:
      observation.operation = Operation::read;
      observation.role = Role::response;
      observation.status = Status::ok;
      return;
    case MessageType::signaling:
      return classify_signaling(said, observation);
    case MessageType::management:
      if (said.management) classify_management(said, observation, emitter);
      return;
    default:
      observation.role = Role::unsolicited;
      emitter.unknown("message_type", said.header.type);
  }
}

void count_oddities(Message const& said, bool ethernet, Emitter& emitter) {
  auto left = said.tlvs;
  while (auto const tlv = next_tlv(left))
    if (!is_known_tlv(tlv->type)) emitter.unknown("tlv", tlv->type);
  auto const size = said.header.length + said.behind;
  bool const usual = said.behind == 0 || (ethernet ? size <= least_ethernet_payload : said.behind == 2);
  if (!usual) emitter.tolerated("octets_behind_message");
}

void read_first_version(Bytes octets, Emitter& emitter) {
  auto observation = emitter.begin();
  auto const said = read_version1(octets);
  observation.octets = octets;
  observation.code = version1_code + said.control;
  bool const measures = said.control == 1 || said.control == 3;
  observation.operation = said.control > 3 ? Operation::other : measures ? Operation::read : Operation::time;
  observation.role = said.control == 1 ? Role::request : said.control == 3 ? Role::response : Role::unsolicited;
  if (said.control == 3) observation.status = Status::ok;
  if (said.control > 4) emitter.unknown("control_field", said.control);
  if (said.malformed) {
    observation.malformed = &*said.malformed;
    observation.status = Status::malformed;
  }
  observation.describe = describe_version1;
  observation.message = &said;
  emitter.emit(observation);
}

void read(Bytes octets, bool ethernet, void* memory, Emitter& emitter) {
  if (is_version1(octets)) return read_first_version(octets, emitter);
  auto observation = emitter.begin();
  auto const said = read_message(octets);
  Violations violations;
  observation.octets = octets;
  observation.code = said.header.type;
  observation.target.unit = said.header.domain;
  if (said.malformed) {
    observation.malformed = &*said.malformed;
    observation.status = Status::malformed;
  } else {
    classify(said, observation, emitter);
    count_oddities(said, ethernet, emitter);
    static_cast<Session*>(memory)->judge(said, octets, observation.time, violations);
  }
  observation.violations = violations.all();
  observation.describe = describe;
  observation.message = &said;
  emitter.emit(observation);
}

void read_ethernet(Bytes octets, Direction, void* memory, Emitter& emitter) { read(octets, true, memory, emitter); }
void read_udp(Bytes octets, Direction, void* memory, Emitter& emitter) { read(octets, false, memory, emitter); }

void gap(Direction, void* memory) { static_cast<Session*>(memory)->gap(); }

constexpr Rule rules[] = {
    {"ptp.announce.second_source", FindingClass::timing, "T1692.002", "T0830"},
    {"ptp.grandmaster.changed", FindingClass::timing, "T1692.002", ""},
    {"ptp.grandmaster.degraded", FindingClass::timing, "", ""},
    {"ptp.utc_offset.changed", FindingClass::timing, "T1692.002", ""},
    {"ptp.time.stepped", FindingClass::timing, "T1692.002", ""},
    {"ptp.message.conflicting", FindingClass::timing, "T0830", "T1692.002"},
    {"ptp.sequence.backward", FindingClass::timing, "T0830", "T1692.002"},
    {"ptp.sequence.gap", FindingClass::loss, "T1691.002", ""},
};

constexpr std::uint16_t ethertypes[] = {0x88F7}, udp_ports[] = {319, 320};
constexpr Words words{
    .code = "message type", .subcode = "identifier", .unit = "domain", .object = "clock", .objects = "clocks"};

}  // namespace

Dissector const ethernet_dissector{
    .name = "ptp",
    .transport = Transport::ethernet,
    .ports = ethertypes,
    .session_size = sizeof(Session),
    .most = 65507,
    .probe = probe_ethernet,
    .frame = nullptr,
    .read = read_ethernet,
    .gap = gap,
    .words = words,
    .rules = rules,
};

Dissector const udp_dissector{
    .name = "ptp",
    .transport = Transport::udp,
    .ports = udp_ports,
    .session_size = sizeof(Session),
    .most = 65507,
    .probe = probe_udp,
    .frame = nullptr,
    .read = read_udp,
    .gap = gap,
    .words = words,
    .rules = rules,
};

}  // namespace greywatch::agent::ptp
