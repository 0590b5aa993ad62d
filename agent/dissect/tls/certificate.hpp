#pragma once
#include <optional>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::tls {

/// What a certificate says of its holder. RFC 5280, 4.1. Borrows the message.
struct Certificate {
  Bytes serial;  ///< INTEGER, big-endian
  std::string_view issuer_common_name, subject_common_name, subject_organization;
  text::Fixed<24> not_before, not_after;  ///< RFC 3339; empty where they are no times
};
/// Nothing where the octets are no certificate; what of it is odd is left empty.
std::optional<Certificate> read_certificate(Bytes der);

/// Goes through a certificate_list of TLS up to 1.2: three octets of length before each. RFC 5246, 7.4.2.
std::optional<Bytes> next_certificate(Bytes& left);

}  // namespace greywatch::agent::tls
