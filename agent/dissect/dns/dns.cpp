#include "agent/dissect/dns/dns.hpp"

#include <algorithm>

#include "agent/dissect/dns/message.hpp"
#include "agent/dissect/dns/session.hpp"

namespace greywatch::agent::dns {
namespace {

constexpr std::uint16_t multicast_port = 5353, llmnr_port = 5355;

/// The NetBIOS name service (RFC 1002) has the same layout, and names whose first label is 32 letters from A to P. A
/// damaged one is still none of ours.
bool is_netbios(std::string_view name) {
  if (name.size() < 32 || (name.size() > 32 && name[32] != '.')) return false;
  return std::ranges::count_if(name.substr(0, 32), [](char letter) { return letter >= 'A' && letter <= 'P'; }) >= 24;
}

/// No octet of the name had to be written as a number.
bool is_text(std::string_view name) {
  for (std::size_t at = 0; at + 1 < name.size(); ++at) {
    if (name[at] != '\\') continue;
    if (text::is_digit(static_cast<std::uint8_t>(name[++at]))) return false;
  }
  return true;
}

bool class_exists(std::uint16_t value) {
  value &= 0x7fff;
  return value == 1 || value == 3 || value == 4 || value == 254 || value == 255;
}

/// Counts and flags as they are in practice: the odds of other octets are below 2^-30.
bool is_sane(Header const& header) {
  constexpr std::uint16_t most_questions = 64, most_records = 255;
  auto const opcode = header.opcode();
  if (header.z() || (opcode != 0 && opcode != 4 && opcode != 5) || header.rcode() > 11) return false;
  if (!header.response() && (header.rcode() != 0 || header.recursion_available())) return false;
  if (header.questions == 0 && (!header.response() || header.answers == 0)) return false;
  return header.questions <= most_questions && header.answers <= most_records && header.authorities <= most_records &&
         header.additional <= most_records;
}

Likeness like(Bytes message) {
  if (message.size() < header_octets) return Likeness::no;
  auto const header = read_header(message);
  if (!is_sane(header)) return Likeness::no;
  Walk walk(message, header);
  bool named = false, odd = false;
  while (auto const question = walk.question()) {
    if (is_netbios(walk.name.view())) return Likeness::no;
    named |= walk.name.view() != ".";
    odd |= !is_text(walk.name.view()) || question->type == 0 || !class_exists(question->qclass);
  }
  while (auto const record = walk.record()) {
    if (is_netbios(walk.name.view())) return Likeness::no;
    named |= walk.name.view() != ".";
    odd |= !is_text(walk.name.view()) || record->type == 0 || !data_fits(message, *record);
    odd |= record->type != 41 && !class_exists(record->rclass);
  }
  bool const exact = !walk.malformed && walk.at == message.size();
  if (exact && named && !odd) return Likeness::certain;
  // Damaged or unusual: it takes another message, or the port. A label of 32 octets may be a NetBIOS name.
  constexpr std::uint8_t netbios_label = 32;
  return message.size() > header_octets && message[header_octets] != netbios_label ? Likeness::plausible : Likeness::no;
}

Likeness probe(Bytes octets, Direction) { return like(octets); }

/// Two octets of length in front. RFC 1035, 4.2.2.
Frame frame(Bytes octets) {
  if (octets.size() < 2) return {.verdict = Frame::Verdict::more, .length = 2 + header_octets};
  auto const length = Reader(octets).be16();
  if (length < header_octets)
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_length, .offset = 0};
  auto const whole = std::size_t{length} + 2;
  return {.verdict = whole <= octets.size() ? Frame::Verdict::complete : Frame::Verdict::more, .length = whole};
}

Likeness probe_tcp(Bytes octets, Direction) {
  auto const framed = frame(octets);
  if (framed.verdict == Frame::Verdict::lost || octets.size() < 2 + header_octets) return Likeness::no;
  if (framed.verdict == Frame::Verdict::complete) return like(octets.subspan(2, framed.length - 2));
  // The beginning of a long answer: its question must be there already.
  auto const message = octets.subspan(2);
  auto const header = read_header(message);
  if (!header.response() || header.z() || header.opcode() != 0 || header.questions != 1 || header.answers == 0)
    return Likeness::no;
  Walk walk(message, header);
  auto const question = walk.question();
  if (!question || !class_exists(question->qclass) || !is_text(walk.name.view())) return Likeness::no;
  return Likeness::more;
}

Status status_of(std::uint8_t rcode) {
  switch (rcode) {
    case 0:
      return Status::ok;
    case 3:  // NXDOMAIN
    case 8:  // NXRRSET
      return Status::unknown_object;
    case 4:  // NOTIMP
      return Status::unsupported;
    case 5:   // REFUSED
    case 6:   // YXDOMAIN
    case 7:   // YXRRSET
    case 9:   // NOTAUTH
    case 10:  // NOTZONE
      return Status::refused;
    default:
      return Status::failed;
  }
}

void classify(Header const& header, Kin kin, Observation& observation, Emitter& emitter) {
  switch (header.opcode()) {
    case 0:
      observation.operation = Operation::read;
      break;
    case 2:
      observation.operation = Operation::diagnose;
      break;
    case 4:
      observation.operation = Operation::report;
      break;
    case 5:
      observation.operation = Operation::configure;
      break;
    case 6:
      observation.operation = Operation::session;
      break;
    default:
      emitter.unknown("opcode", header.opcode());
  }
  if (header.response()) {
    observation.role = Role::response;
    observation.status = status_of(header.rcode());
    if (header.rcode() > 11) emitter.unknown("rcode", header.rcode());
  }
  if (kin != Kin::multicast) return;
  // One is asked by nobody in particular, and answers nobody in particular.
  observation.role = Role::unsolicited;
  if (header.response()) observation.operation = Operation::report;
  observation.status = Status::none;
}

std::uint64_t mark_of(std::string_view name, Question const& question) {
  std::uint64_t mark = 0xcbf2'9ce4'8422'2325;
  for (char letter : name) mark = (mark ^ text::lower(static_cast<std::uint8_t>(letter))) * 0x100'0000'01b3;
  return (mark ^ (std::uint64_t{question.type} << 16 | question.qclass)) * 0x100'0000'01b3;
}

/// At most one rule can be broken.
std::size_t judge(Header const& header, std::uint64_t question, Session& session, Violation* broken) {
  if (!header.response()) {
    session.ask(header.id, question);
    return 0;
  }
  auto const* asked = session.find(header.id);
  if (asked == nullptr || asked->question == question) return 0;
  *broken = {"dns.response.other_question", "dns.id", header.id, header.id};
  return 1;
}

Kin kin_of(Flow const& flow) {
  if (flow.server.port == multicast_port || flow.client.port == multicast_port) return Kin::multicast;
  if (flow.server.port == llmnr_port || flow.client.port == llmnr_port) return Kin::llmnr;
  return Kin::unicast;
}

void read_message(Bytes octets, std::size_t prefix, Session& session, Emitter& emitter) {
  auto observation = emitter.begin();
  observation.octets = octets;
  Message message{.octets = octets.subspan(prefix), .kin = kin_of(observation.flow)};
  std::optional<Malformed> malformed;
  Violation broken;
  Name name;
  if (message.octets.size() < header_octets) {
    malformed = Malformed{Defect::truncated, message.octets.size(), "header"};
  } else {
    auto const header = read_header(message.octets);
    Walk walk(message.octets, header);
    auto const question = walk.question();
    observation.code = header.opcode();
    if (question) {
      name = walk.name;
      observation.subcode = header.is_update() ? 0 : question->type;
      observation.target = {.count = 1, .name = name.view()};
    }
    while (walk.question()) {
    }
    while (walk.record()) {
    }
    malformed = walk.malformed;
    classify(header, message.kin, observation, emitter);
    if (!malformed) {
      if (walk.at != message.octets.size()) emitter.tolerated("octets behind the last record");
      if (question && message.kin != Kin::multicast)
        observation.violations = {&broken, judge(header, mark_of(name.view(), *question), session, &broken)};
    }
  }
  if (malformed) {
    malformed->offset += prefix;
    observation.malformed = &*malformed;
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

void read(Bytes datagram, Direction, void* memory, Emitter& emitter) {
  read_message(datagram, 0, *static_cast<Session*>(memory), emitter);
}

void read_tcp(Bytes framed, Direction, void* memory, Emitter& emitter) {
  read_message(framed, std::min<std::size_t>(2, framed.size()), *static_cast<Session*>(memory), emitter);
}

void gap(Direction, void* memory) { *static_cast<Session*>(memory) = {}; }

constexpr Rule rules[] = {{"dns.response.other_question", FindingClass::access, "T0830", "T1692.002"}};

constexpr std::uint16_t ports[] = {53, multicast_port, llmnr_port};

constexpr Words words{.code = "opcode", .subcode = "type", .object = "name", .objects = "names"};

}  // namespace

Dissector const dissector{
    .name = "dns",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = 65507,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = gap,
    .habit = Habit::peers,
    .words = words,
    .rules = rules,
};

Dissector const dissector_tcp{
    .name = "dns",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = 65536,
    .probe = probe_tcp,
    .frame = frame,
    .read = read_tcp,
    .gap = gap,
    .habit = Habit::peers,
    .words = words,
    .rules = rules,
};

}  // namespace greywatch::agent::dns
