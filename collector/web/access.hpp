#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace greywatch::collector {

/// Who may ask: holders of the bearer token, or, where there is none, those who reach the loopback address by its own
/// name. The latter keeps a web page in an operator's browser from reading the API through a name that it points at
/// 127.0.0.1.
class Access {
 public:
  /// Reads the token file: one line of at least 16 characters. No file, no token. Refused with the file's name.
  static Result<Access, Refusal> load(std::filesystem::path const& token, std::vector<std::string> hosts);

  bool wants_token() const { return digest_.has_value(); }
  /// Compares in constant time. `authorization` is the field's value as received (RFC 6750, 2.1).
  bool admits(std::string_view authorization) const;
  /// Whether a Host field names this server by address, as localhost, or by a configured name.
  bool knows_host(std::string_view host) const;

 private:
  using Digest = std::array<std::uint8_t, 32>;
  std::optional<Digest> digest_;
  std::vector<std::string> hosts_;
};

}  // namespace greywatch::collector
