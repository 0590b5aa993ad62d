#pragma once
#include "agent/observation.hpp"

namespace greywatch::agent::kerberos {

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::kerberos
