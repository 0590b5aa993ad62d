#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::mms {

/// MMS (ISO 9506) with ACSE, presentation and session (or none of these) over ISO transport on TCP, port 102; with what
/// IEC 61850-8-1 and TASE.2 make of it. One observation a PDU, or a message that has none:
/// - code: the tag of a confirmed service, 0 to 87; 256 + that of an unconfirmed one; 512 + the tag of any other PDU;
///   768 + that of an ACSE APDU, 1024 + the SI of an SPDU, 1280 + the code of a TPDU where these stand alone;
/// - subcode: class of the objects that getNameList and rename are about, tag of an additional service; of errors
///   256 × class + code, of accesses 4096 + data access error, of rejects 8192 + 256 × kind + reason;
/// - target: name "domain/item", or RptID of a report; object is a hash of it, which a response has from its request;
///   count: objects named;
/// - value: ctlVal of a control, or the first number written.
/// docs/protocols/mms.md says how services and names become Operation, Role and Status.
extern Dissector const dissector;

}  // namespace greywatch::agent::mms
