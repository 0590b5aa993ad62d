#include "collector/rules_command.hpp"

#include <fmt/format.h>

#include <ostream>
#include <vector>

#include "collector/correlate/examples.hpp"
#include "common/rule/rule_set.hpp"

namespace greywatch::collector {

namespace fs = std::filesystem;

namespace {

struct Tree {
  rules::RuleSet set;
  rules::LoadReport report;
  std::vector<std::string> attack;  ///< ATT&CK ids that are revoked or unknown
  std::string refusal;              ///< of the tree as a whole
};

Tree load(fs::path const& dir) {
  Tree tree;
  std::error_code error;
  if (!fs::exists(dir, error)) {
    tree.refusal = fmt::format("{}: is not there", dir.string());
    return tree;
  }
  tree.set = rules::RuleSet::load(rules::rule_folders(dir), tree.report);
  if (auto const file = dir / "attack" / "ics.yml"; fs::exists(file, error)) {
    if (auto const table = rules::AttackTable::load(file))
      tree.attack = tree.set.translate(*table);
    else
      tree.refusal = table.error().text;
  }
  return tree;
}

void print(std::vector<std::string> const& lines, std::string_view before, std::ostream& out) {
  for (auto const& line : lines) out << before << line << '\n';
}

/// Prints what kept a tree from loading; true when something did.
bool refused(Tree const& tree, std::ostream& err) {
  if (!tree.refusal.empty()) err << tree.refusal << '\n';
  print(tree.report.refusals, "", err);
  return !tree.refusal.empty() || tree.report.refused > 0;
}

std::string joined(std::vector<std::string> const& texts) {
  return texts.empty() ? "-" : fmt::format("{}", fmt::join(texts, ","));
}

}  // namespace

int rules_check(fs::path const& dir, std::ostream& out, std::ostream& err) {
  auto const tree = load(dir);
  bool const bad = refused(tree, err);
  print(tree.report.warnings, "warning: ", err);
  print(tree.attack, "warning: ", err);
  out << fmt::format("{} files: {} loaded with {} rules and {} correlations, {} refused\n", tree.report.files,
                     tree.report.files - tree.report.refused, tree.set.rules().size(), tree.set.correlations().size(),
                     tree.report.refused);
  return bad ? 1 : 0;
}

int rules_test(fs::path const& dir, std::ostream& out, std::ostream& err) {
  auto tree = load(dir);
  bool const bad = refused(tree, err);
  auto const report = run_examples(tree.set);
  print(report.failures, "", err);
  print(report.bare, "warning: ", err);
  out << fmt::format("{} examples of {} rules: {} failed\n", report.examples,
                     tree.set.rules().size() + tree.set.correlations().size(), report.failures.size());
  return bad || !report.failures.empty() ? 1 : 0;
}

int rules_list(fs::path const& dir, std::ostream& out, std::ostream& err) {
  auto const tree = load(dir);
  bool const bad = refused(tree, err);
  auto const row = [&](rules::Header const& header) {
    out << fmt::format("{:<38}  {:<13}  {:<22}  {}\n", header.id.empty() ? header.name : header.id,
                       header.level ? name(*header.level) : "-", joined(header.techniques), header.title);
  };
  out << fmt::format("{:<38}  {:<13}  {:<22}  {}\n", "ID", "LEVEL", "TECHNIQUES", "TITLE");
  for (auto const& rule : tree.set.rules()) row(rule.header);
  for (auto const& correlation : tree.set.correlations()) row(correlation.header);
  return bad ? 1 : 0;
}

}  // namespace greywatch::collector
