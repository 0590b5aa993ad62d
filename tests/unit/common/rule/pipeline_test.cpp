#include "common/rule/pipeline.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "event.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch::rules;
using namespace greywatch::rules::test;
using Catch::Matchers::Contains;

namespace {

constexpr char const* dns = R"(title: DNS
mappings:
  - logsource: {category: dns}
    events: {network.protocol: dns}
    fields: {query: dns.question.name}
  - logsource: {product: zeek, service: dns}
    events: {network.protocol: [dns, mdns]}
    fields: {query: dns.question.name, id.orig_h: source.ip, answers: dns.answers}
)";

Pipelines pipelines(std::string const& text = dns) {
  Pipelines made;
  auto const added = made.add(text, "p.yml");
  if (!added) throw std::runtime_error(added.error().text);
  return made;
}

struct Mapped {
  explicit Mapped(std::string const& text, Pipelines const& with = pipelines())
      : set(RuleSet::parse({{"r.yml", text}}, report, with)) {}
  bool matches(Event const& event) {
    std::vector<std::uint32_t> found;
    set.match(event, found);
    return !found.empty();
  }
  LoadReport report;
  RuleSet set;
};

std::string of_source(std::string const& source, std::string const& detection) {
  return "title: T\nlogsource: {" + source + "}\ndetection: {" + detection + "}\n";
}

}  // namespace

TEST_CASE("a rule for another product's logs runs on ours where a pipeline maps them", "[rule][pipeline]") {
  Mapped rules(of_source("category: dns", "s: {query|endswith: .example}, condition: s"));
  CHECK(rules.report.refusals.empty());
  CHECK(rules.report.unfed == 0);
  CHECK(rules.matches(Event{text("network.protocol", "dns"), text("dns.question.name", "a.example")}));
  CHECK_FALSE(rules.matches(Event{text("network.protocol", "http"), text("dns.question.name", "a.example")}));
  CHECK_FALSE(rules.matches(Event{text("network.protocol", "dns"), text("query", "a.example")}));
}

TEST_CASE("the mapping that says most about a log source wins", "[rule][pipeline]") {
  auto const all = pipelines();
  REQUIRE(all.find({.category = "dns", .product = "zeek", .service = "dns"}));
  CHECK(all.find({.category = "dns", .product = "zeek", .service = "dns"})->fields.size() == 3);
  CHECK(all.find({.category = "dns", .product = "windows"})->fields.size() == 1);
  CHECK(all.find({.product = "zeek"}) == nullptr);
  CHECK(all.find({.product = "windows", .service = "dns"}) == nullptr);
}

TEST_CASE("a rule whose log source nothing has loads, is counted and never matches", "[rule][pipeline]") {
  Mapped rules(of_source("product: windows, category: process_creation", "s: {Image|endswith: cmd.exe}, condition: s"));
  CHECK(rules.report.refusals.empty());
  CHECK(rules.report.unfed == 1);
  CHECK(rules.set.unfiled() == 0);
  CHECK_FALSE(rules.matches(Event{text("Image", "cmd.exe")}));
  Mapped never(of_source("product: windows", "s: {Image: x}, condition: not s"));
  CHECK_FALSE(never.matches(Event{text("Image", "y")}));
}

TEST_CASE("a rule that waits for events may wait for its placeholders too, one that runs may not", "[rule][pipeline]") {
  // Sigma rules specification 2.0.0, "Placeholders": they get their meaning when a rule is used; without one the rule
  // is rejected.
  Mapped waiting(
      of_source("category: proxy", "s: {host|expand: ['%servers%', x], net|expand|cidr: '%net%'}, condition: s"));
  CHECK(waiting.report.refusals.empty());
  CHECK(waiting.report.unfed == 1);
  REQUIRE(waiting.report.warnings.size() == 2);
  CHECK(waiting.report.warnings[0] == "r.yml:3:17: no pipeline has a value for the placeholder %servers%");
  CHECK_FALSE(waiting.matches(Event{text("host", "x"), text("net", "10.0.0.1")}));

  Mapped running(of_source("category: dns", "s: {query|expand: '%servers%'}, condition: s"));
  REQUIRE(running.report.refusals.size() == 1);
  CHECK_THAT(running.report.refusals[0], Contains("finds no value for %servers% in any pipeline"));
}

TEST_CASE("a field that no pipeline names is told, and references are mapped too", "[rule][pipeline]") {
  Mapped rules(of_source("product: zeek, service: dns", "s: {query|fieldref: answers, TTLs: 5}, condition: s"));
  REQUIRE(rules.report.warnings.size() == 1);
  CHECK_THAT(rules.report.warnings[0], Contains("no pipeline says what field \"TTLs\" is called here"));
  CHECK(rules.matches(Event{text("network.protocol", "mdns"), text("dns.question.name", "x"), text("dns.answers", "x"),
                            number("TTLs", 5)}));
}

TEST_CASE("what a pipeline cannot be is refused with its place", "[rule][pipeline]") {
  auto const refused = [](std::string const& text) {
    Pipelines made;
    auto const added = made.add(text, "p.yml");
    return added ? std::string() : added.error().text;
  };
  CHECK(refused("mappings: [{fields: {a: b}}]\n") ==
        "p.yml:1:12: a mapping needs a logsource with category, product or service");
  CHECK_THAT(refused("mappings: [{logsource: {product: x}, field: {a: b}}]\n"), Contains("unknown key \"field\""));
  CHECK_THAT(refused("mappings: [{logsource: {product: x}, fields: {a: ''}}]\n"),
             Contains("the name that it has here"));
  CHECK_THAT(refused("mapping: []\n"), Contains("\"mapping\" is not supported in a pipeline"));
  CHECK_THAT(refused("- a\n"), Contains("a pipeline must be a map"));
  CHECK_THAT(refused("a: [\n"), Contains("not YAML"));
}

TEST_CASE("pipelines are read from a folder, which may be missing", "[rule][pipeline]") {
  greywatch::test::Scratch const scratch;
  std::ofstream(scratch / "dns.yml") << dns;
  std::ofstream(scratch / "readme.txt") << "no pipeline";
  auto const read = Pipelines::load(scratch.path());
  REQUIRE(read);
  CHECK(read->size() == 2);
  CHECK(Pipelines::load(scratch / "nowhere")->size() == 0);
}

TEST_CASE("a filter adds its condition to the rules it names", "[rule][filter]") {
  auto const rules = [](std::string const& which, std::string const& condition) {
    return "title: T\nname: t\nlogsource: {product: greywatch}\ndetection: {s: {a: 1}, condition: s}\n---\n"
           "title: U\nname: u\nlogsource: {product: greywatch}\ndetection: {s: {a: 1}, condition: s}\n---\n"
           "title: F\nlogsource: {product: greywatch}\nfilter: {rules: " +
           which + ", ours: {user|startswith: adm_}, condition: " + condition + "}\n";
  };
  auto const count = [](std::string const& text, Event const& event) {
    Mapped loaded(text);
    REQUIRE(loaded.report.refusals.empty());
    std::vector<std::uint32_t> found;
    loaded.set.match(event, found);
    return found.size();
  };
  Event const ours{number("a", 1), text("user", "adm_x")}, other{number("a", 1), text("user", "x")};
  CHECK(count(rules("[t]", "not ours"), ours) == 1);
  CHECK(count(rules("[t]", "not ours"), other) == 2);
  CHECK(count(rules("any", "not ours"), ours) == 0);
  CHECK(count(rules("any", "ours"), other) == 0);
  Mapped dangling(rules("[zzz]", "not ours"));
  REQUIRE(dangling.report.refusals.size() == 1);
  CHECK_THAT(dangling.report.refusals[0], Contains("filter refers to \"zzz\""));
}

TEST_CASE("collections of Sigma 1 are put together", "[rule][collection]") {
  Mapped global(
      "action: global\ntitle: G\nlevel: high\nlogsource: {product: greywatch}\n---\n"
      "detection: {s: {a: 1}, condition: s}\n---\ntitle: Own\ndetection: {s: {a: 2}, condition: s}\n---\n"
      "action: reset\ntitle: R\nlogsource: {product: greywatch}\ndetection: {s: {a: 3}, condition: s}\n---\n"
      "action: repeat\ndetection: {s: {b: 4}}\n");
  REQUIRE(global.report.refusals.empty());
  REQUIRE(global.set.rules().size() == 4);
  CHECK(global.set.rules()[0].header.title == "G");
  CHECK(global.set.rules()[1].header.title == "Own");
  CHECK(global.set.rules()[1].header.level == Level::high);
  CHECK_FALSE(global.set.rules()[2].header.level);
  CHECK(global.set.rules()[3].header.title == "R");
  CHECK(global.matches(Event{number("a", 2)}));
  CHECK(global.matches(Event{number("a", 3), number("b", 4)}));
  // What was put together is told where its own document begins.
  CHECK(global.set.rules()[1].header.place == "r.yml:8:1");
  CHECK(load("action: global\ntitle: G\n---\ndetection: {s: {a: 1}, condition: s}\n").refusal() ==
        "r.yml:4:1: logsource is missing");
}
