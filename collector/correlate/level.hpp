#pragma once
#include <string_view>

#include "common/event/finding.hpp"

namespace greywatch::collector {

/// The Sigma level of a finding taken as it is, from its class and p. "critical" is left to rules, which know more than
/// one finding can tell.
///
///     class            p up to 1e-6   up to 1e-3   above
///     command, access  high           medium       low
///     timing, loss     medium         medium       low
///     market           medium         low          low
///     recon            medium         low          informational
///
/// Summaries and coverage records are informational.
std::string_view level_of(Finding const& finding);

}  // namespace greywatch::collector
