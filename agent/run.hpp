#pragma once
#include <filesystem>

namespace greywatch::agent {

/// `greywatch-agent run`: the service. Ends on SIGTERM or SIGINT with 0; with 1 when the configuration, a capture or
/// the state directory is refused, or an interface fails for good.
int run(std::filesystem::path const& config_file);

}  // namespace greywatch::agent
