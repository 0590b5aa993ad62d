#pragma once
#include <optional>
#include <string_view>

#include "agent/dissect/asn1/ber.hpp"

namespace greywatch::agent::osi {

/// APDUs, by their tags of class APPLICATION. ITU-T X.227 (04/95), 9.
enum class Apdu : std::uint8_t { aarq = 0, aare = 1, rlrq = 2, rlre = 3, abrt = 4 };

/// Who is meant: an application process title that is an object identifier (form 2), and an entity qualifier that is a
/// number. Other forms are left empty.
struct ApplicationName {
  Bytes ap_title;
  std::optional<std::int64_t> ae_qualifier;
};

/// What ACSE says. X.227, 9.1. Borrows the message.
struct Acse {
  Apdu kind = Apdu::aarq;
  Bytes context_name;  ///< of the application, an object identifier
  ApplicationName called, calling, responding;
  std::optional<std::uint32_t> result;      ///< AARE: 0 accepted, 1 rejected for good, 2 for now
  std::optional<std::uint32_t> diagnostic;  ///< AARE: of service-user or service-provider …
  std::uint8_t diagnostic_source = 0;       ///< … which is 1 or 2
  std::optional<std::uint32_t> reason;      ///< RLRQ, RLRE; ABRT: abort-source
  Bytes mechanism;                          ///< of authentication, an object identifier
  std::string_view authentication;          ///< form of the authentication value: "charstring", …; empty without one. A
                                            ///< password stands in it: only its form and its length are kept
  std::size_t authentication_octets = 0;
  std::optional<std::uint32_t> user_context;  ///< presentation context of the first user information, where it says
  Bytes user_data;                            ///< its encoding
  std::size_t offset = 0;                     ///< of user_data in the message
};

/// Reads an element of class APPLICATION that came as a presentation data value.
Result<Acse> read_acse(asn1::Element const& apdu);

}  // namespace greywatch::agent::osi
