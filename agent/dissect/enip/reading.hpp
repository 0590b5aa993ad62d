#pragma once
#include "agent/dissect/enip/message.hpp"
#include "agent/dissect/violations.hpp"

namespace greywatch::agent::enip {

/// What a request does and to what: of packets of several services the gravest of them.
struct Meaning {
  std::optional<Operation> operation;  ///< none: a service that no table lists
  Place place;
  std::uint8_t service = 0;
  bool forwarded = false;  ///< within an Unconnected Send
  std::optional<double> value;
};
Meaning meaning_of(Cip const& request, int depth = 0);

using Violations = ViolationList<2>;

/// Classifies a CIP message and pairs it; fills `said`, `observation` and `violations`. `room` holds the target's name.
void take_cip(Session& session, Emitter& emitter, Message& said, Observation& observation, Violations& violations,
              Name& room);
/// Emits what else a packet of several services asks, beside what `first` told: no change hides behind another one.
void emit_further(Cip const& request, Place const& told, Observation const& first, Emitter& emitter);
/// Classifies what carries no CIP message.
void take_command(Session& session, Emitter& emitter, Message& said, Observation& observation, Violations& violations);

}  // namespace greywatch::agent::enip
