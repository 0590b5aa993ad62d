#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace greywatch::rules {

/// One technique of ATT&CK for ICS.
struct Technique {
  std::string id;                    ///< "T1692.001"
  std::string name;                  ///< "Unauthorized Message: Command Message"
  std::vector<std::string> tactics;  ///< "impair-process-control", …
};

/// The table of techniques of one ATT&CK version, as rules/attack/ics.yml holds it.
class AttackTable {
 public:
  /// Refuses ids that are there twice, are malformed, or are revoked in favour of one that is not there.
  static Result<AttackTable, Refusal> parse(std::string const& file, std::string const& text);
  static Result<AttackTable, Refusal> load(std::filesystem::path const& file);

  std::string const& version() const { return version_; }      ///< "v19"
  std::string const& framework() const { return framework_; }  ///< threat.framework
  std::vector<Technique> const& techniques() const { return techniques_; }
  /// nullptr for an id that is unknown or revoked.
  Technique const* find(std::string_view id) const;
  /// What took the place of a revoked id; "" for one that was not revoked.
  std::string_view replacement(std::string_view id) const;

 private:
  std::string version_, framework_;
  std::vector<Technique> techniques_;  ///< by id
  std::map<std::string, std::string, std::less<>> revoked_;
};

}  // namespace greywatch::rules
