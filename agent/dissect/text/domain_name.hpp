#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/text/text.hpp"
#include "common/result.hpp"

namespace greywatch::agent::text {

/// A domain name as text: labels with dots between them, "." for the root; octets that are no letters as \DDD. RFC
/// 1035, 5.1. 255 octets of a name never take more.
using DomainName = Fixed<1020>;

/// How the labels of a name follow each other.
enum class NameForm : std::uint8_t {
  compressed,  ///< pointers lead back to names before: RFC 1035, 4.1.4
  plain,       ///< one after the other up to an empty one
  partial,     ///< the same, and what ends with the octets is a name without its domain: RFC 4704, 4.2
};

/// Reads the name at `at`, follows its pointers, and sets `at` behind it. A pointer leads back, before everything read
/// so far (RFC 1035, 4.1.4, "prior occurrence"), so that no name is endless. What is wrong, if anything; offsets count
/// from the front of `message`.
std::optional<Malformed> read_domain_name(Bytes message, std::size_t& at, DomainName& name, NameForm form);

}  // namespace greywatch::agent::text
