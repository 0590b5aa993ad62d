#pragma once
#include <optional>

#include "agent/dissect/modbus/adu.hpp"
#include "agent/dissect/modbus/tables.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::modbus {

/// What a PDU says, in the terms that all functions share; what it says besides, `describe` reads again when asked.
struct Pdu {
  Mbap mbap;
  std::uint8_t function = 0;   ///< without the exception bit
  std::uint8_t exception = 0;  ///< exception code; 0 when this is none
  bool either = false;         ///< a request and a response of this function look the same
  bool padded = false;         ///< zeros follow that the standard does not know
  std::uint16_t subcode = 0;   ///< diagnostics sub-function, MEI type, or exception code
  std::uint32_t object = 0;    ///< first address; file number << 16 | record number; device identification object
  std::uint16_t count = 0;     ///< objects from there; 0: the PDU names none
  std::uint16_t data = 0;      ///< octets of values in a response to a read
  std::uint16_t besides = 0;   ///< what must be kept of a request beside its object: of 5 and 6 the value, of 23 the
                               ///< registers to read, of 90 the UMAS function
  std::optional<std::uint16_t> value;  ///< the first value written
  std::optional<Malformed> malformed;  ///< the first rule broken; what was read before stands
};

/// Reads the PDU of `adu`, a whole message with its MBAP header, as a request or a response; offsets count from the
/// header.
Pdu read_pdu(Bytes adu, bool response);

}  // namespace greywatch::agent::modbus
