#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::ptp {

/// PTP, IEEE 1588-2008 and -2019, over Ethernet (0x88F7) and UDP (319, 320); version 1 is recognised. One observation a
/// message:
/// - code: messageType, of version 1 256 and controlField; subcode: of management the managementId, of signaling the
///   type of its first TLV, else 0;
/// - target: the domain as unit; as object the grandmaster of an Announce, the clock that management is meant for.
/// docs/protocols/ptp.md says how messages become Operation, Role and Status.
extern Dissector const ethernet_dissector, udp_dissector;

}  // namespace greywatch::agent::ptp
