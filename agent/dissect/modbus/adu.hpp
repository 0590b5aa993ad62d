#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::modbus {

/// MBAP header. Modbus Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3.
struct Mbap {
  std::uint16_t transaction = 0;
  std::uint16_t protocol = 0;  ///< 0 for Modbus
  std::uint16_t length = 0;    ///< octets that follow, unit included
  std::uint8_t unit = 0;
};
inline constexpr std::size_t mbap_octets = 7;

/// The unit and a function code at least; 260 octets of ADU at most. V1.1b3, 4.1.
inline constexpr std::uint16_t least_length = 2, most_length = 254;
/// UMAS in function code 90 is known to exceed the standard; its largest negotiated frame is far below this.
inline constexpr std::uint16_t most_umas_length = 2048;

inline Mbap read_mbap(Reader& in) {
  return {.transaction = in.be16(), .protocol = in.be16(), .length = in.be16(), .unit = in.u8()};
}

/// Dissector::frame and Dissector::probe.
Frame frame(Bytes octets);
Likeness probe(Bytes octets, Direction way);

}  // namespace greywatch::agent::modbus
