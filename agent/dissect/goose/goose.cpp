#include "agent/dissect/goose/goose.hpp"

#include <variant>

#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/goose/control_block.hpp"
#include "agent/dissect/goose/management.hpp"
#include "agent/dissect/goose/pdu.hpp"
#include "agent/dissect/iec61850/frame.hpp"
#include "agent/dissect/iec61850/spdu.hpp"

namespace greywatch::agent::goose {
namespace {

using iec61850::Frame;
using iec61850::Payload;
using iec61850::Spdu;

/// One APDU and what it came in.
struct Message {
  Frame const* frame = nullptr;
  Spdu const* spdu = nullptr;
  Payload const* payload = nullptr;
  std::variant<std::monostate, Pdu, Management> apdu;
};

/// The APDU by its tag; `offset` is where it begins. Nothing when it is neither kind, or not even an element.
decltype(Message::apdu) read_apdu(Bytes apdu, std::size_t offset) {
  asn1::BerReader in(apdu, offset);
  auto const element = in.next();
  if (!element || !element->constructed || element->tag_class != asn1::TagClass::application) {
    // Cut short: what there is is read all the same.
    if (element || apdu.empty() || apdu[0] != 0x61) return {};
    auto const head = apdu.size() > 1 && apdu[1] > 0x80 ? 2u + (apdu[1] & 0x7Fu) : 2u;
    if (apdu.size() <= head) return {};
    return read_pdu(apdu.subspan(head), offset + head);
  }
  if (element->tag == goose_pdu) return read_pdu(element->contents, element->offset);
  if (element->tag == management_pdu) return read_management(element->contents, element->offset);
  return {};
}

std::optional<Malformed> const& defect_of(Pdu const& pdu) { return pdu.malformed; }
std::optional<Malformed> const& defect_of(Management const& said) { return said.malformed; }
std::optional<Malformed> defect_of(std::monostate) { return std::nullopt; }
std::optional<Malformed> defect_of(Message const& message) {
  return std::visit([](auto const& apdu) -> std::optional<Malformed> { return defect_of(apdu); }, message.apdu);
}

Likeness like(Message const& message, bool framed_well) {
  if (auto const* pdu = std::get_if<Pdu>(&message.apdu)) {
    if (framed_well && !pdu->malformed) return Likeness::certain;
    // Two lengths that agree, or some elements of it.
    return framed_well || std::popcount(pdu->present) >= 4 ? Likeness::plausible : Likeness::no;
  }
  auto const* said = std::get_if<Management>(&message.apdu);
  return said && framed_well && !said->malformed && said->service <= 4 ? Likeness::plausible : Likeness::no;
}

Likeness probe(Bytes octets, Direction) {
  auto const frame = iec61850::read_frame(octets);
  if (frame.length < Frame::header_octets) return Likeness::no;
  return like({.apdu = read_apdu(frame.apdu, Frame::header_octets)}, !frame.malformed && !frame.length_differs);
}

bool is_ours(Spdu const& spdu) {
  return spdu.identifier >= iec61850::spdu_tunnelled && spdu.identifier <= iec61850::spdu_management &&
         spdu.identifier != iec61850::spdu_sampled_values;
}

Likeness probe_routed(Bytes datagram, Direction) {
  auto const spdu = iec61850::read_spdu(datagram);
  if (!is_ours(spdu) || spdu.payloads.empty()) return Likeness::no;
  auto const payload = iec61850::Payloads(spdu).next();
  if (!payload) return Likeness::no;
  if (payload->type == iec61850::payload_goose)
    return like({.apdu = read_apdu(payload->apdu, payload->apdu_at)}, !spdu.malformed && !payload->malformed);
  // Enciphered, or of a kind that is not opened: the header is all that tells.
  return !spdu.malformed ? Likeness::plausible : Likeness::no;
}

void describe_message(void const* opaque, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(opaque);
  static constexpr iec61850::SpduNames session{
      "goose.session.identifier",    "goose.session.header_length", "goose.session.length",
      "goose.session.number",        "goose.session.version",       "goose.session.current_key_time",
      "goose.session.next_key_time", "goose.session.key_id",        "goose.session.initialization_vector",
      "goose.session.signature"};
  if (message.frame) {
    sink.field("goose.appid", std::uint64_t{message.frame->appid});
    sink.field("goose.length", std::uint64_t{message.frame->length});
    sink.field("goose.reserved1", std::uint64_t{message.frame->reserved1});
    sink.field("goose.simulated", message.frame->simulated());
    sink.field("goose.reserved2", std::uint64_t{message.frame->reserved2});
    iec61850::name_octets("goose.extension", message.frame->extension, sink);
  }
  if (message.spdu) iec61850::describe(*message.spdu, session, sink);
  if (message.payload) {
    sink.field("goose.payload.type", std::uint64_t{message.payload->type});
    sink.field("goose.payload.appid", std::uint64_t{message.payload->appid});
    sink.field("goose.payload.length", std::uint64_t{message.payload->length});
    sink.field("goose.payload.simulated", message.payload->simulated);
  }
  if (auto const* pdu = std::get_if<Pdu>(&message.apdu)) describe(*pdu, sink);
  if (auto const* said = std::get_if<Management>(&message.apdu)) describe(*said, sink);
}

/// What the header of either transport says beside the APDU.
struct Header {
  std::uint16_t appid = 0;
  bool simulated = false;
  std::optional<Malformed> malformed;
};

void classify(Pdu const& pdu, Header const& header, Observation& observation, Emitter& emitter) {
  observation.operation = Operation::report;
  observation.role = Role::unsolicited;
  observation.code = goose_pdu;
  observation.subcode = (header.simulated || pdu.simulation ? 1u : 0u) + (pdu.nds_com ? 2u : 0u);
  observation.target.name = pdu.gocb_ref;
  if (pdu.unknown_data) emitter.unknown("data", *pdu.unknown_data);
}

void classify(Management const& said, Observation& observation, Emitter& emitter) {
  observation.operation = Operation::read;
  observation.role = said.response ? Role::response : Role::request;
  observation.code = management_pdu;
  observation.subcode = said.service;
  if (said.response) observation.status = said.negative ? Status::refused : Status::ok;
  // What GSSE had is named but never met.
  if (!said.malformed && said.service > 2) emitter.unknown("management_service", said.service);
}

void emit(Message const& message, Header const& header, Bytes octets, Emitter& emitter) {
  auto observation = emitter.begin();
  observation.octets = octets;
  observation.target = {.object = header.appid, .count = 1};
  auto const* pdu = std::get_if<Pdu>(&message.apdu);
  if (pdu) classify(*pdu, header, observation, emitter);
  if (auto const* said = std::get_if<Management>(&message.apdu)) classify(*said, observation, emitter);
  if (message.payload && std::holds_alternative<std::monostate>(message.apdu))
    observation.code = 256u + message.payload->type, observation.role = Role::unsolicited;
  auto malformed = defect_of(message);
  if (header.malformed && (!malformed || header.malformed->offset < malformed->offset)) malformed = header.malformed;
  Violation broken[most_broken];
  std::size_t count = 0;
  if (malformed) {
    observation.malformed = &*malformed;
    observation.status = Status::malformed;
  } else if (auto* blocks = static_cast<ControlBlocks*>(emitter.shared()); pdu && blocks) {
    count =
        judge(*pdu, header.appid, header.simulated, iec61850::place_of(observation), observation.time, *blocks, broken);
  }
  observation.violations = {broken, count};
  observation.describe = describe_message;
  observation.message = &message;
  emitter.emit(observation);
}

void read(Bytes octets, Direction, void*, Emitter& emitter) {
  auto const frame = iec61850::read_frame(octets);
  Message const message{.frame = &frame, .apdu = read_apdu(frame.apdu, Frame::header_octets)};
  Header header{frame.appid, frame.simulated(), frame.malformed};
  if (std::holds_alternative<std::monostate>(message.apdu) && !header.malformed)
    header.malformed = Malformed{Defect::bad_value, Frame::header_octets, "apdu"};
  if (frame.length_differs) emitter.tolerated("length");
  emit(message, header, octets, emitter);
}

void read_routed(Bytes datagram, Direction, void*, Emitter& emitter) {
  auto const spdu = iec61850::read_spdu(datagram);
  iec61850::Payloads payloads(spdu);
  bool said = false;
  while (auto const payload = payloads.next()) {
    Message message{.spdu = &spdu, .payload = &*payload};
    if (payload->type == iec61850::payload_goose)
      message.apdu = read_apdu(payload->apdu, payload->apdu_at);
    else
      emitter.unknown("payload_type", payload->type);
    Header header{payload->appid, payload->simulated, payload->malformed ? payload->malformed : spdu.malformed};
    if (payload->type == iec61850::payload_goose && std::holds_alternative<std::monostate>(message.apdu) &&
        !header.malformed)
      header.malformed = Malformed{Defect::bad_value, payload->apdu_at, "apdu"};
    emit(message, header, datagram, emitter);
    said = true;
  }
  if (said) return;
  auto const why = spdu.malformed ? *spdu.malformed : Malformed{Defect::truncated, spdu.payloads_at, "payload"};
  emit({.spdu = &spdu}, {.malformed = why}, datagram, emitter);
}

constexpr std::uint16_t ethertypes[] = {0x88B8, 0x88B9};
constexpr std::uint16_t ports[] = {102};
constexpr Words words = {.code = "PDU", .subcode = "kind", .object = "APPID", .objects = "APPIDs"};

}  // namespace

Dissector const dissector{
    .name = "goose",
    .transport = Transport::ethernet,
    .ports = ethertypes,
    .session_size = 0,
    .shared_size = sizeof(ControlBlocks),
    .most = 1600,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = nullptr,
    .words = words,
    .rules = rules,
};

Dissector const routed_dissector{
    .name = "goose",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = 0,
    .shared_size = sizeof(ControlBlocks),
    .most = 65507,
    .probe = probe_routed,
    .frame = nullptr,
    .read = read_routed,
    .gap = nullptr,
    .words = words,
    .rules = rules,
};

}  // namespace greywatch::agent::goose
