#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::arp {

/// ARP over Ethernet, ethertypes 0806 and 8035 (RARP): RFC 826, 903, 2390, 5227. One observation a frame:
/// - code: the operation (ar$op), such as 1 request and 2 reply;
/// - target: the protocol address that is asked for or told of, as a number.
extern Dissector const dissector;

}  // namespace greywatch::agent::arp
