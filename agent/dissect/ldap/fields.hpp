#pragma once
#include "agent/observation.hpp"

namespace greywatch::agent::ldap {

/// Observation::describe of a Message. Passwords, credentials and values of attributes are left out, but for those by
/// which a server tells what it is.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::ldap
