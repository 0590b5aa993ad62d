#pragma once
#include "agent/dissect/c37118/session.hpp"
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::c37118 {

/// Data frames that came before any configuration of their direction wait for it, a second and a half at most by what
/// follows, with their own time and frame. They are kept one after the other in what Emitter keeps.
bool wait(Bytes frame, Observation const& now, std::uint8_t& waiting, Emitter& emitter);

/// Have those that wait waited for too long?
bool waited_too_long(Time now, Emitter& emitter);

/// A frame that waited, and what `Emitter::begin` would have said of it then.
struct Waited {
  Bytes frame;
  Observation then;
};
/// Takes the next one off the front of `kept`.
std::optional<Waited> next_waiting(Bytes& kept, Emitter& emitter);

}  // namespace greywatch::agent::c37118
