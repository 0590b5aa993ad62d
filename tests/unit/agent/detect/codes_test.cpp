#include "agent/detect/codes.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "agent/detect/detectors.hpp"

using namespace greywatch;
using namespace greywatch::agent::detect;

namespace {

std::string findings_page() {
  std::ifstream in("docs/findings.md");
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

}  // namespace

TEST_CASE("docs/findings.md has every code, and no code that is not emitted", "[detect][docs]") {
  auto const page = findings_page();
  REQUIRE_FALSE(page.empty());
  std::set<std::string> emitted;
  for (auto const& row : codes()) {
    if (!row.any_protocol) emitted.insert(std::string(row.code));
    for (auto protocol : documented_protocols())
      if (row.any_protocol) emitted.insert(event_code(row, protocol));
  }
  std::regex const heading(R"(^### (.*)$)", std::regex::multiline), quoted("`([^`]+)`");
  std::set<std::string> documented;
  for (auto line = std::sregex_iterator(page.begin(), page.end(), heading); line != std::sregex_iterator(); ++line) {
    auto const text = (*line)[1].str();
    for (auto code = std::sregex_iterator(text.begin(), text.end(), quoted); code != std::sregex_iterator(); ++code)
      documented.insert((*code)[1].str());
  }
  CHECK(documented == emitted);
}

TEST_CASE("docs/findings.md says the class and the techniques of every code as the table has them", "[detect][docs]") {
  auto const page = findings_page();
  for (auto const& row : codes()) {
    auto const name = row.any_protocol ? event_code(row, documented_protocols().front()) : std::string(row.code);
    INFO(name);
    auto const at = page.find("### `" + name + "`");
    REQUIRE(at != std::string::npos);
    auto const section = page.substr(at, page.find("\n### ", at + 1) - at);
    CHECK(section.find("Class " + std::string(greywatch::name(row.classification))) != std::string::npos);
    for (auto technique : {row.technique, row.technique_too})
      if (!technique.empty()) CHECK(section.find(std::string(technique)) != std::string::npos);
    for (auto const* part : {"Benign:", "Do:"}) CHECK(section.find(part) != std::string::npos);
  }
}

TEST_CASE("every detector's word is in the table of codes, and no retired technique is", "[detect]") {
  std::set<std::string_view> words;
  std::set<std::string_view> const retired{"T0803", "T0804", "T0805", "T0812", "T0891",
                                           "T0839", "T0857", "T0855", "T0856"};
  for (auto const& row : codes()) {
    words.insert(row.detector);
    CHECK_FALSE(retired.contains(row.technique));
    CHECK_FALSE(retired.contains(row.technique_too));
  }
  for (auto const& row : detectors) CHECK(words.contains(row.word));
}
