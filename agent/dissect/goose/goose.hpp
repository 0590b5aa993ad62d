#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::goose {

/// GOOSE and GSE management (IEC 61850-8-1) over Ethernet, and GOOSE over UDP (IEC TR 61850-90-5). One observation a
/// PDU:
/// - code: its application tag, 0 management, 1 GOOSE; of other payloads of a session 256 and their type;
/// - subcode: of GOOSE 1 when it is simulated and 2 more when it needs commissioning; of management the service;
/// - target: the APPID as object, its name the control block's reference. What differs from message to message (stNum,
///   sqNum, values) is only in fields.
/// docs/protocols/goose.md says more.
extern Dissector const dissector, routed_dissector;

}  // namespace greywatch::agent::goose
