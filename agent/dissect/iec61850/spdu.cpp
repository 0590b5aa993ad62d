#include "agent/dissect/iec61850/spdu.hpp"

#include "agent/dissect/iec61850/values.hpp"

namespace greywatch::agent::iec61850 {
namespace {

constexpr std::uint8_t unit_data = 0x40, common_header = 0x80, padding = 0xAF;
constexpr std::size_t least_common_header = 21;  ///< octets of what follows its length, without a vector

}  // namespace

Spdu read_spdu(Bytes datagram) {
  Spdu spdu;
  Reader in(datagram);
  auto const refuse = [&](Malformed why) {
    spdu.malformed = why;
    return spdu;
  };
  // Length indicator and code of the unit data TPDU; its parameters (addresses, a checksum) are passed over.
  auto const transport_octets = in.u8();
  if (in.u8() != unit_data && in) return refuse({Defect::bad_value, 1, "transport"});
  in.skip(transport_octets > 1 ? transport_octets - 1u : 0u);
  spdu.identifier = in.u8();
  if (in && (spdu.identifier < spdu_tunnelled || spdu.identifier > spdu_management))
    return refuse({Defect::bad_value, in.at() - 1, "spdu.identifier"});
  spdu.header_length = in.u8();
  if (in.u8() != common_header && in) return refuse({Defect::bad_value, in.at() - 1, "spdu.common_header"});
  auto const common_length = in.u8();
  auto const common_at = in.at();
  spdu.length = in.be32();
  auto const counted_from = in.at();
  spdu.number = in.be32();
  spdu.version = in.be16();
  spdu.current_key_time = in.be32();
  spdu.next_key_time = in.be16();
  spdu.key_id = in.be32();
  auto const vector_octets = in.u8();
  spdu.initialization_vector = in.take(vector_octets);
  if (!in) return refuse(in.error("spdu"));
  if (common_length < least_common_header || in.at() - common_at > common_length)
    return refuse({Defect::bad_length, common_at - 1, "spdu.common_header"});
  in.skip(common_length - (in.at() - common_at));
  auto const payload_octets = in.be32();
  spdu.payloads_at = in.at();
  if (!in) return refuse(in.error("spdu.payload_length"));
  if (payload_octets > in.left()) {
    spdu.payloads = in.rest();
    return refuse({Defect::truncated, spdu.payloads_at - 4, "spdu.payload_length"});
  }
  spdu.payloads = in.take(payload_octets);
  // Senders differ in whether the signature is counted: all that there is, is shown.
  if (spdu.length < spdu.payloads_at + payload_octets - counted_from)
    return refuse({Defect::bad_length, common_at, "spdu.length"});
  if (spdu.length > datagram.size() - counted_from) return refuse({Defect::truncated, common_at, "spdu.length"});
  spdu.signature = in.rest();
  return spdu;
}

std::optional<Payload> Payloads::next() {
  if (in_.left() == 0) return std::nullopt;
  auto const from = in_.at();
  Payload payload{.type = in_.u8()};
  if (payload.type == padding) {
    in_.rest();
    return std::nullopt;
  }
  payload.simulated = in_.u8() != 0;
  payload.appid = in_.be16();
  payload.length = in_.be16();
  payload.apdu_at = at_ + in_.at();
  if (in_ && payload.length <= in_.left()) {
    payload.apdu = in_.take(payload.length);
    return payload;
  }
  payload.malformed = Malformed{Defect::truncated, at_ + from, "payload"};
  payload.apdu = in_.rest();
  return payload;
}

void describe(Spdu const& spdu, SpduNames const& names, FieldSink& sink) {
  sink.field(names.identifier, std::uint64_t{spdu.identifier});
  if (spdu.header_length == 0) return;
  sink.field(names.header_length, std::uint64_t{spdu.header_length});
  sink.field(names.length, std::uint64_t{spdu.length});
  sink.field(names.number, std::uint64_t{spdu.number});
  sink.field(names.version, std::uint64_t{spdu.version});
  sink.field(names.current_key_time, std::uint64_t{spdu.current_key_time});
  sink.field(names.next_key_time, std::uint64_t{spdu.next_key_time});
  sink.field(names.key_id, std::uint64_t{spdu.key_id});
  name_octets(names.initialization_vector, spdu.initialization_vector, sink);
  name_octets(names.signature, spdu.signature, sink);
}

}  // namespace greywatch::agent::iec61850
