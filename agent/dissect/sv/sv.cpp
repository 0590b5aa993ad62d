#include "agent/dissect/sv/sv.hpp"

#include "agent/dissect/iec61850/frame.hpp"
#include "agent/dissect/iec61850/spdu.hpp"
#include "agent/dissect/sv/pdu.hpp"
#include "agent/dissect/sv/stream.hpp"

namespace greywatch::agent::sv {
namespace {

using iec61850::Frame;
using iec61850::Payload;
using iec61850::Spdu;

/// One PDU and what it came in.
struct Message {
  Frame const* frame = nullptr;
  Spdu const* spdu = nullptr;
  Payload const* payload = nullptr;
  std::optional<Pdu> pdu;
};

/// Nothing when it is not even the element of one.
std::optional<Pdu> read_apdu(Bytes apdu, std::size_t offset) {
  asn1::BerReader in(apdu, offset);
  auto const element = in.next();
  if (element) {
    if (!element->is(asn1::TagClass::application, sav_pdu) || !element->constructed) return std::nullopt;
    return read_pdu(element->contents, element->offset);
  }
  // Cut short: what there is is read all the same.
  if (apdu.empty() || apdu[0] != 0x60) return std::nullopt;
  auto const head = apdu.size() > 1 && apdu[1] > 0x80 ? 2u + (apdu[1] & 0x7Fu) : 2u;
  if (apdu.size() <= head) return std::nullopt;
  return read_pdu(apdu.subspan(head), offset + head);
}

Likeness like(std::optional<Pdu> const& pdu, bool framed_well) {
  if (!pdu) return Likeness::no;
  if (framed_well && !pdu->malformed) return Likeness::certain;
  return pdu->own != 0 && pdu->first.has(Asdu::smp_cnt_tag) ? Likeness::plausible : Likeness::no;
}

Likeness probe(Bytes octets, Direction) {
  auto const frame = iec61850::read_frame(octets);
  if (frame.length < Frame::header_octets) return Likeness::no;
  return like(read_apdu(frame.apdu, Frame::header_octets), !frame.malformed && !frame.length_differs);
}

Likeness probe_routed(Bytes datagram, Direction) {
  auto const spdu = iec61850::read_spdu(datagram);
  if (spdu.identifier != iec61850::spdu_sampled_values) return Likeness::no;
  auto const payload = iec61850::Payloads(spdu).next();
  if (!payload) return Likeness::no;
  if (payload->type == iec61850::payload_sampled_values)
    return like(read_apdu(payload->apdu, payload->apdu_at), !spdu.malformed && !payload->malformed);
  return !spdu.malformed ? Likeness::plausible : Likeness::no;
}

void describe_message(void const* opaque, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(opaque);
  static constexpr iec61850::SpduNames session{
      "sv.session.identifier",    "sv.session.header_length", "sv.session.length",
      "sv.session.number",        "sv.session.version",       "sv.session.current_key_time",
      "sv.session.next_key_time", "sv.session.key_id",        "sv.session.initialization_vector",
      "sv.session.signature"};
  if (message.frame) {
    sink.field("sv.appid", std::uint64_t{message.frame->appid});
    sink.field("sv.length", std::uint64_t{message.frame->length});
    sink.field("sv.reserved1", std::uint64_t{message.frame->reserved1});
    sink.field("sv.simulated", message.frame->simulated());
    sink.field("sv.reserved2", std::uint64_t{message.frame->reserved2});
    iec61850::name_octets("sv.extension", message.frame->extension, sink);
  }
  if (message.spdu) iec61850::describe(*message.spdu, session, sink);
  if (message.payload) {
    sink.field("sv.payload.type", std::uint64_t{message.payload->type});
    sink.field("sv.payload.appid", std::uint64_t{message.payload->appid});
    sink.field("sv.payload.length", std::uint64_t{message.payload->length});
    sink.field("sv.payload.simulated", message.payload->simulated);
  }
  if (message.pdu) describe(*message.pdu, sink);
}

/// What the header of either transport says beside the APDU.
struct Header {
  std::uint16_t appid = 0;
  bool simulated = false;
  std::optional<Malformed> malformed;
};

void emit(Message const& message, Header const& header, Bytes octets, Emitter& emitter) {
  auto observation = emitter.begin();
  observation.octets = octets;
  observation.operation = Operation::report;
  observation.role = Role::unsolicited;
  observation.subcode = header.simulated ? 1 : 0;
  observation.target = {.object = header.appid, .count = 1};
  auto malformed = header.malformed;
  if (message.pdu) {
    observation.target.name = message.pdu->first.sv_id;
    if (message.pdu->malformed && (!malformed || message.pdu->malformed->offset < malformed->offset))
      malformed = message.pdu->malformed;
  } else if (message.payload) {
    observation.code = 256u + message.payload->type;
    observation.operation = Operation::other;
  }
  Violation broken[most_broken];
  std::size_t count = 0;
  if (malformed) {
    observation.malformed = &*malformed;
    observation.status = Status::malformed;
  } else if (auto* streams = static_cast<Streams*>(emitter.shared()); message.pdu && streams) {
    count = judge(*message.pdu, header.appid, header.simulated, iec61850::place_of(observation), observation.time,
                  *streams, broken);
  }
  observation.violations = {broken, count};
  observation.describe = describe_message;
  observation.message = &message;
  emitter.emit(observation);
}

void read(Bytes octets, Direction, void*, Emitter& emitter) {
  auto const frame = iec61850::read_frame(octets);
  Message const message{.frame = &frame, .pdu = read_apdu(frame.apdu, Frame::header_octets)};
  Header header{frame.appid, frame.simulated(), frame.malformed};
  if (!message.pdu && !header.malformed) header.malformed = Malformed{Defect::bad_value, Frame::header_octets, "apdu"};
  if (frame.length_differs) emitter.tolerated("length");
  emit(message, header, octets, emitter);
}

void read_routed(Bytes datagram, Direction, void*, Emitter& emitter) {
  auto const spdu = iec61850::read_spdu(datagram);
  iec61850::Payloads payloads(spdu);
  bool said = false;
  while (auto const payload = payloads.next()) {
    Message message{.spdu = &spdu, .payload = &*payload};
    Header header{payload->appid, payload->simulated, payload->malformed ? payload->malformed : spdu.malformed};
    if (payload->type != iec61850::payload_sampled_values) {
      emitter.unknown("payload_type", payload->type);
    } else {
      message.pdu = read_apdu(payload->apdu, payload->apdu_at);
      if (!message.pdu && !header.malformed) header.malformed = Malformed{Defect::bad_value, payload->apdu_at, "apdu"};
    }
    emit(message, header, datagram, emitter);
    said = true;
  }
  if (said) return;
  auto const why = spdu.malformed ? *spdu.malformed : Malformed{Defect::truncated, spdu.payloads_at, "payload"};
  emit({.spdu = &spdu}, {.malformed = why}, datagram, emitter);
}

constexpr std::uint16_t ethertypes[] = {0x88BA};
constexpr std::uint16_t ports[] = {102};
constexpr Words words = {.code = "PDU", .subcode = "kind", .object = "APPID", .objects = "APPIDs"};

}  // namespace

Dissector const dissector{
    .name = "sv",
    .transport = Transport::ethernet,
    .ports = ethertypes,
    .session_size = 0,
    .shared_size = sizeof(Streams),
    .most = 1600,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = nullptr,
    .words = words,
    .rules = rules,
};

Dissector const routed_dissector{
    .name = "sv",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = 0,
    .shared_size = sizeof(Streams),
    .most = 65507,
    .probe = probe_routed,
    .frame = nullptr,
    .read = read_routed,
    .gap = nullptr,
    .words = words,
    .rules = rules,
};

}  // namespace greywatch::agent::sv
