#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "common/rule/attack.hpp"
#include "common/rule/prefilter.hpp"
#include "common/rule/rule.hpp"

namespace greywatch::rules {

/// What happened to the files of a rule set. A file loads as a whole or is refused with one reason.
struct LoadReport {
  std::size_t files = 0, refused = 0;
  std::vector<std::string> refusals;  ///< "file:line:column: text"
  std::vector<std::string> warnings;  ///< what is odd but allowed, in the same form
  std::size_t unfed = 0;              ///< rules whose log source nothing here has events of
};

/// A rule file by name and content.
struct RuleFile {
  std::string name;  ///< as refusals name it
  std::string text;
};

/// The rules of some files, compiled for matching. `match` uses scratch memory of the set: one thread each.
class RuleSet {
 public:
  /// Compiles `files`; names and ids must be unique over all of them, and correlations and filters must find their
  /// rules among them. A rule for a log source that neither is ours nor has a mapping in `pipelines` loads, but is
  /// never tried.
  static RuleSet parse(std::vector<RuleFile> const& files, LoadReport& report, Pipelines const& pipelines = {});

  /// Reads files, and the files below folders whose names end in .yml or .yaml, in order of their paths.
  static RuleSet load(std::span<std::filesystem::path const> paths, LoadReport& report,
                      Pipelines const& pipelines = {});

  std::vector<Rule> const& rules() const { return rules_; }
  /// The fields that the rules ask for.
  FieldTable const& fields() const { return fields_; }
  /// Correlations in an order in which each comes after those it refers to.
  std::vector<CorrelationRule> const& correlations() const { return correlations_; }

  /// Puts the successors of revoked ATT&CK ids in their place. Tells each id that was revoked or is unknown as
  /// "file:line:column: text".
  std::vector<std::string> translate(AttackTable const& attack);

  /// Where correlation `which` gets its matches from, in the order of its `rules`.
  struct Source {
    bool correlation = false;  ///< a place in correlations(), else in rules()
    std::uint32_t place = 0;
  };
  std::vector<Source> const& sources(std::size_t which) const { return sources_[which]; }

  /// Does the rule report on its own? Not when only correlations that do not `generate` refer to it.
  bool reports(std::size_t rule) const { return reports_[rule]; }
  bool correlation_reports(std::size_t which) const { return correlation_reports_[which]; }

  /// Appends the places of the rules that match, ascending. Does not allocate after warm-up.
  void match(EventView const& event, std::vector<std::uint32_t>& out);
  /// How many rules every event is tried against, for want of a literal to file them under.
  std::size_t unfiled() const { return prefilter_.unfiled(); }

 private:
  /// Gives the fields of correlations the names that the pipelines of their rules' log sources have for them.
  void call_fields_as_here(Pipelines const& pipelines, LoadReport& report);

  FieldTable fields_;
  std::vector<Rule> rules_;
  std::vector<CorrelationRule> correlations_;
  std::vector<std::vector<Source>> sources_;
  std::vector<bool> reports_, correlation_reports_;
  Prefilter prefilter_;
  EventCache cache_;
  std::vector<std::uint32_t> candidates_;
};

/// The files, and those below folders whose names end in .yml or .yaml, in order of their paths; what cannot be read is
/// in the report.
std::vector<RuleFile> read_rule_files(std::span<std::filesystem::path const> paths, LoadReport& report);

/// The folders of a rule tree that hold rules: `detect` and `correlate` below `dir`, or `dir` itself when it has
/// neither.
std::vector<std::filesystem::path> rule_folders(std::filesystem::path const& dir);

}  // namespace greywatch::rules
