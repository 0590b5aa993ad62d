#pragma once
#include <optional>
#include <string_view>

#include "agent/dissect/mms/grammar.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::mms {

/// Contents of a scalar as a number; nothing for texts, octets and times.
std::optional<double> number(Kind kind, Bytes contents);

/// A datum as a number, by its tag; structures with one component are that component. For controls and set points.
std::optional<double> number(asn1::Element const& datum);

/// Names one value in the way of its kind. Octets and texts are told up to 256 octets.
void tell(std::string_view field, Kind kind, Bytes contents, FieldSink& sink);

/// Octets as hexadecimal text.
void tell_octets(std::string_view field, Bytes octets, FieldSink& sink);
/// An object identifier as "1.0.9506.2.3"; nothing when empty.
void tell_oid(std::string_view field, Bytes contents, FieldSink& sink);

}  // namespace greywatch::agent::mms
