#pragma once
#include <cstdint>
#include <string>

#include "common/bytes.hpp"
#include "common/event/finding.hpp"
#include "common/result.hpp"

namespace greywatch::link {

/// Bounds of one finding on the link. `fit` makes a finding keep them, `decode` refuses one that does not.
inline constexpr std::size_t max_finding_octets = 64 * 1024;  ///< encoded
inline constexpr std::size_t max_fields = 256;
inline constexpr std::size_t max_list_items = 1024;   ///< of one field
inline constexpr std::size_t max_words = 64;          ///< techniques and traits, each
inline constexpr std::size_t max_text_octets = 4096;  ///< of any one text

/// Cuts texts, lists and fields that exceed the bounds, the last fields first, so that `encode` stays within
/// max_finding_octets; brings p and coverage into their ranges. Says whether anything was cut; the finding then has the
/// field "greywatch.trimmed" = true.
bool fit(Finding& finding);

/// Appends the finding as protobuf (Finding in link.proto) to `out`; an empty id takes no room. Lossless.
void encode(Finding const& finding, std::string& out);

/// Reads what `encode` wrote. Untrusted octets: unknown enumerators, wrong address lengths, ports above 65535, p
/// outside (0, 1], coverage outside [0, 1] and everything above the bounds are refused. Fields of newer versions are
/// skipped.
Result<Finding> decode(Bytes octets);

/// event.id of a finding: "<node>-<epoch>-<seq>".
std::string event_id(std::string_view node, std::uint64_t epoch, std::uint64_t sequence);

}  // namespace greywatch::link
