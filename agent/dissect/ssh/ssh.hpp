#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::ssh {

/// SSH over TCP, what of it is in clear: the identification of both ends and the packets of the key exchange, RFC 4253.
/// One observation an identification or packet; from the new keys on one a segment, which says only how long it is.
/// - code: the message number, 0 for an identification, 256 for what is encrypted.
extern Dissector const dissector;

}  // namespace greywatch::agent::ssh
