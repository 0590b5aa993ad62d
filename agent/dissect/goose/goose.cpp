#include "agent/dissect/goose/goose.hpp"

#include <bit>
#include <variant>

#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/goose/control_block.hpp"
#include "agent/dissect/goose/management.hpp"
#include "agent/dissect/goose/pdu.hpp"
#include "agent/dissect/iec61850/carrier.hpp"

namespace greywatch::agent::goose {
namespace {

using iec61850::Carrier;

using Apdu = std::variant<Pdu, Management>;

/// One APDU and what it came in.
struct Message {
  Carrier const* carrier = nullptr;
  std::optional<Apdu> const* apdu = nullptr;
};

Pdu const* pdu_of(std::optional<Apdu> const& apdu) { return apdu ? std::get_if<Pdu>(&*apdu) : nullptr; }
Management const* management_of(std::optional<Apdu> const& apdu) {
  return apdu ? std::get_if<Management>(&*apdu) : nullptr;
}

std::optional<Malformed> defect_of(std::optional<Apdu> const& apdu) {
  return apdu ? std::visit([](auto const& said) { return said.malformed; }, *apdu) : std::nullopt;
}

constexpr iec61850::CarrierNames names{
    .appid = "goose.appid",
    .length = "goose.length",
    .reserved1 = "goose.reserved1",
    .simulated = "goose.simulated",
    .reserved2 = "goose.reserved2",
    .extension = "goose.extension",
    .session = {"goose.session.identifier", "goose.session.header_length", "goose.session.length",
                "goose.session.number", "goose.session.version", "goose.session.current_key_time",
                "goose.session.next_key_time", "goose.session.key_id", "goose.session.initialization_vector",
                "goose.session.signature"},
    .payload_type = "goose.payload.type",
    .payload_appid = "goose.payload.appid",
    .payload_length = "goose.payload.length",
    .payload_simulated = "goose.payload.simulated",
};

void describe_message(void const* opaque, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(opaque);
  iec61850::describe(*message.carrier, names, sink);
  if (auto const* pdu = pdu_of(*message.apdu)) describe(*pdu, sink);
  if (auto const* said = management_of(*message.apdu)) describe(*said, sink);
}

void classify(Pdu const& pdu, Carrier const& carrier, Observation& observation, Emitter& emitter) {
  observation.operation = Operation::report;
  observation.role = Role::unsolicited;
  observation.code = goose_pdu;
  observation.subcode = (carrier.simulated || pdu.simulation ? 1u : 0u) + (pdu.nds_com ? 2u : 0u);
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

struct Goose {
  static constexpr auto payload_type = iec61850::payload_goose;

  static bool is_ours(iec61850::Spdu const& spdu) {
    return spdu.identifier >= iec61850::spdu_tunnelled && spdu.identifier <= iec61850::spdu_management &&
           spdu.identifier != iec61850::spdu_sampled_values;
  }

  /// The APDU by its tag; `offset` is where it begins. Nothing when it is neither kind, or not even an element.
  static std::optional<Apdu> read_apdu(Bytes apdu, std::size_t offset) {
    asn1::BerReader in(apdu, offset);
    auto const element = in.next();
    if (!element || !element->constructed || element->tag_class != asn1::TagClass::application) {
      // Cut short: what there is is read all the same.
      auto const head = element ? std::nullopt : iec61850::head_of_cut(apdu, 0x61);
      if (!head) return std::nullopt;
      return read_pdu(apdu.subspan(*head), offset + *head);
    }
    if (element->tag == goose_pdu) return read_pdu(element->contents, element->offset);
    if (element->tag == management_pdu) return read_management(element->contents, element->offset);
    return std::nullopt;
  }

  static Likeness like(std::optional<Apdu> const& apdu, bool framed_well) {
    if (auto const* pdu = pdu_of(apdu)) {
      if (framed_well && !pdu->malformed) return Likeness::certain;
      // Two lengths that agree, or some elements of it.
      return framed_well || std::popcount(pdu->present) >= 4 ? Likeness::plausible : Likeness::no;
    }
    auto const* said = management_of(apdu);
    return said && framed_well && !said->malformed && said->service <= 4 ? Likeness::plausible : Likeness::no;
  }

  static void emit(Carrier const& carrier, std::optional<Apdu> const& apdu, Bytes octets, Emitter& emitter) {
    auto observation = emitter.begin();
    observation.octets = octets;
    observation.target = {.object = carrier.appid, .count = 1};
    auto const* pdu = pdu_of(apdu);
    if (pdu) classify(*pdu, carrier, observation, emitter);
    if (auto const* said = management_of(apdu)) classify(*said, observation, emitter);
    if (carrier.payload && !apdu) observation.code = 256u + carrier.payload->type, observation.role = Role::unsolicited;
    auto const malformed = iec61850::first_of(defect_of(apdu), carrier.malformed);
    Violation broken[most_broken];
    std::size_t count = 0;
    if (malformed) {
      observation.malformed = &*malformed;
      observation.status = Status::malformed;
    } else if (auto* blocks = static_cast<ControlBlocks*>(emitter.shared()); pdu && blocks) {
      auto const judged = judge(*pdu, carrier.appid, carrier.simulated, iec61850::place_of(observation, emitter.key()),
                                observation.time, *blocks, broken);
      if (!judged) emitter.table_full();
      count = judged.value_or(0);
    }
    observation.violations = {broken, count};
    observation.describe = describe_message;
    Message const message{&carrier, &apdu};
    observation.message = &message;
    emitter.emit(observation);
  }
};

constexpr std::uint16_t ethertypes[] = {0x88B8, 0x88B9};
constexpr auto row = iec61850::over_ethernet<Goose>("goose", ethertypes, sizeof(ControlBlocks), rules);

}  // namespace

constinit Dissector const dissector = row;
constinit Dissector const routed_dissector = iec61850::routed<Goose>(row);

}  // namespace greywatch::agent::goose
