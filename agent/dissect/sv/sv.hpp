#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::sv {

/// Sampled values (IEC 61850-9-2, its light edition, IEC 61869-9) over Ethernet, and over UDP (IEC TR 61850-90-5). One
/// observation a PDU, whatever number of samples it holds:
/// - code: its application tag, 0; subcode: 1 when it is simulated;
/// - target: the APPID as object, its name the svID of the first sample.
/// Samples are only named when somebody asks: streams say thousands a second. docs/protocols/sv.md says more.
extern Dissector const dissector, routed_dissector;

}  // namespace greywatch::agent::sv
