#include "agent/dissect/kerberos/kerberos.hpp"

#include <algorithm>

#include "agent/dissect/kerberos/fields.hpp"
#include "agent/dissect/kerberos/message.hpp"
#include "agent/dissect/kerberos/tables.hpp"
#include "agent/dissect/logon/failures.hpp"

namespace greywatch::agent::kerberos {
namespace {

constexpr std::uint32_t change_password = 256, change_password_reply = 257;
constexpr std::size_t record_mark = 4;
constexpr std::size_t longest_message = 65532;

/// What is remembered of a flow; all zero at its start.
struct Session {
  bool asked_without_proof;  ///< the latest AS-REQ had no pre-authentication
};
using Shared = logon::Failures;

/// Identifier and length of what must be an element of this identifier; octets behind them.
struct Head {
  bool good;
  std::size_t length;
};
Head head(Reader& in, std::uint8_t identifier) {
  if (in.u8() != identifier) return {};
  std::size_t const first = in.u8();
  if (first < 0x80) return {true, first};
  if (first == 0x80 || first > 0x84) return {};
  std::size_t length = 0;
  for (auto octet : in.take(first - 0x80)) length = length << 8 | octet;
  return {true, length};
}

/// Do octets begin a message of `whole` octets? Tags and lengths must agree down to version and type.
Likeness like(Bytes octets, std::size_t whole) {
  if (octets.empty()) return Likeness::more;
  auto const type = static_cast<std::uint8_t>(octets[0] & 0x1F);
  if ((octets[0] & 0xE0) != 0x60 || type_name(type).empty()) return Likeness::no;
  Reader in(octets);
  auto const outer = head(in, octets[0]);
  if (in && (!outer.good || in.at() + outer.length != whole)) return Likeness::no;
  auto const inner = head(in, 0x30);
  if (in && (!inner.good || in.at() + inner.length != whole)) return Likeness::no;
  std::uint8_t const first = type == 10 || type == 12 ? 1 : 0;  // KDC-REQ counts its fields from 1
  auto const body = in.take(10);
  if (!in) return octets.size() < 20 ? Likeness::more : Likeness::no;
  std::uint8_t const wanted[] = {static_cast<std::uint8_t>(0xA0 | first), 3, 2, 1, 5,
                                 static_cast<std::uint8_t>(0xA1 + first), 3, 2, 1, type};
  return std::ranges::equal(body, wanted) ? Likeness::certain : Likeness::no;
}

/// RFC 3244, 2: length, version 1 or 0xff80, length of the message that follows.
Likeness like_password(Bytes octets, std::size_t whole) {
  Reader in(octets);
  auto const length = in.be16(), version = in.be16(), first = in.be16();
  if (!in) return octets.size() >= 2 && length != whole ? Likeness::no : Likeness::more;
  if (length != whole || (version != 1 && version != 0xFF80) || first + 6u > whole || first == 0) return Likeness::no;
  return like(octets.subspan(6), first);
}

Likeness like_either(Bytes octets, std::size_t whole) {
  auto const likeness = like(octets, whole);
  return likeness != Likeness::no ? likeness : like_password(octets, whole);
}

Likeness probe_udp(Bytes octets, Direction) {
  auto const likeness = like_either(octets, octets.size());
  return likeness == Likeness::more ? Likeness::no : likeness;
}

Likeness probe_tcp(Bytes octets, Direction) {
  Reader in(octets);
  auto const length = in.be32();
  if (!in) return octets.empty() || octets[0] == 0 ? Likeness::more : Likeness::no;
  if (length < 20 || length > longest_message) return Likeness::no;
  return like_either(octets.subspan(record_mark), length);
}

/// RFC 4120, 7.2.2. The top bit of the length is reserved.
Frame frame(Bytes octets) {
  if (octets.size() < record_mark) return {.verdict = Frame::Verdict::more, .length = record_mark};
  std::size_t const length = Reader(octets).be32();
  if (length == 0 || length > longest_message)
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_length, .offset = 0};
  auto const whole = length + record_mark;
  return {.verdict = whole <= octets.size() ? Frame::Verdict::complete : Frame::Verdict::more, .length = whole};
}

bool has_proof(Message const& message) {
  asn1::BerReader list(message.padata);
  for (int n = 0; n < most_entries; ++n) {
    auto const one = next_preauthentication(list);
    if (!one) return false;
    if (is_proof(one->type)) return true;
  }
  return true;
}

/// Unknown codes are counted; all of them deprecated is worth a word.
bool read_etypes(Message const& message, Emitter& emitter) {
  asn1::BerReader list(message.etypes);
  int weak = 0, strong = 0;
  for (int n = 0; n < most_entries; ++n) {
    auto const etype = next_integer(list);
    if (!etype) break;
    if (etype_name(*etype).empty()) emitter.unknown("etype", static_cast<std::uint32_t>(*etype));
    ++(is_weak(*etype) ? weak : strong);
  }
  return weak != 0 && strong == 0;
}

void classify(Message const& message, Observation& observation) {
  observation.role = observation.way == Direction::to_server ? Role::request : Role::response;
  observation.code = message.type;
  if (message.password_version) {
    bool const answer = !message.is(Type::ap_req);
    observation.code = answer ? change_password_reply : change_password;
    observation.operation = Operation::session;
    if (answer) observation.status = message.error ? status_of_error(*message.error) : Status::none;
    return;
  }
  switch (static_cast<Type>(message.type)) {
    case Type::as_req:
    case Type::tgs_req:
      observation.operation = Operation::read;
      observation.role = Role::request;
      return;
    case Type::as_rep:
    case Type::tgs_rep:
      observation.operation = Operation::read;
      observation.role = Role::response;
      observation.status = Status::ok;
      return;
    case Type::error:
      observation.operation = Operation::read;
      observation.role = Role::response;
      observation.subcode = static_cast<std::uint32_t>(message.error.value_or(0));
      observation.status = status_of_error(message.error.value_or(60));
      return;
    case Type::ap_req:
      observation.operation = Operation::session;
      return;
    case Type::ap_rep:
      observation.operation = Operation::session;
      observation.status = Status::ok;
      return;
    default:
      return;
  }
}

constexpr Rule rules[] = {
    {"kerberos.ticket.without_preauthentication", FindingClass::access, "T0859", ""},
    {"kerberos.encryption.weak_only", FindingClass::access, "T0859", ""},
    {"kerberos.logon.repeated_failures", FindingClass::access, "T0859", "T1694.001"},
};

std::size_t judge(Message& message, Session& session, logon::Client const& client, Violation* broken) {
  std::size_t count = 0;
  if (message.is(Type::as_req)) {
    session.asked_without_proof = !has_proof(message);
    auto const failures = client.failures();
    if (auto const guess = logon::guessing(failures, "kerberos.logon.repeated_failures", "kerberos.logon_failures")) {
      message.failures = failures;
      broken[count++] = *guess;
    }
  }
  if (message.weak_only) broken[count++] = {"kerberos.encryption.weak_only", "kerberos.weak_etypes_only", 0, 1};
  if (message.is(Type::as_rep) && std::exchange(session.asked_without_proof, false))
    broken[count++] = {"kerberos.ticket.without_preauthentication", "kerberos.msg_type",
                       static_cast<std::int64_t>(Type::error), static_cast<std::int64_t>(Type::as_rep)};
  if (message.error && is_failed_logon(*message.error)) message.failures = client.failed();
  return count;
}

void count_unknown(Message const& message, Emitter& emitter) {
  if (message.error && error_name(*message.error).empty())
    emitter.unknown("error_code", static_cast<std::uint32_t>(*message.error));
  for (auto const* each : {&message.encrypted, &message.timestamp, &message.fast})
    if (*each && etype_name((*each)->etype).empty())
      emitter.unknown("etype", static_cast<std::uint32_t>((*each)->etype));
}

void read_any(Bytes octets, std::size_t front, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto observation = emitter.begin();
  observation.octets = octets;
  Message message;
  if (front != 0) message.record_length = static_cast<std::uint32_t>(octets.size() - front);
  auto const body = octets.subspan(front);
  bool const application = !body.empty() && (body[0] & 0xE0) == 0x60;
  auto const done = application ? read_message(body, message) : read_password(body, message);
  classify(message, observation);
  Malformed why;
  Violation broken[std::size(rules)];
  if (done) {
    message.weak_only = read_etypes(message, emitter);
    count_unknown(message, emitter);
    if (!message.password_version && type_name(message.type).empty()) emitter.unknown("msg_type", message.type);
    logon::Client const client(static_cast<Shared*>(emitter.shared()), observation, emitter);
    observation.violations = {broken, judge(message, session, client, broken)};
  } else {
    why = done.error();
    why.offset = std::min(why.offset + front, octets.size());
    observation.malformed = &why;
    observation.status = Status::malformed;
  }
  auto const as_client = message.is(Type::as_req);
  auto const& whose = as_client ? message.client : message.server;
  Name name;
  if (observation.role == Role::request && whose) {
    name = principal_text(*whose, message.realm.value_or(""));
    observation.target = {.count = 1, .name = name.view()};
  } else if (message.ap && message.is(Type::ap_req)) {
    name = principal_text(message.ap->ticket.server, message.ap->ticket.realm);
    observation.target = {.count = 1, .name = name.view()};
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

void read_udp(Bytes octets, Direction, void* memory, Emitter& emitter) { read_any(octets, 0, memory, emitter); }
void read_tcp(Bytes octets, Direction, void* memory, Emitter& emitter) {
  read_any(octets, record_mark, memory, emitter);
}

void gap(Direction, void* memory) { static_cast<Session*>(memory)->asked_without_proof = false; }

constexpr std::uint16_t ports[] = {88, 464};
constexpr Words words{.code = "message", .subcode = "error", .object = "principal", .objects = "principals"};

}  // namespace

Dissector const udp_dissector{
    .name = "kerberos",
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

Dissector const tcp_dissector{
    .name = "kerberos",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .shared_size = sizeof(Shared),
    .most = longest_message + record_mark,
    .probe = probe_tcp,
    .frame = frame,
    .read = read_tcp,
    .gap = gap,
    .habit = Habit::peers,
    .words = words,
    .rules = rules,
};

}  // namespace greywatch::agent::kerberos
