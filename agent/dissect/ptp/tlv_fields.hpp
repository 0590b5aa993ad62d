#pragma once
#include "agent/dissect/ptp/message.hpp"

namespace greywatch::agent::ptp {

/// Names what a TLV of a message says.
void describe_tlv(Tlv const& tlv, FieldSink& sink);

/// "0x" and sixteen digits, as clock identities are written.
void identity_field(std::string_view name, std::uint64_t identity, FieldSink& sink);

}  // namespace greywatch::agent::ptp
