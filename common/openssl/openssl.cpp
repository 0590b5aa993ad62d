#include "common/openssl/openssl.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <cstring>

namespace greywatch::openssl {

std::string error() {
  auto const code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  char const* reason = ERR_reason_error_string(code);
  return reason ? reason : fmt::format("OpenSSL error {:x}", code);
}

}  // namespace greywatch::openssl
