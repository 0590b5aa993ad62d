#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::modbus {

/// Modbus over TCP, port 502: Modbus Application Protocol V1.1b3 behind the MBAP header of the Messaging on TCP/IP
/// Implementation Guide V1.0b. Observations carry the function code as `code` and the exception code, diagnostics
/// sub-function, MEI type or UMAS function as `subcode`; see docs/protocols/modbus.md.
extern Dissector const dissector;

}  // namespace greywatch::agent::modbus
