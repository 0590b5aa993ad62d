#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::tftp {

/// TFTP over UDP: RFC 1350, options of RFC 2347. One observation a datagram:
/// - code: the opcode; subcode: of an error its code;
/// - target: the file that a request names.
extern Dissector const dissector;

}  // namespace greywatch::agent::tftp
