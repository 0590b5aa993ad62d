#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::dhcp {

/// DHCP for IPv4 over UDP, ports 67 and 68: RFC 2131, options of RFC 2132. One observation a datagram:
/// - code: the DHCP message type (option 53), 0 where there is none (BOOTP);
/// - target: the address that is asked for or given, as a number.
extern Dissector const dissector;

}  // namespace greywatch::agent::dhcp
