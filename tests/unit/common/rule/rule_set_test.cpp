#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "common/rule/finding_view.hpp"
#include "event.hpp"

using namespace greywatch::rules;
using namespace greywatch::rules::test;
using Catch::Matchers::Contains;

namespace {

constexpr char const* whole = R"(title: A write by a station that only read
id: 0b6c2c9e-3b0c-4f1b-9a43-6a5a0c1d1b11
name: first_write
status: test
description: Says what it is for.
references: [https://example.org/a]
author: Somebody
date: 2026-11-22
tags: [attack.t1692.001, attack.impair-process-control, tlp.clear]
logsource: {product: greywatch, category: finding, service: modbus}
detection:
  s: {event.code: modbus.write.first}
  condition: s
fields: [source.ip]
falsepositives: [A new set-point server]
level: high
related: [{id: x, type: similar}]
greywatch:
  class: command
  examples:
    hit: [{event.code: modbus.write.first, modbus.function_code: 6, modbus.values: [1, 2.5, x], modbus.ok: true}]
    miss: [[{event.code: a}, {event.code: b}]]
custom: {anything: goes}
)";

std::vector<std::uint32_t> all_matches(RuleSet& set, EventView const& event) {
  std::vector<std::uint32_t> out;
  set.match(event, out);
  return out;
}

}  // namespace

TEST_CASE("a rule tells all it says about itself", "[rule]") {
  auto const loaded = load(whole);
  REQUIRE(loaded.refusal() == "");
  REQUIRE(loaded.set.rules().size() == 1);
  auto const& header = loaded.set.rules()[0].header;
  CHECK(header.place == "r.yml:1:1");
  CHECK(header.id == "0b6c2c9e-3b0c-4f1b-9a43-6a5a0c1d1b11");
  CHECK(header.name == "first_write");
  CHECK(header.level == Level::high);
  CHECK(header.techniques == std::vector<std::string>{"T1692.001"});
  CHECK(header.tags.size() == 3);
  CHECK(header.falsepositives == std::vector<std::string>{"A new set-point server"});
  CHECK(header.classification == greywatch::FindingClass::command);
  REQUIRE(header.hits.size() == 1);
  CHECK(header.hits[0].lines ==
        std::vector<std::string>{
            "{\"event.code\":\"modbus.write.first\",\"modbus.function_code\":6,\"modbus.values\":[1,2.5,"
            "\"x\"],\"modbus.ok\":true}\n"});
  CHECK(header.hits[0].place == "r.yml:21:11");
  REQUIRE(header.misses.size() == 1);
  CHECK(header.misses[0].lines.size() == 2);
}

TEST_CASE("logsource chooses by protocol and by kind of event", "[rule]") {
  auto loaded = load(whole);
  auto const code = text("event.code", "modbus.write.first");
  CHECK(all_matches(loaded.set, Event{code, text("network.protocol", "modbus"), text("event.kind", "alert")}).size() ==
        1);
  CHECK(all_matches(loaded.set, Event{code, text("network.protocol", "iec104"), text("event.kind", "alert")}).empty());
  CHECK(all_matches(loaded.set, Event{code, text("network.protocol", "modbus"), text("event.kind", "observation")})
            .empty());
}

TEST_CASE("metadata that the specification forbids is refused", "[rule]") {
  auto const changed = [](std::string_view from, std::string_view to) {
    std::string text = whole;
    auto const at = text.find(from);
    REQUIRE(at != text.npos);
    return load(text.replace(at, from.size(), to)).refusal();
  };
  CHECK_THAT(changed("title: A", "titel: A"), Contains("r.yml:1:1: title is missing"));
  CHECK_THAT(changed("class: command", "class: bad"), Contains("greywatch.class must be"));
  CHECK_THAT(changed("class: command", "klass: command"), Contains("unknown key greywatch.klass"));
  CHECK_THAT(changed("category: finding", "category: process_creation"), Contains("category \"process_creation\""));
  CHECK_THAT(changed("logsource:", "source:"), Contains("logsource is missing"));
  CHECK_THAT(changed("custom: ", "action: join\ncustom: "), Contains("action \"join\" is not supported"));
  CHECK_THAT(changed("custom: ", "filter: {}\ncustom: "), Contains("filter.rules is missing"));
  CHECK_THAT(changed("  condition: s", "  timeframe: 5m\n  condition: s"), Contains("\"timeframe\" is not supported"));
  CHECK_THAT(changed("  condition: s", "  other: s"), Contains("condition is missing"));
}

TEST_CASE("metadata that nothing depends on is warned about where it is odd", "[rule]") {
  auto const changed = [](std::string_view from, std::string_view to) -> std::string {
    std::string text = whole;
    text.replace(text.find(from), from.size(), to);
    auto const loaded = load(text);
    if (!loaded.refusal().empty() || loaded.report.warnings.size() != 1) return "refused: " + loaded.refusal();
    return loaded.report.warnings.front();
  };
  CHECK(changed("status: test", "status: good") == "r.yml:4:9: unknown status \"good\"");
  CHECK_THAT(changed("status: test", "status: unsupported"), Contains("says itself that it is unsupported"));
  CHECK_THAT(changed("level: high", "level: urgent"), Contains("unknown level \"urgent\""));
  CHECK_THAT(changed("date: 2026-11-22", "date: 2026/11/22"), Contains("date is not written YYYY-MM-DD"));
  CHECK_THAT(changed("tlp.clear", "TLP"), Contains("\"TLP\" is no tag"));
  CHECK_THAT(changed("type: similar", "type: cousin"), Contains("related needs an id and a type"));
  CHECK_THAT(changed("custom: ", "taxonomy: acme\ncustom: "), Contains("nothing here speaks taxonomy \"acme\""));
}

TEST_CASE("a filter says which rules it is for, and of which log source", "[rule]") {
  auto const refused = [](std::string const& source, std::string const& rules, std::string const& more = "") {
    return load("title: F\n" + source + "filter: {" + rules + "s: {user: admin}, condition: not s}\n" + more + "---\n" +
                "title: R\nname: r\nlogsource: {product: greywatch}\ndetection: {s: {a: 1}, condition: s}\n")
        .refusal();
  };
  std::string const source = "logsource: {product: greywatch}\n";
  CHECK(refused(source, "rules: any, ") == "");
  CHECK(refused(source, "rules: [r], ") == "");
  for (auto const* rules : {"", "rules: [], ", "rules: , "})
    CHECK_THAT(refused(source, rules), Contains("filter.rules is missing"));
  CHECK_THAT(refused("", "rules: any, "), Contains("logsource is missing"));
  CHECK_THAT(refused("logsource: windows\n", "rules: [r], "), Contains("r.yml:2:12: logsource is missing"));
  CHECK_THAT(refused(source, "rules: [r], ", "detection: {s: {a: 1}, condition: s}\n"),
             Contains("a filter has no detection: write two documents"));
}

TEST_CASE("a selection that the condition does not use is a warning", "[rule]") {
  auto const loaded = load(rule("  s: {a: 1}\n  t: {b: 1}\n  condition: s"));
  CHECK(loaded.refusal() == "");
  REQUIRE(loaded.report.warnings.size() == 1);
  CHECK_THAT(loaded.report.warnings[0], Contains("selection \"t\" is not used"));
}

TEST_CASE("hostile YAML is refused and never crashes", "[rule]") {
  CHECK_THAT(load("title: [").refusal(), Contains("not YAML"));
  CHECK_THAT(load("").refusal(), Contains("the file holds no rule"));
  CHECK_THAT(load("---\n---\n").refusal(), Contains("the file holds no rule"));
  CHECK_THAT(load("action: global\ntitle: T\n").refusal(), Contains("the file holds no rule"));
  CHECK_THAT(load("- a\n- b\n").refusal(), Contains("a rule must be a map"));
  CHECK(load("a: 1\nb: 1\na: 2").refusal() == "r.yml:3:1: \"a\" is there twice in one map");
  CHECK_THAT(load("a:\n\tb: 1\n").refusal(), Contains("indented with a tab"));
  CHECK(load("title: T\nlogsource: {product: x}\n").refusal() ==
        "r.yml:1:1: detection is missing: a rule has a detection, a correlation or a filter");
  CHECK_THAT(load("title: T\nlogsource: {product: x}\nb: &b {f: 1}\ndetection: {s: {<<: *b}, condition: s}").refusal(),
             Contains("r.yml:4:17: merge keys (\"<<\") are not supported"));
  CHECK_THAT(load("? [a, b]\n: c\n").refusal(), Contains("a key must be plain text"));
  CHECK_THAT(load(std::string(2U << 20U, 'a')).refusal(), Contains("octets, more than"));
  CHECK_THAT(load(std::string(400, '[') + std::string(400, ']')).refusal(), Contains("nested deeper"));
  CHECK_FALSE(load(std::string(100'000, '[')).refusal().empty());
  CHECK_FALSE(load(std::string(100'000, '{')).refusal().empty());
  CHECK_THAT(load("a: &a [*a, *a]\n").refusal(), Contains("nested deeper"));
  // Each line ten times the one before: a billion values from ten lines.
  std::string laughs = "a0: &a0 [x]\n";
  for (int i = 1; i < 10; ++i) {
    auto const before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) laughs += ", " + before;
    laughs += "]\n";
  }
  CHECK_THAT(load(laughs).refusal(), Contains("larger than"));
  for (auto const* octets : {"\xff", "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"})
    CHECK(load("title: T\nlogsource: Ger" + std::string(octets) + "t\n").refusal() ==
          "r.yml:2:15: the text is not UTF-8 here");
  CHECK(load("title: \xc3\xa4 \xe2\x80\x94 \xf0\x9f\x98\x80\nlogsource: {product: x}\ndetection: {s: {a: b}, "
             "condition: s}\n")
            .refusal()
            .empty());
  // yaml-cpp would find documents in these for ever.
  CHECK_THAT(load(",").refusal(), Contains("more than 1024 documents"));
  CHECK_FALSE(load("a: 1\n,").refusal().empty());
  CHECK_FALSE(load("{a: 1} , ]").refusal().empty());
}

TEST_CASE("a file loads as a whole or not at all, others do not mind", "[rule]") {
  LoadReport report;
  auto const good = rule("  s: {a: 1}\n  condition: s");
  auto const set = RuleSet::parse({{"one.yml", good + "---\n" + good}, {"two.yml", good + "---\ntitle: T\n"}}, report);
  CHECK(set.rules().size() == 2);
  CHECK(report.files == 2);
  CHECK(report.refused == 1);
  REQUIRE(report.refusals.size() == 1);
  CHECK_THAT(report.refusals[0], Contains("two.yml:7:1: logsource is missing"));
}

TEST_CASE("ids and names belong to one rule", "[rule]") {
  LoadReport report;
  RuleSet::parse({{"one.yml", whole}, {"two.yml", whole}}, report);
  REQUIRE(report.refusals.size() == 1);
  CHECK_THAT(report.refusals[0], Contains("already names the rule at one.yml:1:1"));
}

TEST_CASE("rules are read from folders in order of their paths", "[rule]") {
  auto const dir =
      std::filesystem::temp_directory_path() / ("greywatch-rules-" + std::to_string(std::random_device()()));
  std::filesystem::create_directories(dir / "detect" / "deep");
  auto const write = [&](std::string const& name, std::string const& text) { std::ofstream(dir / name) << text; };
  write("detect/b.yml", rule("  s: {a: 1}\n  condition: s"));
  write("detect/deep/a.yaml", whole);
  write("detect/notes.txt", "no rule");
  LoadReport report;
  auto const folders = rule_folders(dir);
  auto const set = RuleSet::load(folders, report);
  CHECK(folders == std::vector<std::filesystem::path>{dir / "detect"});
  CHECK(report.refusals.empty());
  CHECK(report.files == 2);
  REQUIRE(set.rules().size() == 2);
  CHECK(set.rules()[1].header.name == "first_write");
  std::filesystem::remove_all(dir);
  LoadReport missing;
  auto const nowhere = std::vector{dir / "nowhere.yml"};
  RuleSet::load(nowhere, missing);
  REQUIRE(missing.refusals.size() == 1);
  CHECK_THAT(missing.refusals[0], Contains("cannot be read"));
}

TEST_CASE("the prefilter never hides a match", "[rule]") {
  // Random rules and events over few fields and words, so that matches are frequent; each rule tried by itself is the
  // judge.
  std::mt19937 random(20261122);
  auto const pick = [&](std::initializer_list<char const*> words) {
    return std::string(words.begin()[std::uniform_int_distribution<std::size_t>(0, words.size() - 1)(random)]);
  };
  auto const item = [&] {
    auto const field = pick({"event.code", "network.protocol", "fc"});
    return field + pick({"", "", "|contains", "|startswith", "|endswith", "|neq", "|re", "|cased", "|contains|all"}) +
           ": " +
           pick({"[modbus, iec104]", "[90, 5]", "[modbus.write, command]", "[command, write*]", "[new_master, mand]"});
  };
  std::vector<std::string> bodies;
  for (int i = 0; i < 300; ++i)
    bodies.push_back("  a: {" + item() + ", " + pick({"fc|gte: 90", "x: null", "network.protocol|exists: true"}) +
                     "}\n  b: {" + item() + "}\n  c: [modbus, mast]\n  condition: " +
                     pick({"a", "b", "a and b", "a or b", "a and not b", "1 of them", "all of them", "c and b", "not a",
                           "2 of them"}));
  std::string all;
  for (auto const& body : bodies) all += rule(body) + "---\n";
  auto together = load(all);
  REQUIRE(together.refusal() == "");
  CHECK(together.set.unfiled() < 200);
  std::size_t found = 0;
  for (int i = 0; i < 200; ++i) {
    Event event{text("event.code", pick({"modbus", "modbus.write", "iec104.command.new_master", "xmandx", "write"})),
                text("network.protocol", pick({"modbus", "iec104"})), number("fc", std::stoi(pick({"90", "5", "6"})))};
    std::vector<std::uint32_t> expected;
    for (std::uint32_t k = 0; k < together.set.rules().size(); ++k) {
      EventCache cache;
      cache.start(event, together.set.fields());
      if (together.set.rules()[k].matches(cache)) expected.push_back(k);
    }
    auto const got = all_matches(together.set, event);
    CHECK(got == expected);
    found += got.size();
  }
  CHECK(found > 1000);
}

TEST_CASE("a regular expression is filed under the texts that it needs", "[rule]") {
  auto const unfiled = [](std::string const& item) {
    return load(rule("  s: {" + item + "}\n  condition: s")).set.unfiled();
  };
  CHECK(unfiled("m|re: 'unit [0-9]+ of plant'") == 0);
  CHECK(unfiled("m|re: 'first|second'") == 0);
  CHECK(unfiled("m|re: 'first|2nd'") == 1);
  CHECK(unfiled("m|re: '^[a-z]+$'") == 1);
  CHECK(unfiled("m|re|i: 'plant'") == 1);
  CHECK(unfiled("m|re: '(?i)plant'") == 1);
  CHECK(line("m|re: 'Unit [0-9]+ of PLANT'", {text("m", "xx Unit 7 of PLANT")}));
  CHECK(line("m|re|i: 'k+elvin'", {text("m", "\u212Aelvin")}));
  CHECK(line("m|re: '\u00c4nderung'", {text("m", "eine \u00c4nderung")}));
}

TEST_CASE("a finding is seen under the keys of its NDJSON form", "[rule]") {
  greywatch::Finding finding;
  finding.time = greywatch::from_unix_ns(1'700'000'000'000'000'000);
  finding.code = "iec104.command.new_master";
  finding.node = "substation-7";
  finding.source.ip = *greywatch::parse_ip("192.0.2.7");
  finding.source.port = 40000;
  finding.source.mac = greywatch::parse_mac("00:1b:1b:0a:0b:0c");
  finding.destination.ip = *greywatch::parse_ip("2001:db8::1");
  finding.protocol = "iec104";
  finding.techniques = {"T1692.001"};
  finding.classification = greywatch::FindingClass::command;
  finding.p = 1e-6;
  finding.traits = {"address:192.0.2.7"};
  finding.fields = {{"iec104.type_id", std::uint64_t{45}},
                    {"iec104.ioa", std::vector<greywatch::Scalar>{std::uint64_t{2}}}};
  FindingView const view(finding);
  auto const has = [&](std::string_view item) {
    auto loaded = load(rule("  s: {" + std::string(item) + "}\n  condition: s"));
    REQUIRE(loaded.refusal() == "");
    return all_matches(loaded.set, view).size() == 1;
  };
  CHECK(has("event.code: iec104.command.new_master"));
  CHECK(has("event.kind: alert"));
  CHECK(has("observer.name: substation-7"));
  CHECK(has("source.ip: 192.0.2.7"));
  CHECK(has("source.ip|cidr: 192.0.2.0/24"));
  CHECK(has("source.port: 40000"));
  CHECK(has("source.mac: '00:1b:1b:0a:0b:0c'"));
  CHECK(has("destination.ip: '2001:db8::1'"));
  CHECK(has("threat.technique.id: T1692.001"));
  CHECK(has("greywatch.class: command"));
  CHECK(has("greywatch.p|lt: 0.001"));
  CHECK(has("greywatch.traits|startswith: 'address:'"));
  CHECK(has("'@timestamp|startswith': '2023-11-14T22:13:20'"));
  CHECK(has("iec104.type_id: [45, 46]"));
  CHECK(has("iec104.ioa: 2"));
  CHECK(has("vlan.id: null"));
  CHECK(has("greywatch.coverage|exists: false"));
  CHECK_FALSE(has("destination.port|exists: true"));
}
