#pragma once
#include <optional>

#include "agent/dissect/iec104/apci.hpp"
#include "agent/dissect/iec104/asdu.hpp"
#include "agent/dissect/iec104/session.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::iec104 {

/// One APDU as it was read, for Observation::describe. Borrows the octets and the session after the APDU.
struct Message {
  Session const& session;
  Direction way;
  Apci apci;
  std::optional<Asdu> asdu;  ///< I formats
};

/// Names the fields of a `Message`; see docs/fields.md.
void describe(void const* message, FieldSink& sink);

/// Sets what an ASDU asks: code, subcode, operation, role, status, target, value.
void classify(Asdu const& asdu, std::optional<bool> control_direction, Observation& observation);

/// Does the type of the ASDU, with its cause, tell which station sent it? True: the controlling one.
std::optional<bool> sent_by_controlling(Asdu const& asdu);

}  // namespace greywatch::agent::iec104
