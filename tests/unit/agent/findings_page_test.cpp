// docs/findings.md against what the agent can say: the codes of any protocol and the rules of each one.
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "agent/detect/codes.hpp"
#include "agent/dissect/registry.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using detect::Code;

namespace {

std::string findings_page() {
  std::ifstream in("docs/findings.md");
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

/// Heading of a code's section, as the page writes it, with class and techniques.
std::vector<Code> documented_codes() {
  std::vector<Code> all(detect::codes().begin(), detect::codes().end());
  for (auto const* row : registry())
    for (auto const& rule : row->rules) {
      if (std::ranges::find(all, rule.code, &Code::code) != all.end()) continue;  // another transport's row
      all.push_back({rule.code, false, rule.classification, rule.technique, rule.technique_too, "violation"});
    }
  return all;
}

std::string heading(Code const& row) {
  return row.any_protocol ? "PROTOCOL." + std::string(row.code) : std::string(row.code);
}

/// What the last section of the page says of a protocol: every code that carries its name.
std::string expected_line(std::string_view protocol) {
  std::string line = "- " + std::string(protocol) + ":";
  for (auto const& row : detect::codes())
    if (row.any_protocol) line += " `" + event_code(row, protocol) + "`";
  return line + "\n";
}

}  // namespace

TEST_CASE("docs/findings.md has every code, and no code that is not emitted", "[docs]") {
  auto const page = findings_page();
  REQUIRE_FALSE(page.empty());
  std::set<std::string> emitted, documented;
  for (auto const& row : documented_codes()) emitted.insert(heading(row));
  std::regex const line(R"(^### (.*)$)", std::regex::multiline), quoted("`([^`]+)`");
  for (auto at = std::sregex_iterator(page.begin(), page.end(), line); at != std::sregex_iterator(); ++at) {
    auto const text = (*at)[1].str();
    for (auto code = std::sregex_iterator(text.begin(), text.end(), quoted); code != std::sregex_iterator(); ++code)
      documented.insert((*code)[1].str());
  }
  CHECK(documented == emitted);
}

TEST_CASE("docs/findings.md says the class and the techniques of every code as the tables have them", "[docs]") {
  auto const page = findings_page();
  for (auto const& row : documented_codes()) {
    INFO(heading(row));
    auto const at = page.find("### `" + heading(row) + "`");
    REQUIRE(at != std::string::npos);
    auto const section = page.substr(at, page.find("\n### ", at + 1) - at);
    CHECK(section.find("Class " + std::string(greywatch::name(row.classification))) != std::string::npos);
    for (auto technique : {row.technique, row.technique_too})
      if (!technique.empty()) CHECK(section.find(std::string(technique)) != std::string::npos);
    for (auto const* part : {"Benign:", "Do:"}) CHECK(section.find(part) != std::string::npos);
  }
}

TEST_CASE("docs/findings.md writes out every code of every protocol", "[docs]") {
  auto const page = findings_page();
  for (auto const* protocol : registry()) {
    INFO("the last section lacks this line:\n" << expected_line(protocol->name));
    CHECK(page.find(expected_line(protocol->name)) != std::string::npos);
  }
}

TEST_CASE("every rule of a protocol carries its name and no retired technique", "[docs]") {
  std::set<std::string_view> const retired{"T0803", "T0804", "T0805", "T0812", "T0891",
                                           "T0839", "T0857", "T0855", "T0856"};
  for (auto const* row : registry())
    for (auto const& rule : row->rules) {
      INFO(rule.code);
      CHECK(rule.code.starts_with(std::string(row->name) + "."));
      CHECK_FALSE(retired.contains(rule.technique));
      CHECK_FALSE(retired.contains(rule.technique_too));
    }
}
