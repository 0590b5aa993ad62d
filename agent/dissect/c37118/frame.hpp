#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::c37118 {

/// Bits 6 to 4 of the second octet of SYNC; 6 and 7 are free. IEEE C37.118.2-2011, table 2.
enum class FrameType : std::uint8_t { data, header, configuration_1, configuration_2, command, configuration_3 };

inline constexpr std::size_t common_octets = 14;  ///< SYNC to FRACSEC
inline constexpr std::size_t check_octets = 2, least_octets = common_octets + check_octets;
inline constexpr std::size_t most_octets = 65535;  ///< what FRAMESIZE can say

/// The words that all frames begin with, and CHK. IEEE C37.118.2-2011, 6.2, table 2. Borrows the frame.
struct Common {
  std::uint16_t sync = 0, frame_size = 0, idcode = 0;
  std::uint32_t soc = 0;          ///< seconds since 1970
  std::uint8_t time_quality = 0;  ///< upper octet of FRACSEC: leap second flags and message time quality, table 3
  std::uint32_t fraction = 0;     ///< the other 24 bits, counts of 1/TIME_BASE s
  Bytes body;                     ///< between FRACSEC and CHK
  std::uint16_t check = 0;
  bool whole = false;                  ///< the words up to FRACSEC are there
  std::optional<Malformed> malformed;  ///< too short, too long, or a CHK that is not the frame's

  std::uint8_t type() const { return sync >> 4 & 7; }
  std::uint8_t version() const { return sync & 15; }
  bool is(FrameType one) const { return type() == static_cast<std::uint8_t>(one); }
};
Common read_common(Bytes octets);

/// CRC-CCITT: x^16 + x^12 + x^5 + 1, begun with ones. IEEE C37.118.2-2011, annex B.
std::uint16_t checksum(Bytes octets);

/// Certain is only a whole frame whose CHK is right; of a stream's long frames the words at the front must do.
Likeness probe_stream(Bytes octets, Direction way);
Likeness probe_datagram(Bytes octets, Direction way);

/// Cuts frames by FRAMESIZE.
Frame frame(Bytes octets);

}  // namespace greywatch::agent::c37118
