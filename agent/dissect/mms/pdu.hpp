#pragma once
#include <optional>

#include "agent/dissect/mms/service.hpp"
#include "common/result.hpp"

namespace greywatch::agent::mms {

/// MMSpdu, by its tags. ISO 9506-2, 7.2.
enum class PduKind : std::uint8_t {
  confirmed_request,
  confirmed_response,
  confirmed_error,
  unconfirmed,
  reject,
  cancel_request,
  cancel_response,
  cancel_error,
  initiate_request,
  initiate_response,
  initiate_error,
  conclude_request,
  conclude_response,
  conclude_error
};
inline constexpr std::uint32_t pdu_kinds = 14;

/// What a message is about, gathered on one walk through it. Borrows the message.
struct Facts {
  std::string_view domain, item;  ///< the first object named; domain is empty for those of the VMD or an association
  std::uint32_t names = 0;        ///< objects named
  std::optional<double> value;    ///< first number of the data written
  std::uint32_t successes = 0, failures = 0;        ///< of accesses
  std::optional<std::int64_t> first_failure;        ///< data access error
  std::optional<std::uint32_t> error_class;         ///< of a service error …
  std::int64_t error_code = 0;                      ///< … and its code
  std::optional<std::uint32_t> rejected;            ///< rejectReason: which kind of PDU …
  std::int64_t reject_reason = 0;                   ///< … and why
  std::optional<std::int64_t> object_class;         ///< getNameList, rename
  std::optional<std::uint32_t> original_invoke_id;  ///< of what is rejected or cancelled
  std::optional<asn1::Element> results, values;     ///< the lists of access results and of data written
  std::optional<asn1::Element> first_datum;         ///< of results or values
  std::optional<std::uint32_t> unknown_element;     ///< tag of the first element that no type knows
};

/// One PDU as it was read. Borrows the message.
struct Pdu {
  std::uint32_t tag = 0;  ///< a PduKind, if known
  bool known = false;
  std::optional<std::uint32_t> invoke_id;
  std::optional<std::uint32_t> service_tag;  ///< confirmed and unconfirmed PDUs
  std::uint32_t additional = 0;              ///< tag within additionalService
  Service const* service = nullptr;          ///< null: not confirmed, or not known
  Unconfirmed const* unconfirmed = nullptr;
  Member const* shape = nullptr;  ///< what `body` is
  asn1::Element body;
  std::optional<asn1::Element> modifiers;  ///< listOfModifier of a confirmed request
  Facts facts;
  std::optional<Malformed> malformed;

  PduKind kind() const { return static_cast<PduKind>(tag); }
  bool is(PduKind wanted) const { return known && kind() == wanted; }
};

/// Reads an element that came as a presentation data value in the context of MMS, or on transport directly.
Pdu read_pdu(asn1::Element const& element);

/// How listOfModifier is read.
extern Member const modifier_list;

}  // namespace greywatch::agent::mms
