#include "agent/dissect/mqtt/mqtt.hpp"

#include <algorithm>
#include <charconv>

#include "agent/dissect/mqtt/fields.hpp"
#include "agent/dissect/mqtt/packet.hpp"
#include "agent/dissect/mqtt/session.hpp"

namespace greywatch::agent::mqtt {
namespace {

bool known_connect(Connect const& connect) {
  auto const level = connect.level & 0x7F;
  return connect.protocol_name == "MQTT" ? level == level_311 || level == level_5
                                         : connect.protocol_name == "MQIsdp" && level == level_31;
}

/// A topic that could be one: no control characters, and in a PUBLISH no wildcard. MQTT 5.0, 4.7.
bool like_topic(std::string_view topic, bool filter) {
  return !topic.empty() && std::ranges::all_of(topic, [&](char letter) {
    return static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7F && (filter || (letter != '+' && letter != '#'));
  });
}

Likeness probe(Bytes octets, Direction) {
  auto const [verdict, header] = read_header(octets);
  if (verdict != HeaderRead::Verdict::complete)
    return verdict == HeaderRead::Verdict::more ? Likeness::more : Likeness::no;
  auto const packet = read_packet(octets, 0);
  auto const of_length = [&](std::uint32_t least, std::uint32_t most) {
    return header.remaining >= least && header.remaining <= most ? Likeness::plausible : Likeness::no;
  };
  switch (header.type) {
    case Type::connect:
      return known_connect(*packet.connect) ? Likeness::certain : Likeness::no;
    case Type::connack:
      return octets.size() > 3 && octets[2] <= 1 && (octets[3] <= 5 || octets[3] >= 0x80) ? of_length(2, 512)
                                                                                          : Likeness::no;
    case Type::publish: {
      Reader in(octets.subspan(header.octets));
      auto const length = in.be16();
      if (!in) return Likeness::more;
      if (length + 2U > header.remaining) return Likeness::no;
      auto const here = as_text(in.take(std::min<std::size_t>(length, in.left())));
      return like_topic(here, false) ? Likeness::plausible : Likeness::no;
    }
    case Type::puback:
    case Type::pubrec:
    case Type::pubrel:
    case Type::pubcomp:
      return of_length(2, 3);
    case Type::subscribe:
    case Type::unsubscribe: {
      if (octets.size() < header.whole()) return header.remaining <= most_read ? Likeness::more : Likeness::no;
      Topics topics(packet);
      auto const topic = topics.next();
      return !packet.malformed && topic && like_topic(topic->filter, true) ? Likeness::plausible : Likeness::no;
    }
    case Type::suback:
      return of_length(3, 64);
    case Type::unsuback:
      return of_length(2, 64);
    case Type::pingreq:
    case Type::pingresp:
      return of_length(0, 0);
    case Type::disconnect:
      return of_length(0, 1);
    case Type::auth:
      return Likeness::no;
  }
  return Likeness::no;
}

Frame frame(Bytes octets) {
  auto const [verdict, header] = read_header(octets);
  if (verdict == HeaderRead::Verdict::more) return {};
  if (verdict == HeaderRead::Verdict::broken)
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
  auto const wanted = std::min(header.whole(), most_read);
  return {.verdict = octets.size() >= wanted ? Frame::Verdict::complete : Frame::Verdict::more,
          .length = header.whole(),
          .wanted = wanted};
}

/// MQTT 5.0, 2.4.
Status status_of_reason(std::uint8_t reason) {
  if (reason < 0x80) return Status::ok;
  switch (reason) {
    case 0x84:  // unsupported protocol version
    case 0x9A:  // retain not supported
    case 0x9B:  // QoS not supported
    case 0x9E:  // shared subscriptions not supported
    case 0xA1:  // subscription identifiers not supported
    case 0xA2:  // wildcard subscriptions not supported
      return Status::unsupported;
    case 0x8F:  // topic filter invalid
    case 0x90:  // topic name invalid
      return Status::unknown_object;
    case 0x85:  // client identifier not valid
    case 0x86:  // bad user name or password
    case 0x87:  // not authorized
    case 0x8A:  // banned
    case 0x8C:  // bad authentication method
    case 0x9F:  // connection rate exceeded
      return Status::refused;
    default:
      return Status::failed;
  }
}

Status status_of(Packet const& packet) {
  if (packet.header.type == Type::connack && packet.level < level_5) {
    constexpr Status by_code[] = {Status::ok,     Status::unsupported, Status::refused,
                                  Status::failed, Status::refused,     Status::refused};
    auto const code = packet.reason.value_or(0);
    return code < std::size(by_code) ? by_code[code] : Status::failed;
  }
  if (packet.header.type == Type::suback || packet.header.type == Type::unsuback) {
    auto const worst = std::ranges::max_element(packet.payload);
    if (worst == packet.payload.end()) return Status::ok;
    return packet.level < level_5 && *worst >= 0x80 ? Status::refused : status_of_reason(*worst);
  }
  return status_of_reason(packet.reason.value_or(0));
}

/// A number that is all of the payload, as many sensors publish it.
std::optional<double> number_of(std::string_view text) {
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void classify(Packet const& packet, Observation& observation) {
  auto const to_server = observation.way == Direction::to_server;
  auto const answers = [&](Operation operation) {
    observation.operation = operation;
    observation.role = Role::response;
    observation.status = status_of(packet);
  };
  switch (packet.header.type) {
    case Type::connect:
      observation.operation = Operation::session;
      observation.subcode = packet.connect->level;
      return;
    case Type::publish: {
      auto const sparkplug = read_sparkplug(packet.subject());
      observation.operation = sparkplug && sparkplug->command() ? Operation::control
                              : to_server                       ? Operation::write
                                                                : Operation::report;
      observation.role = packet.qos() == 0 ? Role::unsolicited : Role::request;
      observation.target = {.count = 1, .name = packet.subject()};
      observation.value = number_of(shown_payload(packet.payload, packet.payload_length));
      return;
    }
    case Type::subscribe:
    case Type::unsubscribe: {
      observation.operation = packet.header.type == Type::subscribe ? Operation::read : Operation::session;
      Topics topics(packet);
      while (auto const topic = topics.next())
        if (++observation.target.count == 1) observation.target.name = topic->filter;
      return;
    }
    case Type::pubrel:
      observation.operation = to_server ? Operation::write : Operation::report;
      return;
    case Type::puback:
    case Type::pubrec:
    case Type::pubcomp:
      return answers(to_server ? Operation::report : Operation::write);
    case Type::suback:
      return answers(Operation::read);
    case Type::connack:
    case Type::unsuback:
    case Type::pingresp:
      return answers(Operation::session);
    case Type::disconnect:
      observation.operation = Operation::session;
      observation.role = Role::unsolicited;
      return;
    case Type::pingreq:
    case Type::auth:
      observation.operation = Operation::session;
      observation.role = to_server ? Role::request : Role::response;
      return;
  }
}

constexpr Rule rules[] = {
    {"mqtt.session.second_connect", FindingClass::access, "T0830", "T1692.002"},
    {"mqtt.session.packet_before_connect", FindingClass::access, "T0830", ""},
    {"mqtt.publish.wildcard", FindingClass::access, "T1692.002", ""},
};
constexpr std::size_t most_broken = std::size(rules);

/// What the standard forbids whoever speaks. MQTT 5.0, 3.1.0-1, 3.1.0-2 and 3.3.2-2.
std::size_t judge(Packet const& packet, Session& session, Observation const& observation, Violation* broken) {
  std::size_t count = 0;
  bool const is_connect = packet.header.type == Type::connect;
  if (is_connect && session.connected)
    broken[count++] = {"mqtt.session.second_connect", "mqtt.type", 0, static_cast<std::int64_t>(packet.header.type)};
  if (!is_connect && !session.spoken && !observation.flow.midstream && observation.way == Direction::to_server)
    broken[count++] = {"mqtt.session.packet_before_connect", "mqtt.type", 1,
                       static_cast<std::int64_t>(packet.header.type)};
  if (packet.header.type == Type::publish && packet.topic.find_first_of("+#") != std::string_view::npos)
    broken[count++] = {"mqtt.publish.wildcard", "mqtt.topic", 0, 1};
  return count;
}

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto observation = emitter.begin();
  auto packet = read_packet(octets, session.level);
  if (packet.malformed && session.level == 0) {
    // Picked up in the middle: what 3.1.1 would not say may be of version 5.
    if (auto of_5 = read_packet(octets, level_5); !of_5.malformed) packet = of_5;
  }
  if (std::exchange(session.aliases_void[static_cast<std::size_t>(way)], false)) emitter.drop();
  Violation broken[most_broken];
  std::size_t count = 0;
  observation.octets = octets;
  observation.code = static_cast<std::uint32_t>(packet.header.type);
  if (packet.malformed) {
    observation.malformed = &*packet.malformed;
    observation.status = Status::malformed;
    if (packet.unknown_property) emitter.unknown("property", *packet.unknown_property);
  } else {
    session.level = packet.level;
    if (packet.alias) {
      Aliases aliases(emitter);
      if (packet.topic.empty())
        packet.alias_of = aliases.find(*packet.alias);
      else
        aliases.set(*packet.alias, packet.topic);
    }
    classify(packet, observation);
    count = judge(packet, session, observation, broken);
    if (way == Direction::to_server) session.spoken = true;
    if (packet.connect) session.connected = true;
  }
  observation.violations = {broken, count};
  observation.describe = describe;
  observation.message = &packet;
  emitter.emit(observation);
}

void gap(Direction way, void* memory) {
  auto& session = *static_cast<Session*>(memory);
  session.spoken = true;  // nobody knows what was said
  session.aliases_void[static_cast<std::size_t>(way)] = true;
}

constexpr std::uint16_t ports[] = {1883};

}  // namespace

Dissector const dissector{
    .name = "mqtt",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = most_read,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .words = {.code = "packet type", .object = "topic", .objects = "topics"},
    .rules = rules,
};

}  // namespace greywatch::agent::mqtt
