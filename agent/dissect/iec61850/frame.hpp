#pragma once
#include <cstdint>
#include <optional>

#include "common/bytes.hpp"

namespace greywatch::agent::iec61850 {

/// What GOOSE, GSE management and sampled values have in common behind their ethertype. IEC 61850-8-1:2011, annex C;
/// IEC 61850-9-2:2011, 5.3.3.4. Borrows the octets.
struct Frame {
  static constexpr std::size_t header_octets = 8;

  std::uint16_t appid = 0;
  std::uint16_t length = 0;     ///< octets from the APPID to the end of the APDU
  std::uint16_t reserved1 = 0;  ///< bit 15: S, simulated; the lower octet: octets of the extension (IEC 62351-6)
  std::uint16_t reserved2 = 0;  ///< of an extended PDU the CRC of what stands before; else 0
  Bytes apdu;                   ///< one element, as long as it says itself; all that there is when it is cut short
  Bytes extension;              ///< behind it: authentication after IEC 62351-6, not opened
  /// `length` says less, or more, than the APDU and an extension have, though these are whole: let pass.
  bool length_differs = false;
  std::optional<Malformed> malformed;

  bool simulated() const { return (reserved1 & 0x8000) != 0; }
  std::size_t extension_octets() const { return reserved1 & 0xFFu; }
};

/// Reads the header and finds the ends of APDU and extension. What stands behind them is padding.
Frame read_frame(Bytes octets);

}  // namespace greywatch::agent::iec61850
