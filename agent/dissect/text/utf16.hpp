#pragma once
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::text {

/// A name as it is kept for an observation; what does not fit is left out.
using Name = Fixed<320>;

/// Octets of UTF-16, little endian, as UTF-8; U+FFFD for halves of pairs. An odd octet at the end is left out.
Name from_utf16(Bytes octets);
/// The same of characters of some code page: ASCII as it is, U+FFFD for the rest.
Name from_oem(Bytes octets);

}  // namespace greywatch::agent::text
