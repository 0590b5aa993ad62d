// Runs in the root of the tree.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "collector/correlate/correlator.hpp"
#include "collector/correlate/examples.hpp"
#include "collector/rules_command.hpp"
#include "common/rule/finding_view.hpp"

using namespace greywatch;
namespace fs = std::filesystem;

TEST_CASE("every shipped rule loads without a warning", "[rules]") {
  std::ostringstream out, err;
  CHECK(collector::rules_check("rules", out, err) == 0);
  CHECK(err.str() == "");
  CHECK(collector::Correlator::load("rules"));
}

TEST_CASE("every example of a shipped rule does what it says, and every rule has some", "[rules]") {
  std::ostringstream out, err;
  CHECK(collector::rules_test("rules", out, err) == 0);
  CHECK(err.str() == "");
}

TEST_CASE("every shipped rule says what else it may be, how bad it is, and which technique", "[rules]") {
  rules::LoadReport report;
  auto const set = rules::RuleSet::load(rules::rule_folders("rules"), report);
  auto const check = [](rules::Header const& header) {
    INFO(header.place);
    CHECK_FALSE(header.id.empty());
    CHECK_FALSE(header.description.empty());
    CHECK_FALSE(header.falsepositives.empty());
    CHECK_FALSE(header.references.empty());
    CHECK_FALSE(header.techniques.empty());
    CHECK(header.level);
  };
  std::size_t reporting = 0;
  for (std::size_t i = 0; i < set.rules().size(); ++i)
    if (set.reports(i)) check(set.rules()[i].header), ++reporting;
  for (auto const& correlation : set.correlations()) check(correlation.header);
  CHECK(reporting >= 10);
  CHECK(set.correlations().size() >= 5);
  CHECK(set.unfiled() == 0);
}

TEST_CASE("every event code that a shipped rule asks for is one that findings have", "[rules]") {
  std::ifstream in("docs/findings.md");
  std::string const known{std::istreambuf_iterator<char>(in), {}};
  REQUIRE_FALSE(known.empty());
  rules::LoadReport report;
  auto const set = rules::RuleSet::load(rules::rule_folders("rules"), report);
  std::size_t asked = 0;
  auto const check = [&](std::string const& code, std::string const& place) {
    INFO(place << " asks for " << code);
    CHECK(known.find(code) != std::string::npos);
    ++asked;
  };
  for (auto const& rule : set.rules())
    for (auto const& selection : rule.selections)
      for (auto const& items : selection.alternatives)
        for (auto const& item : items) {
          if (set.fields().name(item.field) != "event.code") continue;
          for (auto const& code : item.any_of) check(code, rule.header.place);
          for (auto const& operand : item.operands)
            if (auto const* pattern = std::get_if<rules::Pattern>(&operand))
              check(pattern->literal(), rule.header.place);
        }
  CHECK(asked > 20);
}

TEST_CASE("the table lists the rules", "[rules]") {
  std::ostringstream out, err;
  CHECK(collector::rules_list("rules", out, err) == 0);
  CHECK_THAT(out.str(), Catch::Matchers::Contains("T1692.001"));
  CHECK_THAT(out.str(), Catch::Matchers::Contains("The same new address at several nodes"));
}

TEST_CASE("a folder that is not there, or whose rules are refused, is told with status 1", "[rules]") {
  std::ostringstream out, err;
  CHECK(collector::rules_check("nowhere", out, err) == 1);
  CHECK_THAT(err.str(), Catch::Matchers::Contains("nowhere: is not there"));
  std::ostringstream listed, refused;
  CHECK(collector::rules_check("rules/attack", listed, refused) == 1);
  CHECK_THAT(refused.str(), Catch::Matchers::Contains("ics.yml"));
  CHECK_THAT(listed.str(), Catch::Matchers::Contains("1 files: 0 loaded"));
}

TEST_CASE("the table of ATT&CK techniques holds one pinned version", "[rules][attack]") {
  auto const table = rules::AttackTable::load("rules/attack/ics.yml");
  REQUIRE(table);
  CHECK(table->version() == "v19");
  CHECK(table->techniques().size() == 97);
  REQUIRE(table->find("T1692.001"));
  CHECK(table->find("T1692.001")->name == "Unauthorized Message: Command Message");
  CHECK_FALSE(table->find("T0855"));
  CHECK(table->replacement("T0855") == "T1692.001");
  CHECK(table->replacement("T0801") == "");
}

TEST_CASE("no source names a technique that is unknown or revoked", "[rules][attack]") {
  auto const table = rules::AttackTable::load("rules/attack/ics.yml");
  REQUIRE(table);
  std::regex const id("\\bT(?:08|1[0-9])[0-9]{2}(\\.[0-9]{3})?\\b");
  std::size_t seen = 0;
  for (auto const* top : {"agent", "collector", "common"})
    for (auto const& file : fs::recursive_directory_iterator(top)) {
      if (file.path().extension() != ".cpp" && file.path().extension() != ".hpp") continue;
      std::ifstream in(file.path());
      std::string line;
      for (int number = 1; std::getline(in, line); ++number) {
        // Ids in text count, those in comments may name what is gone.
        for (std::sregex_iterator at(line.begin(), line.end(), id), end; at != end; ++at) {
          auto const before = line.substr(0, static_cast<std::size_t>(at->position()));
          if (before.find("//") != std::string::npos || before.find('"') == std::string::npos) continue;
          INFO(file.path().string() << ":" << number << ": " << at->str());
          CHECK(table->find(at->str()));
          ++seen;
        }
      }
    }
  CHECK(seen > 0);
}

TEST_CASE("a revoked id in somebody's rule is read as its successor", "[rules][attack]") {
  auto const table = rules::AttackTable::load("rules/attack/ics.yml");
  REQUIRE(table);
  rules::LoadReport report;
  auto set = rules::RuleSet::parse({{"r.yml",
                                     "title: T\ntags: [attack.t0855, attack.t9999]\nlogsource: {product: "
                                     "greywatch}\ndetection: {s: {a: 1}, condition: s}\n"}},
                                   report);
  auto const told = set.translate(*table);
  REQUIRE(told.size() == 2);
  CHECK_THAT(told[0], Catch::Matchers::Contains("T0855 was revoked in MITRE ATT&CK for ICS v19, read as T1692.001"));
  CHECK_THAT(told[1], Catch::Matchers::Contains("T9999 is no technique"));
  CHECK(set.rules()[0].header.techniques[0] == "T1692.001");
}

TEST_CASE("a broken table of techniques is refused", "[rules][attack]") {
  auto const refused = [](std::string const& text) {
    auto const table = rules::AttackTable::parse("t.yml", text);
    return table ? std::string() : table.error().text;
  };
  std::string const head = "version: v1\nframework: F\ntechniques:\n";
  std::string const one = "  - {id: T0800, name: N, tactics: [x]}\n";
  CHECK(refused(head + one) == "");
  CHECK_THAT(refused(""), Catch::Matchers::Contains("wanted is one map"));
  CHECK_THAT(refused("techniques: []"), Catch::Matchers::Contains("version or framework is missing"));
  CHECK_THAT(refused(head + one + one), Catch::Matchers::Contains("T0800 is there twice"));
  CHECK_THAT(refused(head + "  - {id: X1, name: N, tactics: [x]}\n"), Catch::Matchers::Contains("t.yml:4:5"));
  CHECK_THAT(refused(head + one + "revoked: {T0801: T0802}\n"), Catch::Matchers::Contains("which is unknown"));
  CHECK_THAT(refused(head + one + "revoked: {T0800: T0800}\n"),
             Catch::Matchers::Contains("revoked and a technique too"));
}

TEST_CASE("the layer for the Navigator names the techniques of the shipped rules and no other", "[rules][attack]") {
  std::ostringstream out, err;
  REQUIRE(collector::rules_navigator("rules", out, err) == 0);
  auto const layer = boost::json::parse(out.str()).as_object();
  CHECK(layer.at("domain") == "ics-attack");
  CHECK(layer.at("versions").at("attack") == "19");
  auto const table = rules::AttackTable::load("rules/attack/ics.yml");
  REQUIRE(table);
  std::set<std::string> told;
  for (auto const& technique : layer.at("techniques").as_array()) {
    std::string const id(technique.at("techniqueID").as_string());
    CHECK(table->find(id));
    CHECK(technique.at("score").to_number<int>() >= 1);
    told.insert(id);
  }
  CHECK(told.contains("T1692.001"));
  CHECK(told.size() >= 5);
  std::ostringstream nothing, why;
  CHECK(collector::rules_navigator("rules/detect", nothing, why) == 1);
  CHECK_THAT(why.str(), Catch::Matchers::Contains("ics.yml: is not there"));
}

TEST_CASE("public rules on connections run on findings through the shipped pipelines", "[rules][pipeline]") {
  auto const pipelines = rules::Pipelines::load("rules/pipelines");
  REQUIRE(pipelines);
  rules::LoadReport report;
  auto set = rules::RuleSet::parse(
      {{"telnet.yml", "title: T\nlogsource: {category: firewall}\ndetection: {s: {dst_port: 23}, condition: s}\n"}},
      report, *pipelines);
  REQUIRE(report.refusals.empty());
  CHECK(report.unfed == 0);
  Finding finding;
  finding.destination.port = 23;
  std::vector<std::uint32_t> found;
  set.match(rules::FindingView(finding), found);
  CHECK(found.size() == 1);
}
