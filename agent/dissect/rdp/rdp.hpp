#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::rdp {

/// Remote Desktop Protocol over TCP: MS-RDPBCGR. The connection request with its cookie and the negotiation of
/// security; where TLS, CredSSP or RDSTLS is chosen, the flow is handed on and goes on as TLS. Under standard RDP
/// security: the MCS connection with the data of client and server, the domain PDUs of T.125, security exchange, client
/// information and licensing, share PDUs as far as they are in clear. Fast-path updates are counted, see Session.
/// - code: 0 to 63 the choice of an MCS domain PDU (T.125), 0x100 + TPDU code of X.224, 0x200 connect initial, 0x201
///   connect response, 0x300 fast-path; subcode: type of the negotiation, or of the PDU inside a send data PDU;
/// - target: the cookie's user; the user of client information; the client's name of connect initial.
extern Dissector const dissector;

}  // namespace greywatch::agent::rdp
