#include "collector/status_text.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <sstream>

#include "collector/alert.hpp"

using namespace greywatch;
using namespace greywatch::collector;
namespace json = boost::json;

namespace {

Alert example() {
  Alert alert{.id = "fleet-20261122T11Z-4d28", .scope = "fleet", .severity = "elevated"};
  alert.since = *parse_rfc3339("2026-11-22T11:00:07Z");
  alert.updated = *parse_rfc3339("2026-11-22T11:49:41Z");
  alert.score = {.time = alert.updated, .scope = "fleet", .score = 98.61445554018532, .p05 = 70.96, .p95 = 99.93};
  alert.nodes = {"east-sub", "north-sub"};
  alert.operators = {"Eastwire", "Northgrid"};
  alert.title = "elevated: coordinated activity in the fleet at 2 nodes";
  alert.text = "Score 98.6.\n+73.2 points, coincidence: two nodes.";
  return alert;
}

json::array array_of(Alert const& alert) {
  std::string text;
  write_json(alert, text);
  return {json::parse(text)};
}

std::size_t longest_line(std::string const& text) {
  std::istringstream in(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(in, line);) longest = std::max(longest, line.size());
  return longest;
}

}  // namespace

TEST_CASE("an alert is told as a person reads it", "[collector][status]") {
  CHECK(alert_lines(array_of(example())) ==
        "alerts that stand: 1\n"
        "  elevated, fleet, score 98.6 (71.0 to 99.9), since 2026-11-22 11:00:07 UTC, id fleet-20261122T11Z-4d28\n"
        "  coordinated activity in the fleet at 2 nodes\n"
        "    Score 98.6.\n"
        "    +73.2 points, coincidence: two nodes.\n"
        "    nodes: east-sub, north-sub\n"
        "    operators: Eastwire, Northgrid\n");
  CHECK(alert_lines({}) == "alerts that stand: 0\n");
}

TEST_CASE("long explanations and lists are wrapped at 120 columns, between words", "[collector][status]") {
  auto alert = example();
  alert.text.clear();
  for (int i = 0; i < 60; ++i) alert.text += "onsets " + std::to_string(i) + ' ';
  alert.nodes.clear();
  for (int i = 0; i < 40; ++i) alert.nodes.push_back("substation-" + std::to_string(i));
  auto const told = alert_lines(array_of(alert));
  CHECK(longest_line(told) <= 120);
  CHECK(longest_line(told) > 100);
  for (int i = 0; i < 40; ++i) CHECK(told.find("substation-" + std::to_string(i)) != std::string::npos);

  json::array const scores{json::parse(R"({"scope": "fleet", "score": 5e1, "p05": 1.0, "p95": 9.75e1, "coverage": 1.0,
    "contributions": [{"family": "prior", "points": 2.7, "text": "left out"}, {"family": "coincidence", "points": 47.3,
    "text": "access onsets at 3 nodes of 3 operators in 3 regions within 1 h, far more likely under a campaign than not"}]})")};
  CHECK(score_lines(scores) ==
        "scores (0 to 100)\n"
        "  fleet                      50.0  (1.0 to 97.5), coverage 100 %\n"
        "     +47.3 points  access onsets at 3 nodes of 3 operators in 3 regions within 1 h, far more likely under a "
        "campaign\n"
        "                   than not\n");
}

TEST_CASE("a word longer than a line is kept whole", "[collector][status]") {
  auto alert = example();
  alert.text = "a " + std::string(300, 'x') + " b";
  auto const told = alert_lines(array_of(alert));
  CHECK(told.find("    a\n      " + std::string(300, 'x') + "\n      b\n") != std::string::npos);
}

TEST_CASE("no control character of an answer reaches the terminal", "[collector][status]") {
  auto alert = example();
  alert.title =
      "\x1b]0;owned\x07 title \xC2\x9B"
      "31m";
  alert.text = "one\x1b[2J\r\ntwo";
  alert.nodes = {"north\nsub"};
  auto const told = alert_lines(array_of(alert));
  CHECK(told.find_first_of("\x1b\x07\r") == std::string::npos);
  CHECK(told.find("\xC2\x9B") == std::string::npos);
  CHECK(told.find("    one?[2J?\n    two\n") != std::string::npos);
  CHECK(told.find("nodes: north?sub\n") != std::string::npos);
}

TEST_CASE("what an answer lacks shows as a dash; what is no object throws", "[collector][status]") {
  CHECK(alert_lines({json::object{}}) ==
        "alerts that stand: 1\n  -, -, score -, since -, id -\n  -\n    nodes: -\n    operators: -\n");
  CHECK(node_lines({json::parse(R"({"name": "a", "state": "never_seen", "findings": 0})")}) ==
        "nodes: 0 of 1 heard lately\n"
        "  a                        never_seen  last heard -                        coverage     -  0 findings\n");
  CHECK_THROWS_AS(alert_lines({json::value(1)}), std::exception);
}
