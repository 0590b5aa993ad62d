#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/indicator.hpp"
#include "common/result.hpp"
#include "common/rule/rule_set.hpp"

namespace greywatch::collector {

/// Makes indicators of findings: each finding as it is, then what the rules of rules/detect and rules/correlate say of
/// it. Runs on event time alone, so a replayed stream gives the same indicators. All state is bounded
/// (rules::Correlations; of the findings that correlations may stand on the newest `remembered_findings` are kept). One
/// thread.
///
/// Findings of a rule are those it refers to in `Indicator::findings`; see Indicator for how not to count them twice. A
/// rule's indicator has the class of its `greywatch.class`, else that of the finding that completed it; the techniques
/// of its tags, else those of its findings; the smallest p of its findings; the level of the rule, else "medium".
class Correlator {
 public:
  static constexpr std::size_t remembered_findings = 32'768;

  /// Loads the rules below `rules_dir` (its `detect` and `correlate`, or all of it when it has neither). The refusal is
  /// the reason of the first file refused and how many there are: a collector does not start with half its rules. A
  /// folder without rules is no error.
  static Result<Correlator, Refusal> load(std::filesystem::path const& rules_dir);
  /// With rules that are already loaded.
  explicit Correlator(rules::RuleSet set);
  Correlator(Correlator&&) noexcept;
  Correlator& operator=(Correlator&&) noexcept;
  ~Correlator();

  /// Appends the finding's own indicator and then those of rules, in the order of the rule set. Summaries pass through
  /// without being shown to rules.
  void on_finding(Finding const& finding, std::vector<Indicator>& out);

  rules::RuleSet const& rules() const;

  struct Counters {
    std::uint64_t findings = 0;                                                              ///< taken
    std::uint64_t rule_indicators = 0;                                                       ///< made by rules
    std::uint64_t groups_turned_away = 0, entries_dropped = 0, late = 0, keys_too_long = 0;  ///< rules::Correlations
    std::uint64_t findings_forgotten = 0;  ///< a correlation stood on findings too old to be remembered
  };
  Counters counters() const;

  /// All state as text, versioned; the same state gives the same text.
  std::string save() const;
  /// Takes up what `save` wrote; windows of rules that are gone or changed are left out. Refuses another version and
  /// broken text, and then starts empty.
  Result<void, Refusal> load_state(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace greywatch::collector
