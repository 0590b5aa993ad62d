#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>

namespace greywatch::collector {

struct StatusOptions {
  std::string url = "http://127.0.0.1:9464";  ///< of a running collector
  std::filesystem::path token;                ///< file with the bearer token, if it wants one
  std::filesystem::path authority;            ///< PEM to trust for https; empty: the system's
};

/// `greywatch-collector status`: asks a running collector and tells a person whether it is ready, which nodes report,
/// the scores and the alerts that stand. The exit status: 0, or 1 when it cannot be asked or is not ready.
int status(StatusOptions const& options, std::ostream& out, std::ostream& err);

}  // namespace greywatch::collector
