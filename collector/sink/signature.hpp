#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace greywatch::collector {

/// A key of Standard Webhooks: "whsec_" and the base64 of 24 to 64 octets. White space around it is ignored.
Result<std::string, Refusal> parse_webhook_secret(std::string_view text);

/// The value of the header webhook-signature (Standard Webhooks 1.0): for each key "v1," and the base64 of HMAC-SHA256
/// over "id.timestamp.body", separated by spaces. `timestamp` is in seconds since 1970.
std::string sign_webhook(std::vector<std::string> const& keys, std::string_view id, std::int64_t timestamp,
                         std::string_view body);

/// What a file holds, without white space at its ends. "credential:NAME" is $CREDENTIALS_DIRECTORY/NAME. At most 64
/// KiB.
Result<std::string, Refusal> read_secret(std::string_view file);

/// The path that such a name stands for.
std::string secret_path(std::string_view file);

}  // namespace greywatch::collector
