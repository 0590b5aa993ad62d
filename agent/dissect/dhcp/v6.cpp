#include <algorithm>

#include "agent/dissect/dhcp/dhcp.hpp"
#include "agent/dissect/dhcp/message.hpp"
#include "agent/dissect/dhcp/v6_message.hpp"
#include "agent/dissect/dhcp/v6_transactions.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::dhcp::v6 {
namespace {

/// An identifier of a type that there is, or three options, each as long as it must be: chance does not do that.
Likeness probe(Bytes octets, Direction) {
  auto const message = read_message(octets, nullptr);
  auto const type = static_cast<std::uint8_t>(message.type);
  if (type == 0 || type > greatest_type || is_failover(message.type) || message.options == 0) return Likeness::no;
  auto const duid = read_duid(message.client_id.empty() ? message.server_id : message.client_id);
  bool const known = duid && duid->type >= DuidType::link_layer_time && duid->type <= DuidType::uuid;
  if (message.malformed || message.foreign != 0) return known ? Likeness::plausible : Likeness::no;
  return known || message.options >= 3 ? Likeness::certain : Likeness::plausible;
}

/// Status codes of the registry; RFC 8415, 21.13, RFC 5007, RFC 5460, RFC 7653, RFC 8156.
Status status_of(std::uint16_t code, Emitter& emitter) {
  constexpr std::uint16_t greatest = 22;
  switch (code) {
    case 0:
    case 13:  // CatchUpComplete
      return Status::ok;
    case 2:   // NoAddrsAvail
    case 4:   // NotOnLink
    case 5:   // UseMulticast
    case 6:   // NoPrefixAvail
    case 10:  // NotAllowed
    case 15:  // TLSConnectionRefused
    case 16:  // AddressInUse
      return Status::refused;
    case 3:  // NoBinding
    case 9:  // NotConfigured
      return Status::unknown_object;
    case 7:   // UnknownQueryType
    case 14:  // NotSupported
      return Status::unsupported;
    default:
      if (code > greatest) emitter.unknown("status_code", code);
      return Status::failed;
  }
}

Operation operation_of(MessageType type) {
  switch (type) {
    case MessageType::information_request:
    case MessageType::lease_query:
    case MessageType::lease_query_reply:
    case MessageType::lease_query_done:
    case MessageType::lease_query_data:
    case MessageType::active_lease_query:
      return Operation::read;
    case MessageType::reconfigure:
    case MessageType::reconfigure_request:
    case MessageType::reconfigure_reply:
      return Operation::configure;
    default:
      return static_cast<std::uint8_t>(type) > greatest_type ? Operation::other : Operation::session;
  }
}

void classify(Message const& message, Observation& observation, Emitter& emitter) {
  observation.operation = operation_of(message.asked != MessageType::none ? message.asked : message.said);
  if (message.said == MessageType::reconfigure) {
    observation.role = Role::unsolicited;
  } else if (is_of_server(message.said)) {
    observation.role = Role::response;
    observation.status = status_of(message.status != 0 ? message.status
                                   : message.gives()   ? 0
                                                       : message.lease_status,
                                   emitter);
  }
}

/// Of one that a relay carries, else of the datagram's sender or receiver.
Bytes client_of(Message const& message, Flow const& flow, Direction way) {
  if (!message.peer.empty()) return message.peer;
  auto const& end = is_of_server(message.said) ? flow.receiver(way) : flow.sender(way);
  return end.ip.version == 6 ? Bytes(end.ip.octets) : Bytes{};
}

/// At most two rules can be broken at once.
std::size_t judge(Message& message, Time now, Emitter& emitter, Violation* broken) {
  if (message.said == MessageType::reconfigure) {
    // 16.11: a client throws it away.
    if (message.authenticated) return 0;
    broken[0] = {"dhcpv6.reconfigure.unauthenticated", "dhcpv6.message_type", 0,
                 static_cast<std::int64_t>(message.said)};
    return 1;
  }
  auto* const transactions = static_cast<Transactions*>(emitter.shared());
  bool const numbered = message.said != MessageType::dhcpv4_query && message.said != MessageType::dhcpv4_response;
  if (transactions == nullptr || message.client.empty() || !numbered || message.said == MessageType::none) return 0;
  auto const& key = emitter.key();
  if (!is_of_server(message.said)) {
    if (transactions->ask(message, now, key)) emitter.tolerated("a transaction that others pushed out");
    return 0;
  }
  auto const* asked = transactions->find(message, key);
  if (asked == nullptr) return 0;
  message.asked = asked->type;
  message.waited_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - asked->latest).count()));
  std::size_t count = 0;
  auto const differs = [](std::uint64_t asked_mark, std::uint64_t mark) {
    return asked_mark != 0 && mark != 0 && asked_mark != mark;
  };
  auto const transaction = static_cast<std::int64_t>(message.transaction);
  if (differs(asked->server, Transactions::mark(message.server_id, key)))
    broken[count++] = {"dhcpv6.response.other_server", "dhcpv6.transaction_id", transaction, transaction};
  if (differs(asked->client, Transactions::mark(message.client_id, key)))
    broken[count++] = {"dhcpv6.response.other_client", "dhcpv6.transaction_id", transaction, transaction};
  return count;
}

text::Address lease_of(Message const& message) {
  auto name = text::ip(message.address.empty() ? message.prefix.subspan(1) : message.address);
  if (message.address.empty()) {
    name.put('/');
    name.put_number(message.prefix[0]);
  }
  return name;
}

void read(Bytes datagram, Direction way, void*, Emitter& emitter) {
  auto observation = emitter.begin();
  auto message = read_message(datagram, &emitter);
  observation.octets = datagram;
  observation.code = static_cast<std::uint32_t>(message.type);
  observation.subcode = message.relays > 0 ? static_cast<std::uint32_t>(message.said) : 0;
  message.client = client_of(message, observation.flow, way);
  Violation broken[2];
  text::Address lease;
  if (message.gives()) {
    lease = lease_of(message);
    observation.target = {.count = 1, .name = lease.view()};
  }
  auto const count = judge(message, observation.time, emitter, broken);
  if (!message.malformed) observation.violations = {broken, count};
  classify(message, observation, emitter);
  if (message.malformed) {
    observation.malformed = &*message.malformed;
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

constexpr Rule rules[] = {
    {"dhcpv6.response.other_server", FindingClass::access, "T0830", ""},
    {"dhcpv6.response.other_client", FindingClass::access, "T0830", ""},
    {"dhcpv6.reconfigure.unauthenticated", FindingClass::access, "T0830", ""},
};

constexpr std::uint16_t ports[] = {546, 547};

}  // namespace
}  // namespace greywatch::agent::dhcp::v6

namespace greywatch::agent::dhcp {

Dissector const dissector6{
    .name = "dhcpv6",
    .transport = Transport::udp,
    .ports = v6::ports,
    .session_size = 0,
    .shared_size = sizeof(v6::Transactions),
    .most = 65507,
    .probe = v6::probe,
    .frame = nullptr,
    .read = v6::read,
    .gap = nullptr,
    .habit = Habit::peers,
    .words = {.code = "message type", .object = "address", .objects = "addresses"},
    .rules = v6::rules,
};

}  // namespace greywatch::agent::dhcp
