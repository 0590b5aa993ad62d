#pragma once
#include <optional>

#include "agent/dissect/mms/iec61850.hpp"
#include "agent/dissect/mms/pdu.hpp"
#include "agent/dissect/mms/session.hpp"
#include "agent/dissect/mms/stack.hpp"

namespace greywatch::agent::mms {

inline constexpr std::size_t most_name = 200;  ///< octets of Target::name

/// One PDU, or a message without any, as it was read: what Observation::describe gets. Borrows the message.
struct Message {
  Stack const* stack = nullptr;
  bool first = true;  ///< of its message: tells the layers below, too
  std::optional<Pdu> pdu;
  std::optional<Asked> answered;  ///< the request of a response, where it was seen
  std::string_view control_service, tase2_object, tase2_action;
  std::optional<iec61850::Report> report;
  std::optional<iec61850::Control> control;
  std::optional<iec61850::LastApplError> last_appl_error;
  char name[most_name];
  std::size_t name_octets = 0;

  std::string_view target_name() const { return {name, name_octets}; }
};

/// Names all fields. See docs/fields.md.
void describe(void const* message, FieldSink& sink);

/// Sets what a PDU asks or says: code, subcode, operation, role, status, target, value. Reads into `message` what the
/// standards on top of MMS make of it, and remembers in the session what a later message needs.
void classify(Message& message, Session& session, Observation& observation, Emitter& emitter);

/// The same for a message without PDU: transport, session or ACSE alone.
void classify_layers(Stack const& stack, Observation& observation);

/// Codes of observations that are no confirmed service, which have their tags.
enum Code : std::uint32_t {
  unconfirmed_code = 256,  ///< + tag of the service
  pdu_code = 512,          ///< + tag of the PDU
  acse_code = 768,         ///< + tag of the APDU
  session_code = 1024,     ///< + SI
  transport_code = 1280    ///< + code of the TPDU, the upper half of its octet
};
/// Subcodes: what an error is beside its PDU.
enum Subcode : std::uint32_t {
  access_subcode = 4096,  ///< + data access error: all accesses of a read, or some of a write, failed
  reject_subcode = 8192   ///< + 256 × kind of PDU + reason; of a service error 256 × class + code without addition
};

}  // namespace greywatch::agent::mms
