#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::kerberos {

/// Kerberos version 5 (RFC 4120) over UDP, and over TCP behind a length (7.2.2), and changes of passwords (RFC 3244)
/// over both. One observation a message:
/// - code: the msg-type; 256 a change of a password, 257 its answer;
/// - subcode: of KRB-ERROR the error-code;
/// - target: who asks in an AS-REQ ("user@REALM"), what for in others ("service/host@REALM").
/// Tickets, authenticators and passwords are encrypted; nothing of them is given.
extern Dissector const udp_dissector, tcp_dissector;

}  // namespace greywatch::agent::kerberos
