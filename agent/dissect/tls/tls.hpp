#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::tls {

/// TLS 1.0 to 1.3 and SSL 3.0 over TCP: RFC 8446, RFC 5246, extensions of RFC 6066 and 7301, heartbeats of RFC 6520.
/// One observation a handshake message, and one each other record:
/// - code: the content type of the record; subcode: the type of the handshake message, the description of an alert;
/// - target: the server's name in a client hello.
extern Dissector const dissector;

}  // namespace greywatch::agent::tls
