#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::icmp {

/// ICMP (RFC 792, 950, 1256, 1191) and ICMPv6 (RFC 4443, neighbour discovery 4861, listener discovery 2710 and 3810).
/// One observation a message:
/// - code: the type; subcode: the code;
/// - target: the address that a redirect, solicitation or advertisement is about, the last eight octets as a number.
extern Dissector const dissector, dissector6;

}  // namespace greywatch::agent::icmp
