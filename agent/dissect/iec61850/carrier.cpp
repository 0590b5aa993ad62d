#include "agent/dissect/iec61850/carrier.hpp"

#include "agent/dissect/iec61850/values.hpp"

namespace greywatch::agent::iec61850 {

void describe(Carrier const& carrier, CarrierNames const& names, FieldSink& sink) {
  if (auto const* frame = carrier.frame) {
    sink.field(names.appid, std::uint64_t{frame->appid});
    sink.field(names.length, std::uint64_t{frame->length});
    sink.field(names.reserved1, std::uint64_t{frame->reserved1});
    sink.field(names.simulated, frame->simulated());
    sink.field(names.reserved2, std::uint64_t{frame->reserved2});
    name_octets(names.extension, frame->extension, sink);
  }
  if (carrier.spdu) describe(*carrier.spdu, names.session, sink);
  if (auto const* payload = carrier.payload) {
    sink.field(names.payload_type, std::uint64_t{payload->type});
    sink.field(names.payload_appid, std::uint64_t{payload->appid});
    sink.field(names.payload_length, std::uint64_t{payload->length});
    sink.field(names.payload_simulated, payload->simulated);
  }
}

std::optional<std::size_t> head_of_cut(Bytes apdu, std::uint8_t identifier) {
  if (apdu.empty() || apdu[0] != identifier) return std::nullopt;
  auto const head = apdu.size() > 1 && apdu[1] > 0x80 ? 2u + (apdu[1] & 0x7Fu) : 2u;
  return apdu.size() > head ? std::optional<std::size_t>(head) : std::nullopt;
}

}  // namespace greywatch::agent::iec61850
