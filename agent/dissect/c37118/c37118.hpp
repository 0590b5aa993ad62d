#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::c37118 {

/// IEEE C37.118.2 synchrophasors (2005 and 2011) over TCP, port 4712, and UDP, port 4713. One observation a frame:
/// - code: the frame type, 0 data, 1 header, 2, 3, 5 configuration 1 to 3, 4 command; subcode: the command word, else
/// 0;
/// - target: the stream as unit (IDCODE); of configurations the name of the first station.
/// Data frames are read by the last configuration that the same end of the flow sent for the stream.
/// docs/protocols/c37118.md says how frames become Operation, Role and Status, and which frames wait.
extern Dissector const tcp_dissector, udp_dissector;

}  // namespace greywatch::agent::c37118
