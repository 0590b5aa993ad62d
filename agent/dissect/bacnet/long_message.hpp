#pragma once
#include "agent/dissect/bacnet/message.hpp"
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::bacnet {

/// Takes a segment of a request or an answer. Where it was the last one that was missing, `message` has the parameters
/// of the whole. Several messages may be under way at once. Those that hold passwords are left in their segments.
void put_together(Message& message, Observation const& observation, Session& session, Emitter& emitter);

/// Tells what came of messages whose other segments do not come any more, if there are any.
void give_up_all(Direction way, Session& session, Emitter& emitter);

}  // namespace greywatch::agent::bacnet
