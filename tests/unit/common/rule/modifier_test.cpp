#include <catch2/catch.hpp>

#include "event.hpp"

using namespace greywatch::rules;
using namespace greywatch::rules::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("text is compared without regard to case, cased with it", "[rule]") {
  Event const event{text("name", "Breaker_Q0")};
  CHECK(line("name: breaker_q0", event));
  CHECK_FALSE(line("name: breaker_q1", event));
  CHECK_FALSE(line("other: breaker_q0", event));
  CHECK(line("name|cased: Breaker_Q0", event));
  CHECK_FALSE(line("name|cased: breaker_q0", event));
  CHECK(line("name|contains|cased: er_Q", event));
  CHECK_FALSE(line("name|contains|cased: er_q", event));
}

TEST_CASE("contains, startswith and endswith look at parts", "[rule]") {
  Event const event{text("name", "iec104.command.new_master"), number("code", 1045)};
  CHECK(line("name|contains: COMMAND", event));
  CHECK_FALSE(line("name|contains: interrogation", event));
  CHECK(line("name|startswith: iec104.", event));
  CHECK_FALSE(line("name|startswith: command", event));
  CHECK(line("name|endswith: new_master", event));
  CHECK_FALSE(line("name|endswith: new", event));
  CHECK(line("code|startswith: 10", event));
  CHECK(line("code|endswith: 45", event));
  CHECK(line("name|startswith: ''", event));
}

TEST_CASE("wildcards stand for one character and for any number", "[rule]") {
  Event const event{text("name", "antivirus_V21.exe"), text("umlaut", "T\u00fcr")};
  CHECK(line("name: antivirus_V*.exe", event));
  CHECK(line("name: antivirus_V??.exe", event));
  CHECK_FALSE(line("name: antivirus_V?.exe", event));
  CHECK(line("name: '*V2*e'", event));
  CHECK_FALSE(line("name: '*V3*e'", event));
  CHECK(line("name: '*'", event));
  CHECK_FALSE(line("missing: '*'", event));
  CHECK(line("umlaut: T?r", event));
  CHECK(line("name: '**.exe'", event));
  CHECK_FALSE(line("name: '?'", event));
}

TEST_CASE("a backslash escapes wildcards and itself", "[rule]") {
  // Sigma rules specification 2.0.0, "Escaping": the possibilities listed there, in order.
  CHECK(line(R"(p: 'a\b')", {text("p", R"(a\b)")}));
  CHECK(line(R"(p: 'a\\b')", {text("p", R"(a\b)")}));
  CHECK(line(R"(p: 'a\*')", {text("p", "a*")}));
  CHECK_FALSE(line(R"(p: 'a\*')", {text("p", "ab")}));
  CHECK(line(R"(p: 'a\?')", {text("p", "a?")}));
  CHECK_FALSE(line(R"(p: 'a\?')", {text("p", "ab")}));
  CHECK(line(R"(p: 'a\\*')", {text("p", R"(a\bcd)")}));
  CHECK_FALSE(line(R"(p: 'a\\*')", {text("p", "a*")}));
  CHECK(line(R"(p: 'a\\\*')", {text("p", R"(a\*)")}));
  CHECK_FALSE(line(R"(p: 'a\\\*')", {text("p", R"(a\b)")}));
  CHECK(line(R"(p: 'a\\\b')", {text("p", R"(a\\b)")}));
  CHECK(line(R"(p: 'a\\\\b')", {text("p", R"(a\\b)")}));
}

TEST_CASE("lists of values are alternatives, with all they are demands", "[rule]") {
  Event const event{text("name", "set point of valve")};
  CHECK(line("name|contains: [pump, valve]", event));
  CHECK_FALSE(line("name|contains: [pump, motor]", event));
  CHECK(line("name|contains|all: [set, valve]", event));
  CHECK_FALSE(line("name|contains|all: [set, pump]", event));
  CHECK(line("name|all|contains: [set, valve]", event));
  CHECK_THAT(refusal("name|contains|all: set"), Contains("needs a list of two or more values"));
  CHECK_THAT(refusal("name|contains|all: [set]"), Contains("needs a list of two or more values"));
  CHECK(line("name: [a, b, c, d, e, f, g, h, i, Set Point of Valve, j]", event));
  CHECK_FALSE(line("name: [a, b, c, d, e, f, g, h, i, j]", event));
}

TEST_CASE("a list in the event matches when any of its elements does", "[rule]") {
  using greywatch::Scalar;
  Event const event{list("ioa", {Scalar(std::uint64_t{1}), Scalar(std::uint64_t{31}), Scalar(std::uint64_t{32})}),
                    list("trait", {Scalar(std::string("address:192.0.2.7")), Scalar(std::string("tool:x"))})};
  CHECK(line("ioa: 31", event));
  CHECK_FALSE(line("ioa: 33", event));
  CHECK(line("ioa|gt: 31", event));
  CHECK_FALSE(line("ioa|gt: 32", event));
  CHECK(line("trait|startswith: 'TOOL:'", event));
  CHECK(line("trait|contains|all: ['address:', 'tool:']", event));
  CHECK_FALSE(line("trait|neq: 'tool:x'", event));
  CHECK(line("trait|neq: 'tool:y'", event));
}

TEST_CASE("numbers and booleans compare by value, and with text by how they are written", "[rule]") {
  Event const event{number("fc", 90), text("fc_text", "90"), real("value", 1.5), flag("negative", true),
                    real("whole", 90.0)};
  CHECK(line("fc: 90", event));
  CHECK(line("fc: '90'", event));
  CHECK(line("fc: 0x5A", event));
  CHECK(line("fc: 9?", event));
  CHECK(line("fc_text: 90", event));
  CHECK(line("whole: 90", event));
  CHECK(line("big: 100000", {real("big", 1e5)}));
  CHECK(line("big: '100000'", {real("big", 1e5)}));
  CHECK(line("big: 1e5", {number("big", 100'000)}));
  CHECK_FALSE(line("fc: 9", event));
  CHECK(line("value: 1.5", event));
  CHECK_FALSE(line("value: 1", event));
  CHECK(line("negative: true", event));
  CHECK(line("negative: 'TRUE'", event));
  CHECK_FALSE(line("negative: false", event));
  CHECK_FALSE(line("fc: true", event));
}

TEST_CASE("comparisons need numbers on both sides", "[rule]") {
  Event const event{number("fc", 90), text("text", "12"), text("word", "many"), flag("yes", true)};
  CHECK(line("fc|gt: 89", event));
  CHECK_FALSE(line("fc|gt: 90", event));
  CHECK(line("fc|gte: 90", event));
  CHECK_FALSE(line("fc|gte: 90.5", event));
  CHECK(line("fc|lt: 91", event));
  CHECK_FALSE(line("fc|lt: 90", event));
  CHECK(line("fc|lte: 90", event));
  CHECK_FALSE(line("fc|lte: 89", event));
  CHECK(line("text|gt: 11", event));
  CHECK_FALSE(line("word|gt: 0", event));
  CHECK_FALSE(line("yes|gt: 0", event));
  CHECK_FALSE(line("missing|lt: 5", event));
  CHECK_THAT(refusal("fc|gt: '89'"), Contains("modifier \"gt\" in \"fc|gt\" needs a number"));
}

TEST_CASE("null and exists tell an absent field from an empty one", "[rule]") {
  Event event{text("name", "x"), text("empty", "")};
  event.null("nothing");
  CHECK(line("missing: null", event));
  CHECK(line("nothing: null", event));
  CHECK_FALSE(line("name: null", event));
  CHECK(line("empty: ''", event));
  CHECK_FALSE(line("missing: ''", event));
  CHECK_FALSE(line("empty: null", event));
  CHECK(line("name|exists: true", event));
  CHECK(line("nothing|exists: true", event));
  CHECK_FALSE(line("missing|exists: true", event));
  CHECK(line("missing|exists: false", event));
  CHECK_FALSE(line("name|exists: false", event));
  CHECK(line("name: [null, x]", event));
  CHECK_THAT(refusal("name|exists: 1"), Contains("needs true or false"));
  CHECK_THAT(refusal("name|exists: [true]"), Contains("needs one value"));
}

TEST_CASE("regular expressions are case-sensitive and take i, m and s", "[rule]") {
  Event const event{text("name", "first\nSecond line"), number("fc", 90)};
  CHECK(line("name|re: 'Second'", event));
  CHECK_FALSE(line("name|re: 'second'", event));
  CHECK(line("name|re|i: 'second'", event));
  CHECK_FALSE(line("name|re: '^Second'", event));
  CHECK(line("name|re|m: '^Second'", event));
  CHECK_FALSE(line("name|re: 'first.Second'", event));
  CHECK(line("name|re|s: 'first.Second'", event));
  CHECK(line("name|re|i|m|s: '^second.line$'", event));
  CHECK(line("name|re|ignorecase|multiline|dotall: 'first.^second'", event));
  CHECK(line("fc|re: '^9\\d$'", event));
  CHECK(line("name|re: ['nothing', 'l.ne']", event));
  CHECK_FALSE(line("name|re|neq: 'Second'", event));
  CHECK_THAT(refusal("name|re: '('"), Contains("is refused"));
  for (auto const* around : {"(?=x)", "(?!x)", "(?<=x)y", "(?<!x)y"})
    CHECK_THAT(refusal("name|re: '" + std::string(around) + "'"), Contains("look-around such as \"(?"));
  CHECK_THAT(refusal("name|re: '(a)\\1'"), Contains("the back reference \"\\1\" is not supported"));
  CHECK_THAT(refusal("name|re: '" + std::string(5000, 'a') + "'"), Contains("longer than"));
  CHECK_THAT(refusal("name|re: '((a{1,100}){1,100}){1,100}'"), Contains("is refused"));
  CHECK_THAT(refusal("name|i: 'x'"), Contains("must follow re"));
  CHECK_THAT(refusal("name|contains|re: 'x'"), Contains("cannot follow a modifier that changes the text"));
  CHECK_THAT(refusal("name|re|contains: 'x'"), Contains("cannot follow re"));
}

TEST_CASE("networks hold addresses of their own version", "[rule]") {
  Event const event{text("ip", "10.1.2.3"), text("six", "2001:db8::7"), text("word", "ten")};
  CHECK(line("ip|cidr: 10.0.0.0/8", event));
  CHECK_FALSE(line("ip|cidr: 192.0.2.0/24", event));
  CHECK(line("ip|cidr: [192.0.2.0/24, 10.1.0.0/16]", event));
  CHECK(line("six|cidr: '2001:db8::/32'", event));
  CHECK_FALSE(line("six|cidr: 0.0.0.0/0", event));
  CHECK_FALSE(line("word|cidr: 0.0.0.0/0", event));
  CHECK_FALSE(line("ip|cidr|neq: 10.0.0.0/8", event));
  CHECK_THAT(refusal("ip|cidr: 10.0.0.0/33"), Contains("no network in CIDR notation"));
  CHECK_THAT(refusal("ip|cidr: 10"), Contains("needs a network"));
}

TEST_CASE("neq is true when no value matches", "[rule]") {
  Event const event{text("name", "x"), number("fc", 5)};
  CHECK(line("name|neq: y", event));
  CHECK_FALSE(line("name|neq: X", event));
  CHECK_FALSE(line("name|neq: [y, x]", event));
  CHECK(line("fc|neq: 6", event));
  CHECK_FALSE(line("fc|neq: 5", event));
  CHECK_THAT(refusal("fc|gt|neq: 5"), Contains("cannot follow a comparison"));
}

TEST_CASE("fieldref compares two fields of one event", "[rule]") {
  Event const event{text("source.ip", "10.0.0.1"), text("destination.ip", "10.0.0.1"), text("other", "10.0.0.2")};
  CHECK(line("source.ip|fieldref: destination.ip", event));
  CHECK_FALSE(line("source.ip|fieldref: other", event));
  CHECK_FALSE(line("source.ip|fieldref: missing", event));
  CHECK(line("source.ip|fieldref|neq: other", event));
  CHECK_FALSE(line("source.ip|fieldref|neq: destination.ip", event));
}

TEST_CASE("encodings turn text into what would be seen", "[rule]") {
  // RFC 4648, 10: BASE64("foobar") = "Zm9vYmFy".
  CHECK(line("p|base64: foobar", {text("p", "Zm9vYmFy")}));
  CHECK(line("p|base64: foob", {text("p", "Zm9vYg==")}));
  CHECK_THAT(refusal("p|base64: foo*"), Contains("cannot encode wildcards"));
  // "foobar" behind none, one ("x" gives "eGZvb2Jhcg==") and two octets ("xy" gives "eHlmb29iYXI=").
  CHECK(line("p|base64offset|contains: foobar", {text("p", "Zm9vYmFy")}));
  CHECK(line("p|base64offset|contains: foobar", {text("p", "eGZvb2Jhcg==")}));
  CHECK(line("p|base64offset|contains: foobar", {text("p", "eHlmb29iYXI=")}));
  CHECK_FALSE(line("p|base64offset|contains: foobar", {text("p", "eHlmb29xdXg=")}));
  using namespace std::string_literals;
  CHECK(line("p|wide: cmd", {text("p", "c\0m\0d\0"s)}));
  CHECK(line("p|utf16le: cmd", {text("p", "c\0m\0d\0"s)}));
  CHECK(line("p|utf16be: cmd", {text("p", "\0c\0m\0d"s)}));
  CHECK(line("p|utf16: cmd", {text("p", "\xFF\xFE"s + "c\0m\0d\0"s)}));
  // U+1F600 is the surrogate pair D83D DE00.
  CHECK(line("p|utf16be: '\U0001F600'", {text("p", "\xD8\x3D\xDE\x00"s)}));
  CHECK(line("p|wide|base64offset|contains: cmd", {text("p", "YwBtAGQA")}));
}

TEST_CASE("windash makes the five dashes equal where a word begins", "[rule]") {
  for (auto const* dash : {"-", "/", "\u2013", "\u2014", "\u2015"}) {
    CHECK(line("p|windash|contains: ' -f'", {text("p", "tool " + std::string(dash) + "f x")}));
  }
  CHECK_FALSE(line("p|windash|contains: ' -f'", {text("p", "tool +f")}));
  CHECK_FALSE(line("p|windash: 'a-b'", {text("p", "a/b")}));
  CHECK_THAT(refusal("p|windash: '-a -b -c -d -e -f'"), Contains("more than 5 dashes"));
}

TEST_CASE("a keyword is looked for anywhere in a text, also when its letters were changed", "[rule][modifier]") {
  auto const found = [](std::string const& modifier, std::string const& value, std::string const& message) {
    return line("'|" + modifier + "': '" + value + "'", {text("message", message)});
  };
  CHECK(found("windash", "-enc", "powershell /enc AAA"));
  CHECK(found("base64", "foo", "x Zm9v y"));
  CHECK_FALSE(found("startswith", "-enc", "powershell -enc AAA"));
  CHECK(found("startswith", "power", "powershell -enc AAA"));
}

TEST_CASE("what modifiers make of one value are alternatives, also where all values are wanted", "[rule]") {
  // Sigma rules specification 2.0.0, "Modifier Types": a value might also expand into multiple values.
  for (auto const* key : {"p|windash|contains|all", "p|contains|all|windash"}) {
    auto const wanted = std::string(key) + ": [' -ma ', ' -accepteula']";
    CHECK(line(wanted, {text("p", "procdump /ma 644 x.dmp -accepteula")}));
    CHECK(line(wanted, {text("p", "procdump -ma 644 x.dmp /accepteula")}));
    CHECK_FALSE(line(wanted, {text("p", "procdump -ma 644 x.dmp")}));
    CHECK_FALSE(line(wanted, {text("p", "procdump -mp 644 -accepteula")}));
  }
  // "command" at offset 0 and "iec" at offset 1 of a text in base 64.
  CHECK(line("p|base64offset|contains|all: [command, iec]", {text("p", "Y29tbWFuZCAgIGllYw==")}));
  CHECK_FALSE(line("p|base64offset|contains|all: [command, dnp]", {text("p", "Y29tbWFuZCAgIGllYw==")}));
  CHECK(line("p|contains|all: [a, b, a]", {text("p", "ba")}));
  CHECK_FALSE(line("p|windash|contains|all|neq: [' -a', ' -b']", {text("p", "x /a /b")}));
  CHECK(line("p|windash|contains|all|neq: [' -a', ' -b']", {text("p", "x /a")}));
  CHECK_THAT(refusal("p|windash|contains|all: [' -f']"), Contains("needs a list of two or more values"));
}

TEST_CASE("what is not supported is refused by its name and place", "[rule]") {
  CHECK(refusal("name|fuzzy: x") == "r.yml:5:5: unknown modifier \"fuzzy\" in \"name|fuzzy\"");
  CHECK_THAT(refusal("name|: x"), Contains("unknown modifier \"\""));
  CHECK_THAT(refusal("name|expand: '%servers%'"), Contains("finds no value for %servers% in any pipeline"));
  CHECK_THAT(refusal("name|hour: three"), Contains("modifier \"hour\" in \"name|hour\" needs numbers"));
  CHECK_THAT(refusal("name|hour|minute: 3"), Contains("must come first and once"));
  CHECK_THAT(refusal("name|contains: null"), Contains("needs text, not null"));
  CHECK_THAT(refusal("name: []"), Contains("empty list of values"));
  CHECK_THAT(refusal("name: {a: b}"), StartsWith("r.yml:5:11:"));
  CHECK_THAT(refusal("name: [{a: b}]"), Contains("needs plain values"));
  CHECK_THAT(refusal("'|neq': [x, y]"), Contains("needs a field"));
}

TEST_CASE("parts of a time are compared as it is written", "[rule][modifier]") {
  Event const event{text("t", "2026-11-22T22:05:09.5+02:00"), text("old", "2021-01-03T00:00:00Z"),
                    text("bad", "22:05")};
  CHECK(line("t|hour: 22", event));
  CHECK_FALSE(line("t|hour: 20", event));
  CHECK(line("t|hour|gte: 22", event));
  CHECK_FALSE(line("t|hour|lt: 22", event));
  CHECK(line("t|minute: 5", event));
  CHECK(line("t|day: [1, 22]", event));
  CHECK(line("t|month: 11", event));
  CHECK(line("t|year: 2026", event));
  CHECK(line("t|week: 47", event));
  CHECK(line("old|week: 53", event));  // a Sunday of the last week of 2020
  CHECK_FALSE(line("bad|hour: 22", event));
  CHECK_FALSE(line("none|hour: 22", event));
}

TEST_CASE("placeholders take their values from pipelines", "[rule][modifier]") {
  Pipelines pipelines;
  REQUIRE(pipelines.add("placeholders: {servers: [hmi, 'scada*'], zone: north}\n", "p.yml"));
  LoadReport report;
  auto set =
      RuleSet::parse({{"r.yml", rule("  s: {host|expand: '%servers%.%zone%'}\n  condition: s")}}, report, pipelines);
  REQUIRE(report.refusals.empty());
  std::vector<std::uint32_t> found;
  set.match(Event{text("host", "HMI.north")}, found);
  set.match(Event{text("host", "scada-2.north")}, found);
  CHECK(found.size() == 2);
  set.match(Event{text("host", "hmi.south")}, found);
  CHECK(found.size() == 2);
}

TEST_CASE("a placeholder may stand behind contains and cidr", "[rule][modifier]") {
  Pipelines pipelines;
  REQUIRE(pipelines.add("placeholders: {zones: [north, 'we?t'], nets: [10.1.0.0/16, 10.2.0.0/16]}\n", "p.yml"));
  auto const matches = [&](std::string const& item, Event const& event) {
    LoadReport report;
    auto set = RuleSet::parse({{"r.yml", rule("  s: {" + item + "}\n  condition: s")}}, report, pipelines);
    REQUIRE(report.refusals.empty());
    std::vector<std::uint32_t> found;
    set.match(event, found);
    return !found.empty();
  };
  CHECK(matches("p|contains|expand: '%zones%'", {text("p", "the north gate")}));
  CHECK(matches("p|contains|expand: '%zones%'", {text("p", "the west gate")}));
  CHECK_FALSE(matches("p|contains|expand: '%zones%'", {text("p", "the east gate")}));
  CHECK(matches("p|contains|all|expand: ['%zones%', gate]", {text("p", "the west gate")}));
  CHECK_FALSE(matches("p|contains|all|expand: ['%zones%', gate]", {text("p", "the west door")}));
  CHECK(matches("p|re|i|expand: '^%zones% gate$'", {text("p", "North gate")}));
  CHECK(matches("ip|cidr|expand: '%nets%'", {text("ip", "10.2.3.4")}));
  CHECK_FALSE(matches("ip|cidr|expand: '%nets%'", {text("ip", "10.3.3.4")}));
  CHECK_THAT(refusal("p|base64|expand: '%zones%'"), Contains("cannot follow a modifier that changes the text"));
}

TEST_CASE("a backslash makes a per cent sign plain, and so does what is no name", "[rule][modifier]") {
  // Sigma rules specification 2.0.0, "Placeholders": the example given there.
  Pipelines pipelines;
  REQUIRE(pipelines.add("placeholders: {name: north}\n", "p.yml"));
  auto const matches = [&](std::string const& value, std::string const& seen) {
    LoadReport report;
    auto set =
        RuleSet::parse({{"r.yml", rule("  s: {host|expand: '" + value + "'}\n  condition: s")}}, report, pipelines);
    REQUIRE(report.refusals.empty());
    std::vector<std::uint32_t> found;
    set.match(Event{text("host", seen)}, found);
    return !found.empty();
  };
  CHECK(matches("\\%plain%name%", "%plainnorth"));
  CHECK(matches("50% of %name%", "50% of north"));
  CHECK(matches("%%1537", "%%1537"));
  CHECK(matches("100%", "100%"));
}
