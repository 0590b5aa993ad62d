#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::snmp {

/// SNMP over UDP, ports 161 and 162: version 1 (RFC 1157), 2c (RFC 1901, 3416) and 3 (RFC 3412, 3414). One observation
/// a datagram:
/// - code: the PDU's tag, 0 get to 8 report; 256 where it is encrypted;
/// - target: the first name, count: how many there are. Community names are never said, only whether one is a default.
extern Dissector const dissector;

}  // namespace greywatch::agent::snmp
