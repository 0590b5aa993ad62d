#include "common/rule/aggregation.hpp"

#include <catch2/catch.hpp>

#include "common/rule/correlations.hpp"
#include "event.hpp"

using namespace greywatch::rules;
using namespace greywatch::rules::test;
using Catch::Matchers::Contains;

namespace {

std::string counting(std::string const& condition, std::string const& timeframe = "  timeframe: 1m\n",
                     std::string const& source = "product: windows") {
  return "title: Counts\nid: some-id\ntags: [attack.t0806]\nlogsource: {" + source +
         "}\ndetection:\n  selection: {code: a}\n" + timeframe + "  condition: selection" + condition + "\n";
}

Pipelines windows() {
  Pipelines made;
  REQUIRE(
      made.add("mappings: [{logsource: {product: windows}, events: {event.kind: alert}, fields: {code: event.code, "
               "host: node, user: name}}]\n",
               "p.yml"));
  return made;
}

}  // namespace

TEST_CASE("an aggregation of Sigma 1 is read as the specification writes it", "[rule][aggregation]") {
  // Sigma specification 1.0.2, "Aggregation expression": the example given there.
  auto const counts = parse_aggregation(" count(UserName) by SourceWorkstation > 3");
  REQUIRE(counts);
  CHECK(counts->type == CorrelationType::value_count);
  CHECK(counts->field == "UserName");
  CHECK(counts->group_by == std::vector<std::string>{"SourceWorkstation"});
  CHECK(counts->bound.how == Comparison::gt);
  CHECK(counts->bound.count == 3);

  auto const events = parse_aggregation("count()<=10");
  REQUIRE(events);
  CHECK(events->type == CorrelationType::event_count);
  CHECK(events->group_by.empty());
  CHECK(events->bound.how == Comparison::lte);

  auto const sum = parse_aggregation("sum( octets ) by src_ip,dst_ip>= 2.5");
  REQUIRE(sum);
  CHECK(sum->type == CorrelationType::value_sum);
  CHECK(sum->group_by == std::vector<std::string>{"src_ip", "dst_ip"});
  CHECK(sum->bound.count == 2.5);
}

TEST_CASE("marks are no fields and no numbers of an aggregation", "[rule][aggregation]") {
  for (auto text : {"count(*) by src_ip > 1", "count() by , > 5", "count() by > 5", "sum(bytes) > nan",
                    "sum(bytes) > inf", "count( = 3"}) {
    INFO(text);
    CHECK_FALSE(parse_aggregation(text));
  }
}

TEST_CASE("what no correlation says is refused by its name", "[rule][aggregation]") {
  auto const refused = [](std::string_view text) {
    auto const read = parse_aggregation(text);
    return read ? "" : read.error().text;
  };
  CHECK_THAT(refused("near a and not b"), Contains("\"near\" is not supported"));
  CHECK_THAT(refused("max(x) > 5"), Contains("aggregation \"max\" is not supported"));
  CHECK_THAT(refused("count() > 5 and b | count() > 5"), Contains("\"and\" after an aggregation is not supported"));
  CHECK_THAT(refused("sum() > 5"), Contains("\"sum\" needs a field"));
  CHECK_THAT(refused("count(a, b) > 5"), Contains("takes one field"));
  CHECK_THAT(refused("count > 5"), Contains("needs parentheses"));
  CHECK_THAT(refused("count() by"), Contains("ends after \"by\""));
  CHECK_THAT(refused("count() ~ 5"), Contains("needs a comparison"));
  CHECK_THAT(refused("count() >"), Contains("no number"));
  CHECK_THAT(refused("count() > many"), Contains("\"many\", which is no number"));
  CHECK_THAT(refused(""), Contains("aggregation \"\""));
}

TEST_CASE("a counting rule of another product becomes a correlation and runs where a pipeline maps it",
          "[rule][aggregation]") {
  LoadReport report;
  auto set = RuleSet::parse({{"r.yml", counting(" | count(user) by host > 2")}}, report, windows());
  REQUIRE(report.refusals.empty());
  CHECK(report.warnings.empty());
  REQUIRE(set.rules().size() == 1);
  REQUIRE(set.correlations().size() == 1);
  CHECK(set.correlations()[0].header.id == "some-id");
  CHECK(set.correlations()[0].header.techniques == std::vector<std::string>{"T0806"});
  CHECK_FALSE(set.reports(0));

  Correlations state(set);
  std::vector<Correlated> fired;
  auto const see = [&](int second, std::string const& node, std::string const& name) {
    Event const event{text("event.kind", "alert"), text("event.code", "a"), text("node", node), text("name", name)};
    std::vector<std::uint32_t> matched;
    set.match(event, matched);
    state.on_event(event, greywatch::Time(std::chrono::seconds(second)), "n-1-" + std::to_string(second), matched,
                   fired);
  };
  see(1000, "n", "x");
  see(1001, "n", "y");
  see(1002, "m", "z");
  see(1003, "n", "y");
  CHECK(fired.empty());
  see(1059, "n", "z");
  REQUIRE(fired.size() == 1);
  CHECK(fired[0].group == std::vector<std::string>{"n"});
}

TEST_CASE("a counting rule needs a window, one condition, and another product", "[rule][aggregation]") {
  auto const refused = [](std::string const& text) { return load(text).refusal(); };
  CHECK(refused(counting(" | count() > 5", "")) ==
        "r.yml:7:14: an aggregation without timeframe is not supported: it has no window to count in");
  CHECK_THAT(refused(counting(" | count() > 5", "  timeframe: soon\n")), Contains("r.yml:7:14: timeframe must be"));
  CHECK_THAT(refused(counting(" | count() > 100000")), Contains("from 0 to 10000"));
  CHECK_THAT(refused(counting(" | near selection")), Contains("\"near\" is not supported"));
  CHECK_THAT(refused(counting(" | count() > 5", "  timeframe: 1m\n", "product: greywatch")),
             Contains("\"timeframe\" is not supported"));
  CHECK_THAT(refused(counting(" | count() > 5", "", "product: greywatch")), Contains("removed in Sigma 2"));
  CHECK_THAT(refused("title: T\nlogsource: {product: x}\ndetection: {s: {a: 1}, condition: ['s | count() > 1', s]}\n"),
             Contains("in a list of conditions"));

  auto const alone = load(counting(""));
  CHECK(alone.refusal().empty());
  REQUIRE(alone.report.warnings.size() == 1);
  CHECK(alone.report.warnings[0] ==
        "r.yml:7:14: timeframe means nothing without an aggregation: events are matched one by one");
}

TEST_CASE("a filter reaches the events that a counting rule counts, and no correlation", "[rule][aggregation]") {
  std::string const filter =
      "title: F\nlogsource: {product: windows}\nfilter: {rules: [some-id], s: {user: admin}, condition: not s}\n";
  LoadReport report;
  auto set = RuleSet::parse({{"f.yml", filter}, {"r.yml", counting(" | count() > 2")}}, report, windows());
  REQUIRE(report.refusals.empty());
  std::vector<std::uint32_t> found;
  set.match(Event{text("event.kind", "alert"), text("event.code", "a"), text("name", "admin")}, found);
  CHECK(found.empty());
  set.match(Event{text("event.kind", "alert"), text("event.code", "a"), text("name", "eve")}, found);
  CHECK(found.size() == 1);

  auto const refused = load(
      "title: F\nlogsource: {product: greywatch}\nfilter: {rules: [c], s: {a: 1}, condition: s}\n---\n"
      "title: C\nname: c\ncorrelation: {type: event_count, rules: r, timespan: 1m, condition: {gte: 2}}\n---\n"
      "title: R\nname: r\nlogsource: {product: greywatch}\ndetection: {s: {a: 1}, condition: s}\n");
  CHECK(refused.refusal() == "r.yml:1:1: filter refers to \"c\", which is a correlation: name its rules");
}

TEST_CASE("a correlation's fields are called as its rules' pipelines have them", "[rule][pipeline][correlation]") {
  std::string const text_of =
      "title: C\nname: c\ncorrelation: {type: value_count, rules: [r, own], group-by: [host, who], timespan: 1m, "
      "aliases: {who: {r: user, own: name}}, condition: {field: other, gte: 2}}\n---\n"
      "title: R\nname: r\nlogsource: {product: windows}\ndetection: {s: {code: a}, condition: s}\n---\n"
      "title: O\nname: own\nlogsource: {product: greywatch}\ndetection: {s: {event.code: b}, condition: s}\n";
  LoadReport report;
  auto const set = RuleSet::parse({{"r.yml", text_of}}, report, windows());
  REQUIRE(report.refusals.empty());
  auto const& aliases = set.correlations()[0].aliases;
  auto const field = [&](std::string_view name, std::string_view rule) {
    for (auto const& alias : aliases)
      if (alias.name == name && alias.rule == rule) return alias.field;
    return std::string();
  };
  CHECK(field("host", "r") == "node");
  CHECK(field("host", "own") == "host");
  CHECK(field("who", "r") == "name");
  CHECK(field("who", "own") == "name");
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings[0] == "r.yml:1:1: no pipeline says what field \"other\" is called here");
}

TEST_CASE("a correlation above one that counts by Sigma 1 calls its fields as the pipeline has them, too",
          "[rule][pipeline][correlation]") {
  std::string const above = "---\ntitle: C\nname: c\ncorrelation: {type: event_count, rules: some-id, group-by: [";
  std::string const end = "], timespan: 1h, condition: {gte: 2}}\n";
  LoadReport report;
  auto const set =
      RuleSet::parse({{"r.yml", counting(" | count() by host > 2") + above + "host" + end}}, report, windows());
  REQUIRE(report.refusals.empty());
  CHECK(report.warnings.empty());
  REQUIRE(set.correlations().size() == 2);
  for (auto const& correlation : set.correlations()) {
    REQUIRE(correlation.group_by.size() == 1);
    if (correlation.aliases.empty())
      CHECK(correlation.group_by[0] == "node");
    else
      CHECK(correlation.aliases[0].field == "node");
  }
  // Who writes our own name for it needs no pipeline to say so.
  LoadReport ours;
  RuleSet::parse({{"r.yml", counting(" | count() by host > 2") + above + "node" + end}}, ours, windows());
  CHECK(ours.refusals.empty());
  CHECK(ours.warnings.empty());
}
