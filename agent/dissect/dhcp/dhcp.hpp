#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::dhcp {

/// DHCP for IPv4 over UDP, ports 67 and 68: RFC 2131, options of RFC 2132. One observation a datagram:
/// - code: the DHCP message type (option 53), 0 where there is none (BOOTP);
/// - target: the address that is asked for or given, as a number.
extern Dissector const dissector;

/// DHCP for IPv6 over UDP, ports 546 and 547: RFC 8415 and the messages and options registered since. One observation a
/// datagram:
/// - code: the message type of the datagram; subcode: of the message that relays carry in it, 0 where none do;
/// - target: the address, or else the prefix, that is asked for or given, by name.
/// docs/protocols/dhcpv6.md says how types become Operation, Role and Status.
extern Dissector const dissector6;
/// The same over TCP, ports 547 (lease queries: RFC 5460, RFC 7653) and 647 (failover: RFC 8156), one observation a
/// message.
extern Dissector const dissector6_tcp;

}  // namespace greywatch::agent::dhcp
