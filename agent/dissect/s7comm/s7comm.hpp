#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::s7comm {

/// S7 communication of SIMATIC S7-300/400 and what speaks like them (protocol 0x32), and the headers of S7comm-plus of
/// S7-1200/1500 (0x72), over ISO transport on TCP, port 102. One observation a PDU, and of a
/// write of several variables one a variable:
/// - code: the function of a job or its acknowledgement, 0 to 255; of user data 0x700 + function group, with the
///   subfunction as subcode; of S7comm-plus 0x720000 + function; of transport messages 0x10000 + the TPDU's code;
/// - target: the first variable, by the name people give it ("DB131.DBX8.0"), with its bit address as object; of blocks
///   "DB1"; of program invocations the service; of system status lists the name "SZL 0x0011/0x0000".
/// docs/protocols/s7comm.md says how functions become Operation, Role and Status.
extern Dissector const dissector;

}  // namespace greywatch::agent::s7comm
