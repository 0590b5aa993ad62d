#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::telnet {

/// Telnet over TCP: RFC 854 and 855. One observation a segment: commands and options, how many octets of text there
/// are, and whether a name or a password is asked for. What is typed is never said.
/// - code: the first command, 240 to 254; 0 where the segment has text only; subcode: the option of it.
extern Dissector const dissector;

}  // namespace greywatch::agent::telnet
