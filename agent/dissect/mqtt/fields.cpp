#include "agent/dissect/mqtt/fields.hpp"

#include <algorithm>

#include "agent/dissect/mqtt/packet.hpp"
#include "agent/dissect/mqtt/properties.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::mqtt {
namespace {

constexpr std::uint32_t most_shown = 128;

void name_properties(Bytes octets, FieldSink& sink) {
  Properties properties(octets);
  while (auto const property = properties.next()) {
    sink.field("mqtt.property.id", std::uint64_t{property->id});
    switch (property->kind) {
      case Property::Kind::number:
        sink.field("mqtt.property.number", std::uint64_t{property->number});
        break;
      case Property::Kind::text:
        sink.field("mqtt.property.text", property->text);
        break;
      case Property::Kind::binary:
        break;
      case Property::Kind::pair:
        sink.field("mqtt.property.name", property->text);
        sink.field("mqtt.property.value", property->pair_value);
    }
  }
  if (auto const unknown = properties.unknown()) sink.field("mqtt.property.unknown", std::uint64_t{*unknown});
}

void name_connect(Connect const& connect, FieldSink& sink) {
  sink.field("mqtt.protocol_name", connect.protocol_name);
  sink.field("mqtt.protocol_level", std::uint64_t{connect.level});
  sink.field("mqtt.connect_flags", std::uint64_t{connect.flags});
  sink.field("mqtt.clean_start", connect.clean());
  sink.field("mqtt.keep_alive", std::uint64_t{connect.keep_alive});
  name_properties(connect.properties, sink);
  sink.field("mqtt.client_id", connect.client_id);
  sink.field("mqtt.will_qos", std::uint64_t{connect.will_qos()});
  sink.field("mqtt.will_retain", connect.will_retain());
  if (connect.will()) {
    name_properties(connect.will_properties, sink);
    sink.field("mqtt.will_topic", connect.will_topic);
    sink.field("mqtt.will_length", std::uint64_t{connect.will_length});
  }
  if (connect.has_user_name()) sink.field("mqtt.user_name", connect.user_name);
  sink.field("mqtt.password", connect.has_password());
}

void name_delivery(Packet const& packet, FieldSink& sink) {
  sink.field("mqtt.dup", (packet.header.flags & 8) != 0);
  sink.field("mqtt.qos", std::uint64_t{packet.qos()});
}

void name_publish(Packet const& packet, FieldSink& sink) {
  name_delivery(packet, sink);
  sink.field("mqtt.retain", (packet.header.flags & 1) != 0);
  if (!packet.subject().empty()) sink.field("mqtt.topic", packet.subject());
  if (auto const sparkplug = read_sparkplug(packet.subject())) {
    sink.field("mqtt.sparkplug.group", sparkplug->group);
    sink.field("mqtt.sparkplug.type", sparkplug->type);
    sink.field("mqtt.sparkplug.node", sparkplug->node);
    if (!sparkplug->device.empty()) sink.field("mqtt.sparkplug.device", sparkplug->device);
  }
  sink.field("mqtt.payload_length", std::uint64_t{packet.payload_length});
  if (auto const text = shown_payload(packet.payload, packet.payload_length); !text.empty())
    sink.field("mqtt.payload", text);
}

}  // namespace

std::optional<Sparkplug> read_sparkplug(std::string_view topic) {
  constexpr std::string_view space = "spBv1.0/";
  if (!topic.starts_with(space)) return std::nullopt;
  topic.remove_prefix(space.size());
  auto const part = [&] {
    auto const end = std::min(topic.find('/'), topic.size());
    auto const found = topic.substr(0, end);
    topic.remove_prefix(std::min(end + 1, topic.size()));
    return found;
  };
  Sparkplug sparkplug;
  sparkplug.group = part();
  sparkplug.type = part();
  sparkplug.node = part();
  sparkplug.device = part();
  return sparkplug;
}

std::string_view shown_payload(Bytes payload, std::uint32_t length) {
  if (length > most_shown || payload.size() != length || !std::ranges::all_of(payload, text::is_printable)) return {};
  return as_text(payload);
}

void describe(void const* opaque, FieldSink& sink) {
  auto const& packet = *static_cast<Packet const*>(opaque);
  sink.field("mqtt.type", std::uint64_t{static_cast<std::uint8_t>(packet.header.type)});
  sink.field("mqtt.remaining_length", std::uint64_t{packet.header.remaining});
  if (packet.connect) return name_connect(*packet.connect, sink);
  if (packet.packet_id) sink.field("mqtt.packet_id", std::uint64_t{*packet.packet_id});
  if (packet.acknowledge_flags && packet.level != level_31)
    sink.field("mqtt.session_present", (*packet.acknowledge_flags & 1) != 0);
  if (packet.reason) sink.field("mqtt.reason_code", std::uint64_t{*packet.reason});
  name_properties(packet.properties, sink);
  switch (packet.header.type) {
    case Type::publish:
      return name_publish(packet, sink);
    case Type::subscribe:
    case Type::unsubscribe: {
      if (packet.level == level_31) name_delivery(packet, sink);
      Topics topics(packet);
      while (auto const topic = topics.next()) {
        sink.field("mqtt.topic", topic->filter);
        if (packet.header.type == Type::subscribe)
          sink.field("mqtt.subscription_qos", std::uint64_t{topic->options & 3U});
      }
      return;
    }
    case Type::pubrel:
      if (packet.level == level_31) name_delivery(packet, sink);
      return;
    case Type::suback:
    case Type::unsuback:
      for (auto const code : packet.payload) sink.field("mqtt.granted", std::uint64_t{code});
      return;
    default:
      return;
  }
}

}  // namespace greywatch::agent::mqtt
