#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::bacnet {

/// BACnet/IP over UDP, port 47808: ASHRAE 135, Annex J. One observation a datagram, and one more for each further
/// property that WritePropertyMultiple writes:
/// - code: the confirmed service; 0x100 + the unconfirmed service; 0x200 + the network layer message; 0x300 + the
///   function of the virtual link, where it carries no packet; 0x400 + the type of a PDU that names no service;
/// - subcode: the state of DeviceCommunicationControl, ReinitializeDevice and LifeSafetyOperation;
/// - target: unit is network << 16 | the last two octets of the address of a station behind a router, else 0; object is
///   the object identifier << 22 | property, by name "analog-output 5 present-value".
/// docs/protocols/bacnet.md says how services become Operation and errors Status.
extern Dissector const dissector;

}  // namespace greywatch::agent::bacnet
