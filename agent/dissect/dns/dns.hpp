#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::dns {

/// DNS over UDP and TCP (RFC 1035), with dynamic update (RFC 2136), EDNS (RFC 6891), multicast DNS (RFC 6762) and LLMNR
/// (RFC 4795). One observation a message:
/// - code: the opcode; subcode: the type of the first question, of an update 0;
/// - target: the name of the first question (of an update the zone).
extern Dissector const dissector, dissector_tcp;

}  // namespace greywatch::agent::dns
