#include <catch2/catch.hpp>

#include "event.hpp"

using namespace greywatch::rules::test;
using Catch::Matchers::Contains;

namespace {

/// Evaluates a condition over selections a, b, c, x1, x2, x3 and _hidden, each true when its letter is in `on`.
bool evaluate(std::string const& condition, std::string const& on) {
  std::string detection;
  for (auto const* name : {"a", "b", "c", "x1", "x2", "x3", "_hidden"})
    detection += "  " + std::string(name) + ": {" + name + ": 1}\n";
  Event const event{number("a", on.find('a') != on.npos),      number("b", on.find('b') != on.npos),
                    number("c", on.find('c') != on.npos),      number("x1", on.find('1') != on.npos),
                    number("x2", on.find('2') != on.npos),     number("x3", on.find('3') != on.npos),
                    number("_hidden", on.find('h') != on.npos)};
  return matches(detection + "  condition: " + condition, event);
}

std::string refused(std::string const& condition) {
  return load(rule("  a: {a: 1}\n  b: {b: 1}\n  _h: {h: 1}\n  condition: " + condition)).refusal();
}

}  // namespace

TEST_CASE("not binds tighter than and, and tighter than or", "[rule]") {
  CHECK(evaluate("a or b and c", "a"));
  CHECK_FALSE(evaluate("a or b and c", "b"));
  CHECK(evaluate("a or b and c", "bc"));
  CHECK_FALSE(evaluate("(a or b) and c", "a"));
  CHECK(evaluate("(a or b) and c", "ac"));
  CHECK(evaluate("not a and b", "b"));
  CHECK_FALSE(evaluate("not a and b", "ab"));
  CHECK(evaluate("not (a and b)", "a"));
  CHECK_FALSE(evaluate("not (a and b)", "ab"));
  CHECK(evaluate("not not a", "a"));
  CHECK(evaluate("a AND NOT b OR c", "a"));
  CHECK(evaluate("a and not b", "a"));
  CHECK_FALSE(evaluate("a and not b", "ab"));
}

TEST_CASE("quantifiers count the selections that a pattern names", "[rule]") {
  CHECK(evaluate("1 of x*", "2"));
  CHECK_FALSE(evaluate("1 of x*", "a"));
  CHECK(evaluate("any of x*", "3"));
  CHECK(evaluate("2 of x*", "13"));
  CHECK_FALSE(evaluate("2 of x*", "3"));
  CHECK(evaluate("all of x*", "123"));
  CHECK_FALSE(evaluate("all of x*", "12"));
  CHECK(evaluate("all of *1", "1"));
  CHECK(evaluate("1 of a", "a"));
  CHECK(evaluate("a and not 1 of x*", "a"));
  CHECK_FALSE(evaluate("a and not 1 of x*", "a2"));
  CHECK(evaluate("1 of x* and a or b", "b"));
}

TEST_CASE("them leaves out names that begin with an underscore", "[rule]") {
  CHECK(evaluate("all of them", "abc123"));
  CHECK_FALSE(evaluate("all of them", "abc12"));
  CHECK(evaluate("1 of them", "c"));
  CHECK_FALSE(evaluate("1 of them", "h"));
  CHECK(evaluate("1 of _*", "h"));
  CHECK_FALSE(evaluate("1 of *", "h"));
  CHECK(evaluate("all of *", "abc123"));
}

TEST_CASE("a list of conditions is true when one of them is", "[rule]") {
  CHECK(evaluate("[a and b, c]", "c"));
  CHECK(evaluate("[a and b, c]", "ab"));
  CHECK_FALSE(evaluate("[a and b, c]", "a"));
}

TEST_CASE("a condition that makes no sense is refused with its column", "[rule]") {
  CHECK(refused("a and z") == "r.yml:7:14: unknown selection \"z\" at column 7 of the condition");
  CHECK_THAT(refused("a b"), Contains("unexpected \"b\" at column 3"));
  CHECK_THAT(refused("a and"), Contains("ends too early"));
  CHECK_THAT(refused("(a"), Contains("a parenthesis is not closed"));
  CHECK_THAT(refused("a )"), Contains("unexpected \")\""));
  CHECK_THAT(refused("1 of y*"), Contains("no selection fits \"y*\""));
  CHECK_THAT(refused("3 of them"), Contains("asks for more selections than the 2 that fit"));
  CHECK_THAT(refused("0 of them"), Contains("wanted is a number from 1, any or all"));
  CHECK_THAT(refused("some of them"), Contains("wanted is a number from 1, any or all"));
  CHECK_THAT(refused("all of"), Contains("ends after \"of\""));
  CHECK_THAT(refused("a | count() by b > 5"), Contains("removed in Sigma 2"));
  CHECK_THAT(refused("a && b"), Contains("unexpected \"&\" at column 3"));
  CHECK_THAT(refused("''"), Contains("the condition is empty"));
  CHECK_THAT(refused("[]"), Contains("condition is empty"));
  CHECK_THAT(refused(std::string(100, '(') + "a" + std::string(100, ')')), Contains("nested deeper"));
  CHECK_THAT(refused("\"" + std::string(5000, ' ') + "a\""), Contains("longer than"));
}

TEST_CASE("selections are maps, lists of maps, keywords, or a mix of the last two", "[rule]") {
  Event const event{text("name", "EvilService started"), number("fc", 90)};
  CHECK(matches("  s: {name|contains: evil, fc: 90}\n  condition: s", event));
  CHECK_FALSE(matches("  s: {name|contains: evil, fc: 91}\n  condition: s", event));
  CHECK(matches("  s: [{fc: 91}, {name|contains: evil}]\n  condition: s", event));
  CHECK_FALSE(matches("  s: [{fc: 91}, {name: evil}]\n  condition: s", event));
  CHECK(matches("  s: [evilservice, other]\n  condition: s", event));
  CHECK(matches("  s: evilservice\n  condition: s", event));
  CHECK_FALSE(matches("  s: [goodservice, other]\n  condition: s", event));
  CHECK(matches("  s: {'|all': [evil, STARTED]}\n  condition: s", event));
  CHECK_FALSE(matches("  s: {'|all': [evil, stopped]}\n  condition: s", event));
  CHECK(matches("  s: {'|re': '^Evil'}\n  condition: s", event));
  CHECK(matches("  s: [other, {fc: 90}]\n  condition: s", event));
}
