#include "collector/rules_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <vector>

#include "collector/correlate/examples.hpp"
#include "common/event/ndjson.hpp"
#include "common/rule/attack.hpp"
#include "common/rule/rule_set.hpp"

namespace greywatch::collector {

namespace fs = std::filesystem;

namespace {

struct Tree {
  rules::RuleSet set;
  std::optional<rules::AttackTable> table;
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
  auto const pipelines = rules::Pipelines::load(dir / "pipelines");
  if (!pipelines) {
    tree.refusal = pipelines.error().text;
    return tree;
  }
  tree.set = rules::RuleSet::load(rules::rule_folders(dir), tree.report, *pipelines);
  if (auto const file = dir / "attack" / "ics.yml"; fs::exists(file, error)) {
    if (auto table = rules::AttackTable::load(file)) {
      tree.attack = tree.set.translate(*table);
      tree.table = std::move(*table);
    } else {
      tree.refusal = table.error().text;
    }
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
  if (tree.report.unfed > 0)
    out << fmt::format("{} of the rules wait for events: nothing here has their log source, and no pipeline maps it\n",
                       tree.report.unfed);
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

int rules_navigator(fs::path const& dir, std::ostream& out, std::ostream& err) {
  auto const tree = load(dir);
  if (refused(tree, err)) return 1;
  if (!tree.table) {
    err << fmt::format("{}: is not there; it has the techniques of one ATT&CK version\n",
                       (dir / "attack" / "ics.yml").string());
    return 1;
  }
  std::map<std::string, std::vector<std::string>> titles;  // by technique
  auto const add = [&](rules::Header const& header) {
    for (auto const& id : header.techniques)
      if (tree.table->find(id)) titles[id].push_back(header.title);
  };
  for (std::size_t i = 0; i < tree.set.rules().size(); ++i)
    if (tree.set.reports(i)) add(tree.set.rules()[i].header);
  for (auto const& correlation : tree.set.correlations()) add(correlation.header);
  std::size_t most = 1;
  std::string techniques;
  for (auto const& [id, of] : titles) {
    most = std::max(most, of.size());
    techniques += techniques.empty() ? "\n    " : ",\n    ";
    JsonLine line(techniques);
    line.text("techniqueID", id);
    line.number("score", std::uint64_t{of.size()});
    line.text("comment", fmt::format("{}", fmt::join(of, "; ")));
    line.close();
  }
  std::string layer;
  JsonLine line(layer);
  line.text("name", "greywatch rules");
  line.raw("versions",
           fmt::format(R"({{"attack":"{}","navigator":"5.1.0","layer":"4.5"}})", tree.table->version().substr(1)));
  line.text("domain", "ics-attack");
  line.text("description",
            fmt::format("Techniques that the rules of {} name; the score is how many do.", dir.string()));
  line.raw("gradient", fmt::format(R"({{"colors":["#d9e8f6","#1f5f99"],"minValue":0,"maxValue":{}}})", most));
  line.raw("techniques", "[" + techniques + "\n  ]");
  line.end();
  out << layer;
  return 0;
}

}  // namespace greywatch::collector
