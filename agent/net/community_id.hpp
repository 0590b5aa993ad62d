#pragma once
#include <optional>
#include <string>

#include "agent/segment.hpp"

namespace greywatch::agent {

/// Community ID v1 of a flow, seed 0 (corelight/community-id-spec): equal for both directions and over capture points.
/// Empty for Ethernet. Costs a SHA-1: for findings, not for packets.
std::string community_id(Flow const& flow);

/// The type that answers an ICMP (or ICMPv6) message type, as the specification pairs them: 8 and 0, …; nothing for a
/// type that has no counterpart.
std::optional<std::uint8_t> icmp_counterpart(bool v6, std::uint8_t type);

}  // namespace greywatch::agent
