#pragma once
#include <optional>
#include <string_view>

#include "agent/dissect/mms/pdu.hpp"

namespace greywatch::agent::mms {

/// The object that a message is told by, and what is written to it.
struct Subject {
  std::string_view domain, item;
  std::optional<asn1::Element> datum;
};

/// The first object of a read or write; of a write of several the first one that is a control of IEC 61850, so that
/// none hides behind another.
Subject subject_of(Pdu const& pdu);

}  // namespace greywatch::agent::mms
