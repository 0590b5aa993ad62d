#include "agent/dissect/dcerpc/dcerpc.hpp"

#include <algorithm>

#include "agent/dissect/rpc/tell.hpp"

namespace greywatch::agent::dcerpc {
namespace {

constexpr std::uint8_t only_channel = 1;

/// A bind that offers NDR is nothing else; any other PDU wants a second one.
bool offers_ndr(Bytes octets, rpc::Header const& header) {
  auto const pdu = rpc::read_pdu(octets, header, false);
  if (!pdu.is_bind() || pdu.malformed) return false;
  rpc::Contexts contexts(pdu);
  while (auto const context = contexts.next()) {
    Reader in(context->offered);
    if (!rpc::transfer_syntax_name(rpc::read_uuid(in, header.order)).empty()) return true;
  }
  return false;
}

Likeness probe(Bytes octets, Direction) {
  if (octets.size() < rpc::header_octets) return rpc::may_be_header(octets) ? Likeness::more : Likeness::no;
  auto const header = rpc::read_header(octets);
  if (!header) return Likeness::no;
  return offers_ndr(octets, *header) ? Likeness::certain : Likeness::plausible;
}

Frame frame(Bytes octets) {
  Frame const lost{.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
  if (octets.size() < rpc::header_octets) return rpc::may_be_header(octets) ? Frame{} : lost;
  auto const header = rpc::read_header(octets);
  if (!header) return lost;
  return {.verdict = octets.size() >= header->fragment_length ? Frame::Verdict::complete : Frame::Verdict::more,
          .length = header->fragment_length};
}

void read(Bytes octets, Direction, void* memory, Emitter& emitter) {
  auto const header = rpc::read_header(octets);
  if (!header) return;  // as `frame` never gives it
  rpc::tell(octets, *header, true,
            {.association = *static_cast<rpc::Association*>(memory),
             .strangers = static_cast<rpc::Strangers*>(emitter.shared()),
             .channel = only_channel,
             .emitter = emitter});
}

void gap(Direction, void* memory) { static_cast<rpc::Association*>(memory)->gap(); }

Likeness probe_datagram(Bytes octets, Direction) {
  auto const said = rpc::read_datagram(octets);
  if (!said || said->malformed) return Likeness::no;
  // A verifier may follow. C706, 12.5.2.
  auto const behind = octets.size() - rpc::datagram_header_octets - said->length;
  if ((behind != 0) != (said->authentication != 0)) return Likeness::no;
  return rpc::find_interface(said->interface) != 0 ? Likeness::certain : Likeness::plausible;
}

void read_datagram(Bytes octets, Direction, void*, Emitter& emitter) {
  if (auto const said = rpc::read_datagram(octets)) return rpc::tell(octets, *said, emitter);
  Malformed const why{Defect::bad_value, 0, "header"};
  auto observation = emitter.begin();
  observation.status = Status::malformed;
  observation.malformed = &why;
  observation.octets = octets;
  emitter.emit(observation);
}

constexpr std::uint16_t ports[] = {135, 593};
constexpr std::uint16_t datagram_ports[] = {34964, 135};
constexpr Words words{.code = "PDU type", .subcode = "opnum", .object = "operation", .objects = "operations"};

}  // namespace

Dissector const over_tcp{
    .name = rpc::protocol,
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(rpc::Association),
    .shared_size = sizeof(rpc::Strangers),
    .most = UINT16_MAX,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .habit = rpc::habit,
    .words = words,
    .rules = rpc::rules,
};

Dissector const over_udp{
    .name = rpc::protocol,
    .transport = Transport::udp,
    .ports = datagram_ports,
    .session_size = 0,
    .most = UINT16_MAX,
    .probe = probe_datagram,
    .frame = nullptr,
    .read = read_datagram,
    .gap = nullptr,
    .habit = rpc::habit,
    .words = words,
    .rules = rpc::rules,
};

}  // namespace greywatch::agent::dcerpc
