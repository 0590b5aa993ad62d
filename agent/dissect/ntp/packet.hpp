#pragma once
#include <cstdint>
#include <optional>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::ntp {

/// RFC 5905, 7.3, figure 10; 6 and 7 are messages of other shapes.
enum class Mode : std::uint8_t {
  reserved,
  symmetric_active,
  symmetric_passive,
  client,
  server,
  broadcast,
  control,
  private_use
};

inline constexpr std::size_t time_octets = 48, control_octets = 12, private_octets = 8;

/// Seconds since 1900 in the upper half, fractions in the lower one; 0 is no time. RFC 5905, 6.
using Timestamp = std::uint64_t;

/// The header of modes 0 to 5. RFC 5905, 7.3, figure 8.
struct TimeHeader {
  std::uint8_t stratum = 0;
  std::int8_t poll = 0, precision = 0;                ///< exponents of two, of seconds
  std::uint32_t root_delay = 0, root_dispersion = 0;  ///< 1/65536 s
  Bytes reference_id;                                 ///< four octets
  Timestamp reference = 0, origin = 0, receive = 0, transmit = 0;
};

/// RFC 9327, 2, figure 1.
struct Control {
  bool response = false, error = false, more = false;
  std::uint8_t opcode = 0;
  std::uint16_t sequence = 0, status = 0, association = 0, offset = 0, count = 0;
  Bytes data;
};

/// Mode 7 of ntpd, include/ntp_request.h of the reference implementation: no standard describes it.
struct Private {
  bool response = false, more = false, authenticated = false;
  std::uint8_t sequence = 0, implementation = 0, request = 0, error = 0, reserved = 0;
  std::uint16_t items = 0, item_size = 0;
};

/// One datagram as far as it could be read. Borrows it.
struct Packet {
  std::uint8_t leap = 0, version = 0;
  Mode mode = Mode::reserved;
  std::optional<TimeHeader> time;
  std::optional<Control> control;
  std::optional<Private> private_use;
  Bytes extensions;  ///< whole extension fields behind the time header; RFC 7822
  Bytes mac;         ///< key identifier and digest; only the former in a crypto-NAK (4 octets)
  std::optional<Malformed> malformed;
};
Packet read_packet(Bytes datagram);

/// Goes through extension fields, each with a type, a length that counts its header, and that many octets.
struct Extension {
  std::uint16_t type = 0, length = 0;
};
std::optional<Extension> next_extension(Bytes& left);

/// Observation::describe of a Packet.
void describe(void const* packet, FieldSink& sink);

/// What a mode 6 or mode 7 code asks for; nothing for unknown ones.
std::optional<Operation> control_operation(std::uint8_t opcode);
std::optional<Operation> private_operation(std::uint8_t request);

}  // namespace greywatch::agent::ntp
