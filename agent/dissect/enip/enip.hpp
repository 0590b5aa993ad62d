#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::enip {

/// EtherNet/IP with CIP: encapsulation over TCP and UDP, port 44818, and connected I/O over UDP, port 2222. One
/// observation an encapsulated message or an I/O datagram, and one more for each further service of a packet that
/// changes something:
/// - code: the CIP service without its response bit; of messages that carry none 0x10000 + the command; of I/O 0x20000;
/// - subcode: the class that the service goes to, 0 where there is none or it is not known;
/// - target: the object by its path ("class 0x8e instance 1") or the tag by its name; of a multiple service packet the
///   gravest service's; of I/O none, as cyclic messages must look alike.
/// docs/protocols/enip.md says how services become Operation, Role and Status.
extern Dissector const tcp_dissector, udp_dissector;

}  // namespace greywatch::agent::enip
