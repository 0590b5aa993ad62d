#include "common/yaml.hpp"

#include <catch2/catch.hpp>

using namespace greywatch;
using namespace greywatch::yaml;
using namespace std::chrono_literals;

namespace {

std::string why(std::string_view text, Limits const& limits = {}) {
  auto const node = parse(text, "f.yaml", limits);
  return node ? "" : node.error().text;
}

/// What reading `text` as {name, limit 1..9, keep, size, listen} complains of.
std::vector<std::string> complaints(std::string_view text) {
  auto const node = parse(text, "f.yaml");
  REQUIRE(node);
  Errors errors("f.yaml");
  Mapping mapping(*node, errors);
  std::string name;
  int limit = 5;
  Duration keep{};
  Size size;
  SocketAddress listen;
  bool on = false;
  mapping.required("name", name);
  mapping.optional("limit", limit, {1, 9});
  mapping.optional("keep", keep);
  mapping.optional("size", size, {Size{1024}, Size{1 << 20}});
  mapping.optional("listen", listen);
  mapping.optional("on", on);
  mapping.finish();
  return errors.lines();
}

}  // namespace

TEST_CASE("a document becomes a tree whose values know where they stand", "[common][yaml]") {
  auto const node = parse("# head\na: 1\nb:\n  - x\n  - \"2\"\nc: {d: ~}\n", "f.yaml");
  REQUIRE(node);
  REQUIRE(node->kind == Kind::mapping);
  REQUIRE(node->find("b"));
  auto const& b = *node->find("b");
  REQUIRE(b.items.size() == 2);
  CHECK(b.items[0].text == "x");
  CHECK(b.items[0].at == Mark{4, 5});
  CHECK_FALSE(b.items[0].quoted);
  CHECK(b.items[1].quoted);
  CHECK(node->keys[1].at == Mark{3, 1});
  CHECK(node->find("c")->find("d")->kind == Kind::null);
  CHECK(node->find("e") == nullptr);
}

TEST_CASE("every complaint about one file is told at once, with its place", "[common][yaml]") {
  CHECK(complaints("name: n\nlimit: 3\nkeep: 1h30m\nsize: 4KiB\nlisten: 127.0.0.1:80\non: true\n").empty());
  CHECK(complaints("limti: 3\nlimit: 10\nkeep: 5\nsize: 4MiB\nlisten: 127.0.0.1\non: yes\nzebra: 1\n") ==
        std::vector<std::string>{
            "f.yaml:1:1: \"name\" is missing",
            "f.yaml:1:1: unknown key \"limti\"; did you mean \"limit\"?",
            "f.yaml:2:8: \"10\" is not between 1 and 9",
            "f.yaml:3:7: \"5\" is not a duration such as 90s, 15m, 12h or 7d",
            "f.yaml:4:7: \"4MiB\" is not between 1KiB and 1MiB",
            "f.yaml:5:9: \"127.0.0.1\" is not an address with a port such as 127.0.0.1:9464 or [::1]:9464",
            "f.yaml:6:5: \"yes\" is not true or false",
            "f.yaml:7:1: unknown key \"zebra\"; known are: name, limit, keep, size, listen, on",
        });
  CHECK(complaints("[1]") == std::vector<std::string>{"f.yaml:1:1: expected a mapping, found a list"});
  CHECK(complaints("name:\n") == std::vector<std::string>{"f.yaml:1:1: \"name\" is missing"});
  CHECK(complaints("name: [a]\nlimit: 99999999999999\n") ==
        std::vector<std::string>{"f.yaml:1:7: expected text, found a list",
                                 "f.yaml:2:8: \"99999999999999\" is not between -2147483648 and 2147483647"});
}

TEST_CASE("lists, choices and mappings below are read in place", "[common][yaml]") {
  auto const node = parse("ports: [1, 70000, x]\nlevel: loud\nbelow: {depth: 3, dept: 4}\n", "f.yaml");
  REQUIRE(node);
  Errors errors("f.yaml");
  Mapping mapping(*node, errors);
  std::vector<std::uint16_t> ports;
  int level = 0, depth = 0;
  CHECK_FALSE(mapping.optional("ports", ports));
  CHECK_FALSE(mapping.choice<int>("level", level, {{"debug", 1}, {"info", 2}}));
  CHECK(mapping.mapping("below", [&](Mapping& below) { below.required("depth", depth); }));
  mapping.finish();
  CHECK(depth == 3);
  CHECK(errors.lines() == std::vector<std::string>{"f.yaml:1:12: \"70000\" is not between 0 and 65535",
                                                   "f.yaml:1:19: \"x\" is not a whole number",
                                                   "f.yaml:2:8: \"loud\" is none of: debug, info",
                                                   "f.yaml:3:19: unknown key \"dept\"; did you mean \"depth\"?"});
}

TEST_CASE("what makes a small file large is refused", "[common][yaml]") {
  CHECK(why("a: &x [1]\nb: *x\n") == "f.yaml:1:4: anchors (&name) are not accepted");
  CHECK(why("a: !!binary aGk=\n").find("tags") != std::string::npos);
  CHECK(why("a: 1\nb: 2\na: 3\n") == "f.yaml:3:1: the key \"a\" stands here twice, first in line 1");
  CHECK(why(std::string(40, '[') + std::string(40, ']')) == "f.yaml:1:33: nested deeper than 32 levels");
  CHECK(why(std::string(100'000, '[')).starts_with("f.yaml:1:"));
  CHECK(why("[1, 2, 3]", {.values = 3}) == "f.yaml:1:8: more than 3 values");
  CHECK(why("abcdef", {.octets = 5}) == "f.yaml:1:1: larger than 5 octets");
  CHECK(why(std::string_view("a: 1\nb\0", 7)) == "f.yaml:2:1: a zero octet: not text");
  CHECK(why("a: 1\n---\nb: 2\n") == "f.yaml:3:1: a second document: one is accepted");
  CHECK(why("a: [1\nb: 2\n").starts_with("f.yaml:2:"));
  CHECK(why("{[1]: 2}") == "f.yaml:1:2: a key must be a single value");
}

TEST_CASE("several documents are read where they are allowed", "[common][yaml]") {
  auto const documents = parse_all("a: 1\n---\n---\nb: 2\n", "f.yaml");
  REQUIRE(documents);
  REQUIRE(documents->size() == 2);
  CHECK(documents->back().keys[0].at == Mark{4, 1});
}

TEST_CASE("a file that is not there is refused by name", "[common][yaml]") {
  CHECK(load("/nonexistent/f.yaml").error().text == "/nonexistent/f.yaml: cannot be read: No such file or directory");
}

TEST_CASE("sizes, durations and socket addresses read back as written", "[common][yaml]") {
  CHECK(parse_size("64MiB") == Size{64 << 20});
  CHECK(parse_size("5kB") == Size{5000});
  CHECK(parse_size("7") == Size{7});
  for (auto const* bad : {"", "MiB", "-1", "1 MiB", "1XB", "99999999999TiB", "1.5GiB"}) CHECK_FALSE(parse_size(bad));
  for (auto const* text : {"64MiB", "3KiB", "2TiB", "1000"}) CHECK(to_string(*parse_size(text)) == text);
  CHECK(to_string(Duration{90min}) == "1h30m");
  CHECK(to_string(Duration{24h * 400}) == "400d");
  CHECK(to_string(*parse_socket_address("[::1]:80")) == "[::1]:80");
  CHECK(to_string(*parse_socket_address("10.0.0.1:443")) == "10.0.0.1:443");
  for (auto const* bad :
       {"", ":80", "::1:80", "[10.0.0.1]:80", "[::1]", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:+1", "host:80"})
    CHECK_FALSE(parse_socket_address(bad));
}
