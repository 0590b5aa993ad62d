#include "agent/dissect/mqtt/packet.hpp"

#include "agent/dissect/mqtt/properties.hpp"

namespace greywatch::agent::mqtt {
namespace {

/// Reads the length of properties and takes them. Empty before version 5.
Bytes take_properties(Reader& in, std::uint8_t level) {
  if (level < level_5) return {};
  return in.take(read_variable(in));
}

void read_connect(Reader& in, Packet& packet) {
  auto& connect = packet.connect.emplace();
  connect.protocol_name = as_text(read_counted(in));
  connect.level = in.u8();
  connect.flags = in.u8();
  connect.keep_alive = in.be16();
  packet.level = connect.level & 0x7F;  // the upper bit marks a bridge, by agreement of some brokers
  connect.properties = packet.properties = take_properties(in, packet.level);
  connect.client_id = as_text(read_counted(in));
  if (connect.will()) {
    connect.will_properties = take_properties(in, packet.level);
    connect.will_topic = as_text(read_counted(in));
    connect.will_length = static_cast<std::uint16_t>(read_counted(in).size());
  }
  if (connect.has_user_name()) connect.user_name = as_text(read_counted(in));
  if (connect.has_password()) read_counted(in);  // never looked at
}

void read_publish(Reader& in, Packet& packet) {
  packet.topic = as_text(read_counted(in));
  if (packet.qos() != 0) packet.packet_id = in.be16();
  packet.properties = take_properties(in, packet.level);
  auto const before = packet.header.octets + in.at();
  packet.payload = in.rest();
  if (in) packet.payload_length = static_cast<std::uint32_t>(packet.header.whole() - before);
}

/// PUBACK to PUBCOMP, and UNSUBACK of version 5 behind its identifier: reason and properties may be left out.
void read_reason(Reader& in, Packet& packet) {
  if (in.left() == 0) return;
  packet.reason = in.u8();
  if (in.left() != 0) packet.properties = take_properties(in, level_5);
}

void read_body(Reader& in, Packet& packet) {
  switch (packet.header.type) {
    case Type::connect:
      return read_connect(in, packet);
    case Type::connack:
      packet.acknowledge_flags = in.u8();
      packet.reason = in.u8();
      if (packet.level == 0 && in.left() != 0) packet.level = level_5;
      packet.properties = take_properties(in, packet.level);
      return;
    case Type::publish:
      return read_publish(in, packet);
    case Type::puback:
    case Type::pubrec:
    case Type::pubrel:
    case Type::pubcomp:
      packet.packet_id = in.be16();
      return read_reason(in, packet);
    case Type::subscribe:
    case Type::unsubscribe:
    case Type::suback:
      packet.packet_id = in.be16();
      packet.properties = take_properties(in, packet.level);
      packet.payload = in.rest();
      return;
    case Type::unsuback:
      packet.packet_id = in.be16();
      if (in.left() != 0 && packet.level == 0) packet.level = level_5;
      packet.properties = take_properties(in, packet.level);
      packet.payload = in.rest();
      return;
    case Type::disconnect:
    case Type::auth:
      return read_reason(in, packet);
    case Type::pingreq:
    case Type::pingresp:
      return;
  }
}

/// Flags of the fixed header. MQTT 5.0, table 2-2.
bool flags_fit(Header const& header) {
  switch (header.type) {
    case Type::publish:
      return (header.flags & 6) != 6;
    case Type::pubrel:
    case Type::subscribe:
    case Type::unsubscribe:
      return (header.flags & ~0x08) == 2;  // MQTT 3.1 lets these be sent again, marked so
    default:
      return header.flags == 0;
  }
}

std::optional<Malformed> check_lists(Packet const& packet, std::size_t at, bool whole) {
  auto const type = packet.header.type;
  if (type == Type::subscribe || type == Type::unsubscribe) {
    Topics topics(packet);
    std::size_t count = 0, read = 0;
    while (auto const topic = topics.next()) {
      ++count;
      read += 2 + topic->filter.size() + (type == Type::subscribe);
    }
    if (whole && read != packet.payload.size()) return Malformed{Defect::truncated, at + read, "topic_filter"};
    if (whole && count == 0) return Malformed{Defect::bad_value, at, "topic_filter"};
  }
  return std::nullopt;
}

}  // namespace

std::uint32_t read_variable(Reader& in) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    auto const octet = in.u8();
    value |= (octet & 0x7FU) << shift;
    if ((octet & 0x80) == 0) return value;
  }
  in.skip(in.left() + 1);
  return 0;
}

Bytes read_counted(Reader& in) { return in.take(in.be16()); }

HeaderRead read_header(Bytes octets) {
  if (octets.empty()) return {HeaderRead::Verdict::more, {}};
  Header header{.type = static_cast<Type>(octets[0] >> 4), .flags = static_cast<std::uint8_t>(octets[0] & 15)};
  if (octets[0] >> 4 == 0 || !flags_fit(header)) return {HeaderRead::Verdict::broken, header};
  for (std::size_t i = 1; i <= 4; ++i) {
    if (i == octets.size()) return {HeaderRead::Verdict::more, header};
    header.remaining |= (octets[i] & 0x7FU) << (7 * (i - 1));
    header.octets = i + 1;
    if ((octets[i] & 0x80) == 0) return {HeaderRead::Verdict::complete, header};
  }
  return {HeaderRead::Verdict::broken, header};
}

Packet read_packet(Bytes octets, std::uint8_t level) {
  auto const found = read_header(octets);
  Packet packet{.header = found.header, .level = level};
  if (found.verdict != HeaderRead::Verdict::complete) {
    packet.malformed = Malformed{Defect::truncated, octets.size(), "remaining_length"};
    return packet;
  }
  octets = octets.first(std::min(octets.size(), packet.header.whole()));
  auto const body = octets.subspan(packet.header.octets);
  auto const whole = body.size() >= packet.header.remaining;
  Reader in(body.first(std::min<std::size_t>(body.size(), packet.header.remaining)));
  read_body(in, packet);
  auto const at = packet.header.octets + in.at();
  if (!in) {
    // What was cut off because it is too long to be read is no defect.
    if (whole || octets.size() < most_read) packet.malformed = Malformed{Defect::truncated, at, "remaining_length"};
  } else if (whole && in.left() != 0) {
    packet.malformed = Malformed{Defect::bad_length, at, "remaining_length"};
  } else {
    packet.malformed = check_lists(packet, at - packet.payload.size(), whole);
  }
  for (Bytes const properties : {packet.properties, packet.connect ? packet.connect->will_properties : Bytes{}}) {
    Properties list(properties);
    while (auto const property = list.next())
      if (property->id == property_topic_alias && packet.header.type == Type::publish)
        packet.alias = static_cast<std::uint16_t>(property->number);
    if (!packet.unknown_property) packet.unknown_property = list.unknown();
    if (list.broken() && !packet.malformed)
      packet.malformed = Malformed{
          Defect::bad_value, static_cast<std::size_t>(properties.data() - octets.data()) + *list.broken(), "property"};
  }
  return packet;
}

std::optional<Topics::Topic> Topics::next() {
  if (!in_ || in_.left() == 0) return std::nullopt;
  Topic topic{as_text(read_counted(in_)), 0};
  if (with_options_) topic.options = in_.u8();
  if (!in_) return std::nullopt;
  return topic;
}

}  // namespace greywatch::agent::mqtt
