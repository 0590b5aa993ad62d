#pragma once
#include <optional>
#include <string_view>

#include "agent/dissect/dissector.hpp"
#include "agent/dissect/iec61850/frame.hpp"
#include "agent/dissect/iec61850/spdu.hpp"

namespace greywatch::agent::iec61850 {

/// What brought an APDU: a frame of its own ethertype, or one payload of a session PDU. Borrows both.
struct Carrier {
  Frame const* frame = nullptr;
  Spdu const* spdu = nullptr;
  Payload const* payload = nullptr;
  std::uint16_t appid = 0;
  bool simulated = false;
  std::optional<Malformed> malformed;  ///< of its headers, or that what it brought is no APDU of the protocol
};

/// How a protocol names the fields of its carrier.
struct CarrierNames {
  std::string_view appid, length, reserved1, simulated, reserved2, extension;
  SpduNames session;
  std::string_view payload_type, payload_appid, payload_length, payload_simulated;
};
void describe(Carrier const& carrier, CarrierNames const& names, FieldSink& sink);

/// Octets of identifier and length of an APDU that is cut short, where contents follow; nothing when it begins
/// otherwise.
std::optional<std::size_t> head_of_cut(Bytes apdu, std::uint8_t identifier);

/// The earlier of two defects.
inline std::optional<Malformed> first_of(std::optional<Malformed> const& one, std::optional<Malformed> const& other) {
  return !one || (other && other->offset < one->offset) ? other : one;
}

/// The functions of a row, over both carriers. A Protocol has
///   payload_type        what its payloads are marked with,
///   is_ours(Spdu)       whether a session is of this protocol, whatever its payloads are,
///   read_apdu(Bytes, std::size_t offset)     std::optional of what it reads, nothing when that is no APDU of its,
///   like(its result, bool framed_well)       how sure that makes,
///   emit(Carrier, its result, Bytes octets, Emitter&).
template <class Protocol>
struct Carried {
  static Likeness probe(Bytes octets, Direction) {
    auto const frame = read_frame(octets);
    if (frame.length < Frame::header_octets) return Likeness::no;
    return Protocol::like(Protocol::read_apdu(frame.apdu, Frame::header_octets),
                          !frame.malformed && !frame.length_differs);
  }

  static Likeness probe_routed(Bytes datagram, Direction) {
    auto const spdu = read_spdu(datagram);
    if (!Protocol::is_ours(spdu)) return Likeness::no;
    auto const payload = Payloads(spdu).next();
    if (!payload) return Likeness::no;
    if (payload->type == Protocol::payload_type)
      return Protocol::like(Protocol::read_apdu(payload->apdu, payload->apdu_at),
                            !spdu.malformed && !payload->malformed);
    // Enciphered, or of a kind that is not opened: the header is all that tells.
    return !spdu.malformed ? Likeness::plausible : Likeness::no;
  }

  static void read(Bytes octets, Direction, void*, Emitter& emitter) {
    auto const frame = read_frame(octets);
    Carrier carrier{
        .frame = &frame, .appid = frame.appid, .simulated = frame.simulated(), .malformed = frame.malformed};
    auto const apdu = Protocol::read_apdu(frame.apdu, Frame::header_octets);
    if (!apdu && !carrier.malformed) carrier.malformed = Malformed{Defect::bad_value, Frame::header_octets, "apdu"};
    if (frame.length_differs) emitter.tolerated("length");
    Protocol::emit(carrier, apdu, octets, emitter);
  }

  static void read_routed(Bytes datagram, Direction, void*, Emitter& emitter) {
    auto const spdu = read_spdu(datagram);
    using Apdu = decltype(Protocol::read_apdu(Bytes{}, 0));
    Payloads payloads(spdu);
    bool said = false;
    while (auto const payload = payloads.next()) {
      Carrier carrier{.spdu = &spdu,
                      .payload = &*payload,
                      .appid = payload->appid,
                      .simulated = payload->simulated,
                      .malformed = payload->malformed ? payload->malformed : spdu.malformed};
      Apdu apdu;
      if (payload->type == Protocol::payload_type) {
        apdu = Protocol::read_apdu(payload->apdu, payload->apdu_at);
        if (!apdu && !carrier.malformed) carrier.malformed = Malformed{Defect::bad_value, payload->apdu_at, "apdu"};
      } else {
        emitter.unknown("payload_type", payload->type);
      }
      Protocol::emit(carrier, apdu, datagram, emitter);
      said = true;
    }
    if (said) return;
    auto const why = spdu.malformed ? *spdu.malformed : Malformed{Defect::truncated, spdu.payloads_at, "payload"};
    Protocol::emit(Carrier{.spdu = &spdu, .malformed = why}, Apdu{}, datagram, emitter);
  }
};

/// The row of the protocol over Ethernet, and from it the one over UDP.
template <class Protocol>
constexpr Dissector over_ethernet(std::string_view name, std::span<std::uint16_t const> ethertypes,
                                  std::size_t shared_size, std::span<Rule const> rules) {
  return {.name = name,
          .transport = Transport::ethernet,
          .ports = ethertypes,
          .session_size = 0,
          .shared_size = shared_size,
          .most = 1600,
          .probe = Carried<Protocol>::probe,
          .frame = nullptr,
          .read = Carried<Protocol>::read,
          .gap = nullptr,
          .words = {.code = "PDU", .subcode = "kind", .object = "APPID", .objects = "APPIDs"},
          .rules = rules};
}

inline constexpr std::uint16_t session_ports[] = {102};

template <class Protocol>
constexpr Dissector routed(Dissector row) {
  row.transport = Transport::udp;
  row.ports = session_ports;
  row.most = 65507;
  row.probe = Carried<Protocol>::probe_routed;
  row.read = Carried<Protocol>::read_routed;
  return row;
}

}  // namespace greywatch::agent::iec61850
