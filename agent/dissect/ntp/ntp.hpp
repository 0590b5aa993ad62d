#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::ntp {

/// NTP over UDP, port 123: versions 1 to 4 (RFC 5905), control messages (RFC 9327) and the private ones of ntpd. One
/// observation a datagram:
/// - code: the mode, 0 to 7; subcode: the operation code of mode 6, the request code of mode 7, else 0;
/// - target: of mode 6 the association as object; else none. What differs between time messages is only in fields.
/// docs/protocols/ntp.md says how modes become Operation, Role and Status.
extern Dissector const dissector;

}  // namespace greywatch::agent::ntp
