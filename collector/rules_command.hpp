#pragma once
#include <filesystem>
#include <iosfwd>

namespace greywatch::collector {

/// `greywatch-collector rules check|test|list DIR`: data to `out`, what is wrong to `err`; the exit status is 0, or 1
/// when something was refused or failed. DIR is a rule tree (with detect and correlate below it) or any folder of rule
/// files.

/// Loads everything; prints each refusal and warning as "file:line:column: text", and the counts. ATT&CK ids that are
/// revoked or unknown in DIR/attack/ics.yml are warnings.
int rules_check(std::filesystem::path const& dir, std::ostream& out, std::ostream& err);

/// Runs the examples of all rules; prints each that failed with the place of the example.
int rules_test(std::filesystem::path const& dir, std::ostream& out, std::ostream& err);

/// Prints a table of id, level, techniques and title.
int rules_list(std::filesystem::path const& dir, std::ostream& out, std::ostream& err);

}  // namespace greywatch::collector
