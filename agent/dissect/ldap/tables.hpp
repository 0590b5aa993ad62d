#pragma once
#include <cstdint>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::ldap {

/// "bind", "search_done", …; empty where there is none. RFC 4511, 4.2 to 4.14.
std::string_view op_name(std::uint32_t op);
/// "invalidCredentials", …; empty where the table has none. RFC 4511, 4.1.9 and appendix A.
std::string_view result_name(std::uint64_t code);
Status status_of(std::uint64_t code);
/// "startTLS", …; empty where the table has none.
std::string_view extension_name(std::string_view oid);

inline constexpr std::uint64_t invalid_credentials = 49;

}  // namespace greywatch::agent::ldap
