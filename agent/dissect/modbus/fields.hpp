#pragma once
#include <optional>

#include "agent/dissect/modbus/session.hpp"

namespace greywatch::agent::modbus {

/// A decoded message: what `describe` names the fields of. Borrows the packet.
struct Message {
  Bytes adu;
  bool response = false;
  std::optional<Pending> answered;  ///< the request of a response, where it was seen
};

/// Observation::describe. Names all that can be read, of malformed messages too. See docs/fields.md.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::modbus
