#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::ldap {

/// LDAP version 3 (RFC 4511) over TCP, and without connection (MS-ADTS, 6.3.3) over UDP. One observation a message:
/// - code: the tag of the operation, 0 BindRequest to 25 IntermediateResponse; 512 a buffer that SASL wrapped;
///   after StartTLS the flow is handed on;
/// - subcode: the result code of an answer;
/// - target: the entry that a request is about, of a bind the name, of an extended request its OID.
/// Passwords, credentials and values of attributes are never given.
extern Dissector const tcp_dissector, udp_dissector;

}  // namespace greywatch::agent::ldap
