#include "agent/dissect/sv/sv.hpp"

#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/iec61850/carrier.hpp"
#include "agent/dissect/sv/pdu.hpp"
#include "agent/dissect/sv/stream.hpp"

namespace greywatch::agent::sv {
namespace {

using iec61850::Carrier;

/// One PDU and what it came in.
struct Message {
  Carrier const* carrier = nullptr;
  std::optional<Pdu> const* pdu = nullptr;
};

constexpr iec61850::CarrierNames names{
    .appid = "sv.appid",
    .length = "sv.length",
    .reserved1 = "sv.reserved1",
    .simulated = "sv.simulated",
    .reserved2 = "sv.reserved2",
    .extension = "sv.extension",
    .session = {"sv.session.identifier", "sv.session.header_length", "sv.session.length", "sv.session.number",
                "sv.session.version", "sv.session.current_key_time", "sv.session.next_key_time", "sv.session.key_id",
                "sv.session.initialization_vector", "sv.session.signature"},
    .payload_type = "sv.payload.type",
    .payload_appid = "sv.payload.appid",
    .payload_length = "sv.payload.length",
    .payload_simulated = "sv.payload.simulated",
};

void describe_message(void const* opaque, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(opaque);
  iec61850::describe(*message.carrier, names, sink);
  if (*message.pdu) describe(**message.pdu, sink);
}

struct SampledValues {
  static constexpr auto payload_type = iec61850::payload_sampled_values;

  static bool is_ours(iec61850::Spdu const& spdu) { return spdu.identifier == iec61850::spdu_sampled_values; }

  /// Nothing when it is not even the element of one.
  static std::optional<Pdu> read_apdu(Bytes apdu, std::size_t offset) {
    asn1::BerReader in(apdu, offset);
    if (auto const element = in.next()) {
      if (!element->is(asn1::TagClass::application, sav_pdu) || !element->constructed) return std::nullopt;
      return read_pdu(element->contents, element->offset);
    }
    // Cut short: what there is is read all the same.
    auto const head = iec61850::head_of_cut(apdu, 0x60);
    if (!head) return std::nullopt;
    return read_pdu(apdu.subspan(*head), offset + *head);
  }

  static Likeness like(std::optional<Pdu> const& pdu, bool framed_well) {
    if (!pdu) return Likeness::no;
    if (framed_well && !pdu->malformed) return Likeness::certain;
    return pdu->own != 0 && pdu->first.has(Asdu::smp_cnt_tag) ? Likeness::plausible : Likeness::no;
  }

  static void emit(Carrier const& carrier, std::optional<Pdu> const& pdu, Bytes octets, Emitter& emitter) {
    auto observation = emitter.begin();
    observation.octets = octets;
    observation.operation = Operation::report;
    observation.role = Role::unsolicited;
    observation.subcode = carrier.simulated ? 1 : 0;
    observation.target = {.object = carrier.appid, .count = 1};
    if (pdu) {
      observation.target.name = pdu->first.sv_id;
    } else if (carrier.payload) {
      observation.code = 256u + carrier.payload->type;
      observation.operation = Operation::other;
    }
    auto const malformed = iec61850::first_of(carrier.malformed, pdu ? pdu->malformed : std::nullopt);
    Violation broken[most_broken];
    std::size_t count = 0;
    if (malformed) {
      observation.malformed = &*malformed;
      observation.status = Status::malformed;
    } else if (auto* streams = static_cast<Streams*>(emitter.shared()); pdu && streams) {
      auto const judged = judge(*pdu, carrier.appid, carrier.simulated, iec61850::place_of(observation, emitter.key()),
                                observation.time, *streams, broken);
      if (!judged) emitter.table_full();
      count = judged.value_or(0);
    }
    observation.violations = {broken, count};
    observation.describe = describe_message;
    Message const message{&carrier, &pdu};
    observation.message = &message;
    emitter.emit(observation);
  }
};

constexpr std::uint16_t ethertypes[] = {0x88BA};
constexpr auto row = iec61850::over_ethernet<SampledValues>("sv", ethertypes, sizeof(Streams), rules);

}  // namespace

constinit Dissector const dissector = row;
constinit Dissector const routed_dissector = iec61850::routed<SampledValues>(row);

}  // namespace greywatch::agent::sv
