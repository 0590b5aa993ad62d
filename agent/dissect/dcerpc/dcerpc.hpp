#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::dcerpc {

/// DCE/RPC (C706, MS-RPCE), connection-oriented over TCP and connectionless over UDP. Over pipes of SMB its messages
/// are told of by that dissector, in the same words.
/// - code: type of PDU; of the connectionless protocol with 256 added;
/// - subcode: opnum of a call;
/// - target: "svcctl.CreateServiceW", in binds and their answers the first interface, as name.
/// docs/protocols/dcerpc.md says what is read.
extern Dissector const over_tcp, over_udp;

}  // namespace greywatch::agent::dcerpc
