#pragma once
#include <cstdint>

#include "agent/observation.hpp"

namespace greywatch::agent::arp {

/// ar$op. RFC 826; RFC 903 (3, 4); RFC 2390 (8, 9).
enum class Opcode : std::uint16_t {
  request = 1,
  reply = 2,
  reverse_request = 3,
  reverse_reply = 4,
  inverse_request = 8,
  inverse_reply = 9
};
inline constexpr std::uint16_t greatest_opcode = 25;  ///< the last one that IANA has assigned

/// The packet format of RFC 826. Borrows the frame.
struct Packet {
  std::uint16_t hardware_type = 0, protocol_type = 0;
  std::uint8_t hardware_size = 0, protocol_size = 0;
  std::uint16_t opcode = 0;
  Bytes sender_hardware, sender_protocol, target_hardware, target_protocol;

  bool is_mac() const { return (hardware_type == 1 || hardware_type == 6) && hardware_size == 6; }
  bool is_ip() const { return protocol_type == 0x0800 && protocol_size == 4; }
  /// Between IPv4 and an EUI-48, as all of what is met in practice.
  bool is_ipv4() const { return is_mac() && is_ip(); }
  bool is(Opcode wanted) const { return opcode == static_cast<std::uint16_t>(wanted); }
  /// Tells of itself, unasked: sender and target are one. RFC 5227, 3.
  bool gratuitous() const;
  /// Asks whether an address is taken: the sender has none yet. RFC 5227, 2.1.
  bool probe() const;
  /// A gratuitous request: the sender now has the address. RFC 5227, 2.3.
  bool announcement() const { return gratuitous() && is(Opcode::request); }
};

/// `packet` holds what could be read, also where there is an error.
Result<void> read_packet(Bytes frame, Packet& packet);

/// Observation::describe of a Packet.
void describe(void const* packet, FieldSink& sink);

}  // namespace greywatch::agent::arp
