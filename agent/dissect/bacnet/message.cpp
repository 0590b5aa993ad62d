#include "agent/dissect/bacnet/message.hpp"

#include <algorithm>

namespace greywatch::agent::bacnet {
namespace {

constexpr std::uint8_t communication_control = 17, reinitialize = 20, authenticate = 24, request_key = 25;
constexpr std::uint8_t first_security_message = 0x0A, last_security_message = 0x11;

/// Takes of parameters what detectors must know.
class Gist final : public PartSink {
 public:
  explicit Gist(Message& message) : message_(message) {}

  void part(Part const& part, Value const& value) override {
    auto& subject = message_.subject;
    switch (part.means) {
      case Means::object:
        if (!subject.has_object) {
          subject.has_object = true;
          subject.object = static_cast<std::uint32_t>(value.number());
        }
        if (!subject.has_property) count();
        break;
      case Means::property:
        if (!subject.has_property) {
          subject.has_property = true;
          subject.property = static_cast<std::uint32_t>(value.number());
          subject.count = 0;
        }
        count();
        break;
      case Means::value:
        if (!message_.value) message_.value = value.as_double();
        if (message_.values < 0xFFFF) ++message_.values;
        break;
      case Means::error_class:
        if (!message_.error_class) message_.error_class = static_cast<std::uint32_t>(value.number());
        break;
      case Means::error_code:
        if (!message_.error_code) message_.error_code = static_cast<std::uint32_t>(value.number());
        break;
      case Means::state:
        subject.state = static_cast<std::uint8_t>(std::min<std::uint64_t>(value.number(), 0xFF));
        message_.value = value.as_double();
        break;
      default:
        break;
    }
  }

  void unknown_tag(std::uint8_t number) override {
    if (!message_.unknown_tag) message_.unknown_tag = number;
  }

 private:
  void count() {
    if (message_.subject.count < 0xFFFF) ++message_.subject.count;
  }

  Message& message_;
};

Malformed behind(std::size_t offset, Malformed why) {
  why.offset += offset;
  return why;
}

void take_gist(Message& message, Layout layout, std::size_t offset, bool partial) {
  Gist gist(message);
  if (auto const why = walk(layout, message.apdu->body, gist, partial)) message.malformed = behind(offset, *why);
}

void read_body(Message& message) {
  auto const& apdu = *message.apdu;
  bool const reads = apdu.kind == Kind::unconfirmed_request || apdu.kind == Kind::confirmed_request ||
                     apdu.kind == Kind::complex_ack || apdu.kind == Kind::error;
  if (!reads) {
    if (!apdu.body.empty()) message.malformed = Malformed{Defect::trailing, message.body_offset, "apdu"};
    return;
  }
  // Of a segmented message only the first segment begins with a tag.
  if (apdu.segmented && apdu.sequence_number != 0) return;
  auto const layout = layout_of(apdu.kind, *apdu.service);
  if (layout) take_gist(message, *layout, message.body_offset, apdu.segmented);
  if (!apdu.segmented) message.layout = layout;
}

}  // namespace

std::optional<Malformed> check_network_message(Network const& network) {
  auto const size = network.rest.size();
  auto const bad = [](std::size_t at) { return Malformed{Defect::bad_length, at, "npdu.message"}; };
  switch (*network.message_type) {
    case 0x00:  // Who-Is-Router-To-Network: one network, or all
      if (size != 0 && size != 2) return bad(size);
      break;
    case 0x01:  // networks
    case 0x04:
    case 0x05:
      if (size % 2 != 0) return bad(size);
      break;
    case 0x02:  // I-Could-Be-Router-To-Network
    case 0x03:  // Reject-Message-To-Network
    case 0x08:  // Establish-Connection-To-Network
    case 0x13:  // Network-Number-Is
      if (size != 3) return bad(size);
      break;
    case 0x09:  // Disconnect-Connection-To-Network
      if (size != 2) return bad(size);
      break;
    case 0x06:  // Initialize-Routing-Table
    case 0x07: {
      Reader in(network.rest);
      // The answer to a table that was written may have nothing at all.
      if (size == 0 && *network.message_type == 0x07) break;
      for (unsigned left = in.u8(); left > 0 && in; --left) {
        in.skip(3);
        in.skip(in.u8());
      }
      if (!in || in.left() > 0) return bad(in.at());
      break;
    }
    case 0x12:  // What-Is-Network-Number
      if (size != 0) return bad(0);
      break;
    default:
      break;
  }
  return std::nullopt;
}

void read_parameters(Message& message, Bytes body) {
  message.apdu->body = body;
  message.layout = layout_of(message.apdu->kind, *message.apdu->service);
  message.subject = {};
  message.error_class.reset();
  message.error_code.reset();
  message.value.reset();
  message.values = 0;
  if (message.layout) take_gist(message, *message.layout, 0, message.partial);
}

Message read_message(Bytes datagram) {
  Message message;
  auto const offset_of = [&](Bytes part) { return static_cast<std::size_t>(part.data() - datagram.data()); };
  auto const link = read_link(datagram);
  if (!link) {
    message.malformed = link.error();
    return message;
  }
  message.link = *link;
  if (link->packet.empty()) return message;
  auto const network = read_network(link->packet);
  if (!network) {
    message.malformed = behind(offset_of(link->packet), network.error());
    return message;
  }
  message.network = *network;
  auto const rest = network->rest;
  auto const at = offset_of(link->packet) + link->packet.size() - rest.size();
  if (network->message_type) {
    if (auto const why = check_network_message(*network)) message.malformed = behind(at, *why);
    return message;
  }
  auto const apdu = read_apdu(rest);
  if (!apdu) {
    message.malformed = behind(at, apdu.error());
    return message;
  }
  message.apdu = *apdu;
  message.body_offset = at + rest.size() - apdu->body.size();
  read_body(message);
  return message;
}

bool has_password(std::uint8_t service) {
  return service == communication_control || service == reinitialize || service == authenticate ||
         service == request_key;
}

Bytes without_secrets(Message const& message, Bytes datagram) {
  if (message.network && message.network->message_type) {
    auto const type = *message.network->message_type;
    bool const keys = type >= first_security_message && type <= last_security_message;
    return keys ? datagram.first(datagram.size() - message.network->rest.size()) : datagram;
  }
  // Nobody knows what stands behind a header that was not understood.
  if (message.link && !message.link->packet.empty() && !message.apdu && message.malformed)
    return datagram.first(std::min(datagram.size(), message.malformed->offset + 1));
  if (!message.is(Kind::confirmed_request) || !has_password(*message.apdu->service)) return datagram;
  // State and duration stand in front of it: fields tell them.
  return datagram.first(message.body_offset);
}

}  // namespace greywatch::agent::bacnet
