#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::fins {

/// Omron FINS over UDP and over TCP with the FINS/TCP header, port 9600. One observation a frame:
/// - code: the command code, main and sub: 0x0101; of FINS/TCP messages without a frame 0x10000 + the TCP command;
/// - target: unit is network << 16 | node << 8 | unit of the end that is asked; object is area << 24 | address << 8 |
/// bit
///   of memory, by the name that people write (D100, CIO 5.03), or the first word of parameters and programs.
/// docs/protocols/fins.md says how commands become Operation and end codes Status.
extern Dissector const udp_dissector;
extern Dissector const tcp_dissector;

}  // namespace greywatch::agent::fins
