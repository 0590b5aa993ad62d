#include "agent/dissect/rpc/tell.hpp"

#include <algorithm>
#include <array>

#include "agent/dissect/rpc/message.hpp"

namespace greywatch::agent::rpc {
namespace {

/// Observation::code of the connectionless protocol.
constexpr std::uint32_t connectionless = 256;

// One row a rule.
// clang-format off
constexpr Rule rule_table[] = {
    {"dcerpc.service.created", FindingClass::command, "T0886", "T0866"},
    {"dcerpc.service.changed", FindingClass::command, "T0886", "T0871"},
    {"dcerpc.task.registered", FindingClass::command, "T0886", "T0853"},
    {"dcerpc.directory.replicated", FindingClass::access, "T0811", "T0859"},
    {"dcerpc.netlogon.zero_challenge", FindingClass::access, "T0866", "T0890"},
    {"dcerpc.authentication.coerced", FindingClass::access, "T0830", "T0859"},
    {"dcerpc.object.method_executed", FindingClass::command, "T0886", "T0871"},
    {"dcerpc.host.shut_down", FindingClass::command, "T0816", ""},
    {"dcerpc.log.cleared", FindingClass::access, "T0872", ""},
    {"dcerpc.opc.written", FindingClass::command, "T1692.001", "T0871"},
};
struct DeedCode {
  Deed deed;
  std::string_view code;
};
constexpr DeedCode deed_codes[] = {
    {Deed::service_created, "dcerpc.service.created"},
    {Deed::service_changed, "dcerpc.service.changed"},
    {Deed::task_registered, "dcerpc.task.registered"},
    {Deed::directory_replicated, "dcerpc.directory.replicated"},
    {Deed::challenge, "dcerpc.netlogon.zero_challenge"},
    {Deed::coerced, "dcerpc.authentication.coerced"},
    {Deed::method_executed, "dcerpc.object.method_executed"},
    {Deed::shut_down, "dcerpc.host.shut_down"},
    {Deed::log_cleared, "dcerpc.log.cleared"},
    {Deed::opc_written, "dcerpc.opc.written"},
};
// clang-format on

/// A challenge of eight zeros ends the request: nobody draws that by chance. MS-NRPC, 3.5.4.4.1
bool is_zero_challenge(Bytes stub) {
  return stub.size() >= 16 && std::ranges::all_of(stub.last(8), [](std::uint8_t octet) { return octet == 0; });
}

/// The rule that a request breaks, or none. Only its first fragment is judged.
std::size_t judge(Method const* method, Bytes stub, bool readable, Violation& broken) {
  if (method == nullptr || method->deed == Deed::none) return 0;
  if (method->deed == Deed::challenge && (!readable || !is_zero_challenge(stub))) return 0;
  auto const found = std::ranges::find(deed_codes, method->deed, &DeedCode::deed);
  if (found == std::end(deed_codes)) return 0;
  broken = {found->code, "dcerpc.opnum", 0, method->opnum};
  return 1;
}

std::uint8_t number_of(Uuid const& uuid, Speaker const& speaker) {
  if (auto const known = find_interface(uuid); known != 0) return known;
  speaker.emitter.unknown("interface", uuid.time_low);
  if (speaker.strangers == nullptr) return 0;
  auto const number = speaker.strangers->admit(uuid);
  if (number == 0) speaker.emitter.table_full();
  return number;
}

void name_interface(Message& message, std::uint8_t number, Speaker const& speaker) {
  message.interface = interface_of(number);
  if (message.interface == nullptr && speaker.strangers != nullptr) message.stranger = speaker.strangers->find(number);
}

void name_method(Message& message, Observation& observation) {
  if (!message.opnum) return;
  observation.subcode = *message.opnum;
  if (message.interface != nullptr) message.method = find_method(*message.interface, *message.opnum);
  if (message.method != nullptr) observation.operation = message.method->operation;
}

Role role_of(Type type) {
  switch (type) {
    case Type::response:
    case Type::fault:
    case Type::working:
    case Type::nocall:
    case Type::reject:
    case Type::fack:
    case Type::cancel_ack:
    case Type::bind_ack:
    case Type::bind_nak:
    case Type::alter_context_resp:
      return Role::response;
    case Type::shutdown:
      return Role::unsolicited;
    default:
      return Role::request;
  }
}

/// Of an answer to a bind: refused when no context was accepted. C706, 12.6.3.1 (p_cont_def_result_t)
Status status_of_results(Pdu const& pdu) {
  Reader in(pdu.list);
  bool none = pdu.items != 0;
  for (unsigned at = 0; at < pdu.items; ++at) {
    if (pdu.header.order.u16(in) == 0 && in) none = false;
    in.skip(22);
  }
  return none && in ? Status::refused : Status::ok;
}

/// Which interface it is about, by what was agreed and asked before.
void recall(Pdu const& pdu, Speaker const& speaker, Message& message) {
  auto& association = speaker.association;
  auto const& header = pdu.header;
  std::uint8_t number = 0;
  if (pdu.is_bind()) {
    Contexts contexts(pdu);
    for (std::uint8_t each = 0; auto const context = contexts.next();) {
      each = number_of(context->interface.uuid, speaker);
      association.bind(speaker.channel, context->id, each);
      if (number == 0) number = each;
    }
    association.ask({.id = header.call, .opnum = 0, .channel = speaker.channel, .interface = number});
  } else if (header.type == Type::request) {
    number = association.interface(speaker.channel, pdu.context);
    message.opnum = pdu.opnum;
    association.ask({.id = header.call, .opnum = pdu.opnum, .channel = speaker.channel, .interface = number});
  } else if (auto const call = association.find(speaker.channel, header.call)) {
    number = call->interface;
    if (pdu.carries_call()) message.opnum = call->opnum;
    if (role_of(header.type) == Role::response && pdu.has(Header::last_fragment))
      association.answered(speaker.channel, header.call);
  }
  name_interface(message, number, speaker);
}

}  // namespace

std::span<Rule const> const rules = rule_table;

void tell(Bytes octets, Header const& header, bool whole, Speaker const& speaker) {
  auto const pdu = read_pdu(octets, header, whole);
  auto observation = speaker.emitter.begin();
  Message message{.pdu = &pdu};
  Violation broken;
  std::size_t count = 0;
  observation.protocol = protocol;
  observation.habit = habit;
  observation.octets = octets.first(std::min<std::size_t>(octets.size(), header.fragment_length));
  observation.code = static_cast<std::uint32_t>(header.type);
  observation.role = role_of(header.type);
  observation.operation = pdu.carries_call() ? Operation::other : Operation::session;
  Subject subject;
  if (pdu.malformed) {
    observation.malformed = &*pdu.malformed;
    observation.status = Status::malformed;
  } else {
    recall(pdu, speaker, message);
    name_method(message, observation);
    subject = message.subject();
    if (!subject.empty()) observation.target = {.count = 1, .name = subject.view()};
    if (header.type == Type::response) observation.status = Status::ok;
    if (header.type == Type::fault) observation.status = status_of(pdu.status);
    if (header.type == Type::bind_nak) observation.status = Status::refused;
    if (pdu.is_bind_answer()) observation.status = pdu.cut ? Status::ok : status_of_results(pdu);
    bool const readable = !pdu.cut && (!pdu.authentication || pdu.authentication->level < 6);
    if (header.type == Type::request && pdu.has(Header::first_fragment))
      count = judge(message.method, pdu.stub, readable, broken);
  }
  observation.violations = {&broken, count};
  observation.describe = describe;
  observation.message = &message;
  speaker.emitter.emit(observation);
}

void tell_all(Bytes octets, Speaker const& speaker) {
  while (auto const header = read_header(octets)) {
    tell(octets, *header, false, speaker);
    if (octets.size() <= header->fragment_length) return;
    octets = octets.subspan(header->fragment_length);
  }
}

void tell(Bytes octets, Datagram const& datagram, Emitter& emitter) {
  auto observation = emitter.begin();
  Message message{.datagram = &datagram};
  Violation broken;
  std::size_t count = 0;
  Subject subject;
  observation.octets = octets;
  observation.code = connectionless + static_cast<std::uint32_t>(datagram.type);
  observation.role = role_of(datagram.type);
  observation.operation = Operation::session;
  if (datagram.malformed) {
    observation.malformed = &*datagram.malformed;
    observation.status = Status::malformed;
  } else {
    bool const call = datagram.type == Type::request || datagram.type == Type::response || datagram.type == Type::fault;
    message.interface = interface_of(find_interface(datagram.interface));
    if (message.interface == nullptr) {
      emitter.unknown("interface", datagram.interface.time_low);
      message.stranger = &datagram.interface;
    }
    if (call) {
      message.opnum = datagram.opnum;
      observation.operation = Operation::other;
      name_method(message, observation);
    }
    subject = message.subject();
    observation.target = {.count = 1, .name = subject.view()};
    if (datagram.type == Type::response) observation.status = Status::ok;
    if (datagram.type == Type::fault) observation.status = status_of(datagram.status);
    if (datagram.type == Type::reject) observation.status = status_of(datagram.status);
    if (datagram.type == Type::request && datagram.fragment == 0)
      count = judge(message.method, datagram.body, datagram.authentication == 0, broken);
  }
  observation.violations = {&broken, count};
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

}  // namespace greywatch::agent::rpc
