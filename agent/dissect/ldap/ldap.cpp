#include "agent/dissect/ldap/ldap.hpp"

#include <algorithm>

#include "agent/dissect/ldap/fields.hpp"
#include "agent/dissect/ldap/message.hpp"
#include "agent/dissect/ldap/session.hpp"
#include "agent/dissect/ldap/tables.hpp"

namespace greywatch::agent::ldap {
namespace {

constexpr std::uint32_t wrapped_code = 512;
constexpr std::size_t most_read = 16 * 1024, longest_message = 64 * 1024 * 1024, longest_wrapped = 0xFFFFFF;
constexpr std::size_t wrapped_header = 4, wrapped_front = 8;

/// A wrapped buffer (RFC 4422, 3.7) that begins as those of Kerberos do: a token of RFC 4121, 4.2.6.2, or of RFC
/// 2743, 3.1.
bool is_token(Bytes octets) {
  auto const token = octets.subspan(wrapped_header);
  return (token[0] == 0x05 && token[1] == 0x04 && token[2] < 8 && token[3] == 0xFF) ||
         (token[0] == 0x60 && (token[1] == 0x06 || token[2] == 0x06 || token[3] == 0x06));
}

Likeness like(Bytes octets, bool datagram) {
  if (octets.empty()) return Likeness::no;
  auto const front = read_front(octets);
  switch (front.verdict) {
    case Front::Verdict::no:
      break;
    case Front::Verdict::more:
      return datagram || (front.whole != 0 && octets.size() >= front.whole) ? Likeness::no : Likeness::more;
    case Front::Verdict::yes:
      if (datagram && front.whole > octets.size()) return Likeness::no;
      // An end of a session is a few octets of which many are zero.
      return front.whole < 10 ? Likeness::plausible : Likeness::certain;
  }
  if (datagram || octets[0] != 0 || octets.size() < wrapped_front) return Likeness::no;
  auto const length = Reader(octets).be32();
  return length >= 28 && length <= longest_wrapped && is_token(octets) ? Likeness::plausible : Likeness::no;
}

Likeness probe_tcp(Bytes octets, Direction) { return like(octets, false); }
Likeness probe_udp(Bytes octets, Direction) { return like(octets, true); }

constexpr Frame lost{.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_value, .offset = 0};

Frame of_length(Bytes octets, std::size_t whole, std::size_t most) {
  auto const wanted = std::min(whole, most);
  return {.verdict = octets.size() >= wanted ? Frame::Verdict::complete : Frame::Verdict::more,
          .length = whole,
          .wanted = wanted};
}

/// A message, or a buffer that SASL wrapped.
Frame frame(Bytes octets, Direction, void const* memory) {
  auto const& session = *static_cast<Session const*>(memory);
  if (octets.empty()) return {};
  if (octets[0] == 0) {
    if (octets.size() < wrapped_front) return {.verdict = Frame::Verdict::more, .length = wrapped_front};
    auto const length = Reader(octets).be32();
    if (length < 4 || length > longest_wrapped || (!session.sasl && !is_token(octets))) return lost;
    return of_length(octets, wrapped_header + length, wrapped_front);
  }
  auto const front = read_front(octets);
  if (front.verdict == Front::Verdict::no || front.whole > longest_message) return lost;
  if (front.whole == 0) return {};
  if (front.verdict == Front::Verdict::more && octets.size() >= front.whole) return lost;
  return of_length(octets, front.whole, most_read);
}

void classify(Message const& message, Observation& observation) {
  auto const op = static_cast<Op>(message.op);
  observation.code = message.op;
  observation.role = is_answer(op) ? Role::response : Role::request;
  if (message.outcome) {
    observation.subcode = static_cast<std::uint32_t>(message.outcome->code);
    observation.status = status_of(message.outcome->code);
  }
  switch (op) {
    case Op::search:
    case Op::compare:
    case Op::search_done:
    case Op::compare_response:
      observation.operation = Operation::read;
      break;
    case Op::entry:
    case Op::reference:
      observation.operation = Operation::read;
      observation.status = Status::ok;
      break;
    case Op::modify:
    case Op::add:
    case Op::remove:
    case Op::modify_dn:
    case Op::modify_response:
    case Op::add_response:
    case Op::remove_response:
    case Op::modify_dn_response:
      observation.operation = Operation::write;
      break;
    default:
      observation.operation = Operation::session;
  }
  if (op == Op::unbind || op == Op::abandon) observation.role = Role::unsolicited;
  if (is_answer(op)) return;
  auto const about = op == Op::extended ? message.oid : message.name;
  if (!about.empty()) observation.target = {.count = 1, .name = about};
}

constexpr Rule rules[] = {
    {"ldap.bind.password_in_clear", FindingClass::access, "T0842", "T0859"},
    {"ldap.bind.repeated_failures", FindingClass::access, "T0859", "T1694.001"},
    {"ldap.directory.modified", FindingClass::access, "T0859", ""},
};

std::size_t judge(Message& message, logon::Client const& client, Observation const& observation, Violation* broken) {
  std::size_t count = 0;
  if (message.bind) {
    if (message.bind->password) broken[count++] = {"ldap.bind.password_in_clear", "ldap.bind.password", 0, 1};
    auto const failures = client.failures();
    if (auto const guess = logon::guessing(failures, "ldap.bind.repeated_failures", "ldap.bind.failures")) {
      message.failures = failures;
      broken[count++] = *guess;
    }
  }
  if (message.is(Op::bind_response) && message.outcome->code == invalid_credentials) message.failures = client.failed();
  if (observation.operation == Operation::write && observation.role == Role::request)
    broken[count++] = {"ldap.directory.modified", "ldap.protocol_op", 0, message.op};
  return count;
}

void read_message_at(Bytes octets, std::size_t whole, Session& session, Emitter& emitter) {
  auto observation = emitter.begin();
  Message message;
  auto const done = read_message(octets, whole, message);
  Malformed why;
  Violation broken[std::size(rules)];
  observation.octets = octets;
  classify(message, observation);
  if (done) {
    session.follow(message);
    if (message.outcome && result_name(message.outcome->code).empty())
      emitter.unknown("result_code", static_cast<std::uint32_t>(message.outcome->code));
    if (message.is(Op::extended) && extension_name(message.oid).empty()) emitter.unknown("extension", 0);
    logon::Client const client(static_cast<Shared*>(emitter.shared()), observation, emitter);
    observation.violations = {broken, judge(message, client, observation, broken)};
  } else {
    why = done.error();
    why.offset = std::min(why.offset, octets.size());
    observation.malformed = &why;
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

/// What SASL hides: that it is there.
void read_wrapped(Bytes octets, Direction way, Emitter& emitter) {
  auto observation = emitter.begin();
  observation.octets = octets;
  observation.code = wrapped_code;
  observation.role = way == Direction::to_server ? Role::request : Role::response;
  auto const length = Reader(octets).be32();
  observation.describe = [](void const* said, FieldSink& sink) {
    sink.field("ldap.sasl_length", std::uint64_t{*static_cast<std::uint32_t const*>(said)});
  };
  observation.message = &length;
  emitter.emit(observation);
}

void read_tcp(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  if (octets.empty()) return;
  if (octets[0] == 0) return read_wrapped(octets, way, emitter);
  read_message_at(octets, std::max(read_front(octets).whole, octets.size()), session, emitter);
  if (session.tls) emitter.hand_on();
}

/// An answer may hold the entry and the end of a search in one datagram.
void read_udp(Bytes octets, Direction, void* memory, Emitter& emitter) {
  constexpr int most_messages = 8;
  auto& session = *static_cast<Session*>(memory);
  for (int n = 0; n == 0 || (n < most_messages && !octets.empty()); ++n) {
    auto const whole = read_front(octets).whole;
    auto const length = whole == 0 ? octets.size() : std::min(whole, octets.size());
    read_message_at(octets.first(length), length, session, emitter);
    octets = octets.subspan(length);
  }
}

void gap(Direction, void* memory) { static_cast<Session*>(memory)->forget(); }

constexpr std::uint16_t ports[] = {389, 3268};
constexpr Words words{.code = "operation", .subcode = "result", .object = "entry", .objects = "entries"};

}  // namespace

Dissector const tcp_dissector{
    .name = "ldap",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .shared_size = sizeof(Shared),
    .most = most_read,
    .probe = probe_tcp,
    .frame = nullptr,
    .read = read_tcp,
    .gap = gap,
    .habit = Habit::peers,
    .words = words,
    .rules = rules,
    .frame_in = frame,
};

Dissector const udp_dissector{
    .name = "ldap",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = sizeof(Session),
    .shared_size = sizeof(Shared),
    .most = 65507,
    .probe = probe_udp,
    .frame = nullptr,
    .read = read_udp,
    .gap = gap,
    .habit = Habit::peers,
    .words = words,
    .rules = rules,
};

}  // namespace greywatch::agent::ldap
