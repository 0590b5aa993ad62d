#pragma once
#include "agent/dissect/bacnet/message.hpp"
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::bacnet {

/// Target::unit of a station: 0, or of one behind a router its network and the end of its address.
std::uint32_t unit_of(std::optional<Network::Place> const& place);

/// Tells a message: its target, what is wrong with it, and each further property that it writes in an observation of
/// its own, so that none hides behind the first one. `octets` are its evidence, in which its offsets count.
void tell(Message& message, Bytes octets, Observation& observation, Emitter& emitter);

}  // namespace greywatch::agent::bacnet
