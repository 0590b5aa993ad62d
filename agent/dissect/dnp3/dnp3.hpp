#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::dnp3 {

/// DNP3 (IEEE 1815-2012), port 20000, over TCP and over UDP. One observation a link frame; what an application fragment
/// says is told by the frame that completes it:
/// - code: the application function code; frames that complete no fragment have 256 plus PRM and function code of the
///   link control octet (`link_code`);
/// - subcode: of requests the event classes they name (bit n is class n, group 60), of responses the function code of
///   the request that they answer;
/// - target: unit is the link address of the outstation, object the first object header as `pack` puts it; responses
///   have the target of their request.
/// docs/protocols/dnp3.md says how function codes become Operation, Role and Status.
extern Dissector const over_tcp, over_udp;

/// Group, variation and index as Target::object: index's lower half in bits 0 to 15, variation in 16 to 23, group in 24
/// to 31, the index's upper half above.
constexpr std::uint64_t pack(std::uint8_t group, std::uint8_t variation, std::uint32_t index) {
  return std::uint64_t{index >> 16} << 32 | std::uint64_t{group} << 24 | std::uint64_t{variation} << 16 |
         (index & 0xffff);
}

/// Code of frames that complete no application fragment.
constexpr std::uint32_t link_code(std::uint8_t control) { return 256u + (control & 0x4f); }

}  // namespace greywatch::agent::dnp3
