#pragma once
#include <cstdio>
#include <filesystem>

namespace greywatch::agent {

/// `greywatch-agent spool`: the findings that wait for the collector, as NDJSON on `out`; what is odd about the spool,
/// and the count, on `errors`. Changes nothing. Returns the exit status: 0, or 1 when the configuration or the spool
/// was refused (a running agent holds it), something in it is damaged, or `out` did not take everything.
int list_waiting(std::filesystem::path const& config_file, std::FILE* out, std::FILE* errors);

}  // namespace greywatch::agent
