#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::iec104 {

/// IEC 60870-5-104 over TCP, with the application layer of IEC 60870-5-101. One observation per APDU:
/// - code: the type identification of an I format; 256 + the first octet of the control field of a U format (263
/// STARTDT
///   act, 267 con, 275 STOPDT act, 291 con, 323 TESTFR act, 387 con); 257 for an S format;
/// - subcode: the cause of transmission; 0 for U and S formats;
/// - target: common address, address of the first object, number of objects;
/// - value: what the first object of a command, set point or parameter asks for, in the element's own scale.
/// docs/protocols/iec104.md says how types and causes become Operation, Role and Status.
extern Dissector const dissector;

}  // namespace greywatch::agent::iec104
