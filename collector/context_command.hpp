#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace greywatch::collector {

/// A cause as the command line says it; words as in NDJSON.
struct ContextAddOptions {
  std::filesystem::path config;    ///< of the running collector
  std::vector<std::string> files;  ///< NDJSON, "-" is standard input; or else one cause from what follows
  std::string kind, group;         ///< group: "fleet" or "region:NAME", …
  std::string start, end;          ///< RFC 3339; an empty start is now
  std::vector<std::string> classes;
  double index = 0;
  std::string source;  ///< empty: the user who types
};

/// `greywatch-collector context add`: tells a running collector through its API, at the address and with the token that
/// its configuration names. Prints an id a line; the exit status is 0, or 1 when something was refused, with file:line.
int context_add(ContextAddOptions const& options, std::istream& in, std::ostream& out, std::ostream& err);

/// `greywatch-collector context list`: the causes in the store as NDJSON, the earliest start first; with `standing`
/// only those that are not over. The collector may run or not.
int context_list(std::filesystem::path const& config, bool standing, std::ostream& out, std::ostream& err);

}  // namespace greywatch::collector
