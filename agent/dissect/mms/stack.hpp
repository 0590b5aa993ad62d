#pragma once
#include <array>
#include <optional>

#include "agent/dissect/osi/acse.hpp"
#include "agent/dissect/osi/cotp.hpp"
#include "agent/dissect/osi/presentation.hpp"

namespace greywatch::agent::mms {

/// The layers below MMS of one message, as far as it has them, and the MMS PDUs that it carries. Borrows the message.
struct Stack {
  osi::Message transport;
  std::optional<osi::SessionPdu> session;  ///< absent where MMS stands on transport directly
  std::optional<osi::Presentation> presentation;
  std::optional<osi::Acse> acse;
  std::array<asn1::Element, 4> pdus{};
  std::uint8_t pdu_count = 0;
  std::optional<Malformed> malformed;  ///< the first thing broken; what was read before stands

  std::span<asn1::Element const> all() const { return std::span(pdus).first(pdu_count); }
};

/// Reads a message as osi::frame cut it.
Stack read_stack(Bytes message);

/// Does the front of a stream, perhaps less than a message, look like MMS? Dissector::probe.
Likeness probe(Bytes octets, Direction way);

}  // namespace greywatch::agent::mms
