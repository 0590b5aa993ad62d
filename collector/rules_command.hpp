#pragma once
#include <filesystem>
#include <iosfwd>

namespace greywatch::collector {

/// `greywatch-collector rules check|test|list|navigator DIR`: data to `out`, what is wrong to `err`; the exit status is
/// 0, or 1 when something was refused or failed. DIR is a rule tree (with detect and correlate below it) or any folder
/// of rule files.

/// Loads everything; prints each refusal and warning as "file:line:column: text", and the counts. ATT&CK ids that are
/// revoked or unknown in DIR/attack/ics.yml are warnings.
int rules_check(std::filesystem::path const& dir, std::ostream& out, std::ostream& err);

/// Runs the examples of all rules; prints each that failed with the place of the example.
int rules_test(std::filesystem::path const& dir, std::ostream& out, std::ostream& err);

/// Prints a table of id, level, techniques and title.
int rules_list(std::filesystem::path const& dir, std::ostream& out, std::ostream& err);

/// Prints a layer for the ATT&CK Navigator (format 4.5): the techniques that rules of DIR name, how many rules each,
/// and their titles. DIR must hold attack/ics.yml.
int rules_navigator(std::filesystem::path const& dir, std::ostream& out, std::ostream& err);

}  // namespace greywatch::collector
