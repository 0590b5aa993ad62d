#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::fix {

/// FIX in its tag=value encoding over TCP: 4.0 to 4.4, FIXT 1.1 with 5.0 to 5.0 SP2. One observation a message:
/// - code: MsgType (35), its first octet, of types with two the first above the second: "D" is 68, "AE" 16709;
/// - subcode: of execution reports ExecType (150), else 0;
/// - target: Symbol (55) as name, where a message has one;
/// - value: OrderQty (38) of what trades, LastQty (32) of what reports.
/// docs/protocols/fix.md says how types become Operation, Role and Status.
extern Dissector const dissector;

}  // namespace greywatch::agent::fix
