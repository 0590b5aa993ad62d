#pragma once
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "common/time.hpp"

namespace greywatch::collector {

/// `greywatch-collector export findings|indicators|scores|alerts`: what the store has, as NDJSON in the order of event
/// time, oldest first; times are inclusive. Reads only, beside a running collector too. The exit status: 0, or 1 with a
/// reason.
int export_table(std::filesystem::path const& store_file, std::string const& table, std::optional<Time> since,
                 std::optional<Time> until, std::ostream& out, std::ostream& err);

}  // namespace greywatch::collector
