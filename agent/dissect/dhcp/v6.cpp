#include <algorithm>

#include "agent/dissect/dhcp/dhcp.hpp"
#include "agent/dissect/dhcp/message.hpp"
#include "agent/dissect/dhcp/v6_message.hpp"
#include "agent/dissect/dhcp/v6_transactions.hpp"
#include "agent/dissect/text/text.hpp"
#include "agent/dissect/violations.hpp"

namespace greywatch::agent::dhcp::v6 {
namespace {

/// An identifier of a type that there is, or three options, each as long as it must be: chance does not do that.
Likeness like(Message const& message) {
  if (static_cast<std::uint8_t>(message.type) > greatest_type || message.options == 0) return Likeness::no;
  auto const duid = read_duid(message.client_id.empty() ? message.server_id : message.client_id);
  bool const known = duid && duid->type >= DuidType::link_layer_time && duid->type <= DuidType::uuid;
  if (message.malformed || message.foreign != 0) return known ? Likeness::plausible : Likeness::no;
  return known || message.options >= 3 ? Likeness::certain : Likeness::plausible;
}

Likeness probe(Bytes octets, Direction) {
  auto const message = read_message(octets, nullptr);
  if (message.type == MessageType::none || is_failover(message.type)) return Likeness::no;
  return like(message);
}

/// What is said over TCP. RFC 5460, 5; RFC 7653, 6; RFC 8156, 6.
bool is_of_stream(MessageType type) {
  return type == MessageType::reply || is_failover(type) ||
         (type >= MessageType::lease_query && type <= MessageType::lease_query_data) ||
         type == MessageType::active_lease_query || type == MessageType::start_tls;
}

/// A length of two octets in front. RFC 5460, 5.1.
constexpr std::size_t length_octets = 2;

Frame frame(Bytes octets) {
  constexpr std::size_t shortest = 4;
  if (octets.size() < length_octets) return {.verdict = Frame::Verdict::more, .length = length_octets + shortest};
  auto const whole = std::size_t{Reader(octets).be16()} + length_octets;
  if (whole < length_octets + shortest)
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_length, .offset = 0};
  return {.verdict = whole <= octets.size() ? Frame::Verdict::complete : Frame::Verdict::more, .length = whole};
}

Likeness probe_tcp(Bytes octets, Direction) {
  auto const framed = frame(octets);
  if (framed.verdict == Frame::Verdict::lost || octets.size() <= length_octets) return Likeness::no;
  if (!is_of_stream(static_cast<MessageType>(octets[length_octets]))) return Likeness::no;
  if (framed.verdict == Frame::Verdict::complete)
    return like(read_message(octets.subspan(length_octets, framed.length - length_octets), nullptr));
  // The beginning of a long one: an identifier must be there already.
  auto const message = read_message(octets.subspan(length_octets), nullptr);
  return like(message) != Likeness::no ? Likeness::more : Likeness::no;
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

using Violations = ViolationList<2>;

void judge(Message& message, Time now, Emitter& emitter, Violations& broken) {
  if (message.said == MessageType::reconfigure) {
    // 16.11: a client throws it away.
    if (!message.authenticated)
      broken.add(
          {"dhcpv6.reconfigure.unauthenticated", "dhcpv6.message_type", 0, static_cast<std::int64_t>(message.said)});
    return;
  }
  auto* const transactions = static_cast<Transactions*>(emitter.shared());
  bool const numbered = message.said != MessageType::dhcpv4_query && message.said != MessageType::dhcpv4_response &&
                        !is_failover(message.said);
  if (transactions == nullptr || message.client.empty() || !numbered || message.said == MessageType::none) return;
  auto const& key = emitter.key();
  if (!is_of_server(message.said)) {
    if (transactions->ask(message, now, key)) emitter.table_full();
    return;
  }
  auto const* asked = transactions->find(message, key);
  if (asked == nullptr) return;
  message.asked = asked->type;
  message.waited_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - asked->latest).count()));
  auto const differs = [](std::uint64_t asked_mark, std::uint64_t mark) {
    return asked_mark != 0 && mark != 0 && asked_mark != mark;
  };
  auto const transaction = static_cast<std::int64_t>(message.transaction);
  if (differs(asked->server, Transactions::mark(message.server_id, key)))
    broken.add({"dhcpv6.response.other_server", "dhcpv6.transaction_id", transaction, transaction});
  if (differs(asked->client, Transactions::mark(message.client_id, key)))
    broken.add({"dhcpv6.response.other_client", "dhcpv6.transaction_id", transaction, transaction});
}

text::Address lease_of(Message const& message) {
  auto name = text::ip(message.address.empty() ? message.prefix.subspan(1) : message.address);
  if (message.address.empty()) {
    name.put('/');
    name.put_number(message.prefix[0]);
  }
  return name;
}

void read_behind(std::size_t prefix, Bytes octets, Direction way, Emitter& emitter) {
  auto observation = emitter.begin();
  auto message = read_message(octets.subspan(prefix), &emitter);
  observation.octets = octets;
  observation.code = static_cast<std::uint32_t>(message.type);
  observation.subcode = message.relays > 0 ? static_cast<std::uint32_t>(message.said) : 0;
  message.client = client_of(message, observation.flow, way);
  Violations broken;
  text::Address lease;
  if (message.gives()) {
    lease = lease_of(message);
    observation.target = {.count = 1, .name = lease.view()};
  }
  judge(message, observation.time, emitter, broken);
  if (!message.malformed) observation.violations = broken.all();
  classify(message, observation, emitter);
  if (message.malformed) {
    message.malformed->offset += prefix;
    observation.malformed = &*message.malformed;
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
  // RFC 7653, 8.2: behind the grant there is only TLS.
  if (message.asked == MessageType::start_tls && observation.status == Status::ok) emitter.hand_on();
}

void read(Bytes datagram, Direction way, void*, Emitter& emitter) { read_behind(0, datagram, way, emitter); }

void read_tcp(Bytes framed, Direction way, void*, Emitter& emitter) {
  read_behind(std::min(length_octets, framed.size()), framed, way, emitter);
}

constexpr Rule rules[] = {
    {"dhcpv6.response.other_server", FindingClass::access, "T0830", ""},
    {"dhcpv6.response.other_client", FindingClass::access, "T0830", ""},
    {"dhcpv6.reconfigure.unauthenticated", FindingClass::access, "T0830", ""},
};

constexpr std::uint16_t ports[] = {546, 547}, stream_ports[] = {547, 647};

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

Dissector const dissector6_tcp{
    .name = "dhcpv6",
    .transport = Transport::tcp,
    .ports = v6::stream_ports,
    .session_size = 0,
    .shared_size = sizeof(v6::Transactions),
    .most = 65536,
    .probe = v6::probe_tcp,
    .frame = v6::frame,
    .read = v6::read_tcp,
    .gap = nullptr,
    .habit = Habit::peers,
    .words = {.code = "message type", .object = "address", .objects = "addresses"},
    .rules = v6::rules,
};

}  // namespace greywatch::agent::dhcp
