#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::opcua {

/// OPC UA Connection Protocol with UA Binary (OPC 10000-6) over TCP. One observation a message; a chunk that is not the
/// last of its message is one of its own:
/// - code: of services the identifier of the request's or response's encoding (631 is ReadRequest), of the rest 1 to 6
///   for HEL, ACK, ERR, RHE, and chunks that are not final, and those whose content is encrypted;
/// - subcode: of responses the StatusCode of the service, else 0;
/// - target: the first node that the request is about as name, how many as count;
/// - value: the first number that is written, or given to a method.
/// docs/protocols/opcua.md says how services become Operation, Role and Status.
extern Dissector const dissector;

}  // namespace greywatch::agent::opcua
