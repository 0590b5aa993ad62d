#pragma once
#include <cstdint>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::kerberos {

/// "as_req", "krb_error", …; empty where there is none. RFC 4120, 7.5.7.
std::string_view type_name(std::uint32_t type);

/// "aes256-cts-hmac-sha1-96", …; empty where the table has none. IANA, Kerberos Encryption Type Numbers.
std::string_view etype_name(std::int64_t etype);
/// DES (RFC 6649), triple DES and RC4 (RFC 8429).
bool is_weak(std::int64_t etype);

/// "KDC_ERR_PREAUTH_FAILED", …; empty where the table has none. RFC 4120, 7.5.9.
std::string_view error_name(std::int64_t error);
/// What an error means for who asked. That more is wanted before a ticket is given is no failure.
Status status_of_error(std::int64_t error);
/// Does it say that a password or key was wrong, or the account locked?
bool is_failed_logon(std::int64_t error);

}  // namespace greywatch::agent::kerberos
