#pragma once
#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::ldap {

using FilterText = text::Fixed<512>;

/// A filter as RFC 4515 writes it: "(&(objectClass=person)(cn=a*))". 512 characters and sixteen levels at most, what
/// does not fit is left out; values that would be passwords are, too.
FilterText filter_text(asn1::Element const& filter);

}  // namespace greywatch::agent::ldap
