#include <catch2/catch.hpp>

#include "common/rule/correlations.hpp"
#include "event.hpp"

using namespace greywatch::rules;
using namespace greywatch::rules::test;
using Catch::Matchers::Contains;
using greywatch::FieldValue;

namespace {

constexpr char const* base_rules = R"(---
title: A
name: a
logsource: {product: greywatch}
detection: {s: {code: a}, condition: s}
---
title: B
name: b
logsource: {product: greywatch}
detection: {s: {code: b}, condition: s}
---
title: C
name: c
logsource: {product: greywatch}
detection: {s: {code: c}, condition: s}
)";

std::string correlation(std::string_view body, std::string_view name = "corr") {
  return "title: Corr\nname: " + std::string(name) + "\ncorrelation: {" + std::string(body) + "}\n" + base_rules;
}

/// A rule set with its correlations, fed with one-letter events.
class Stream {
 public:
  explicit Stream(std::string const& text, CorrelationLimits limits = {}) : loaded_(load(text)) {
    if (!loaded_.refusal().empty()) throw std::runtime_error(loaded_.refusal());
    state.emplace(loaded_.set, limits);
  }
  /// Gives the number of correlations that the event made true; `second` is its event time.
  std::size_t at(double second, Event const& event) {
    std::vector<std::uint32_t> matched;
    loaded_.set.match(event, matched);
    fired.clear();
    state->on_event(event, greywatch::Time(greywatch::Duration(static_cast<std::int64_t>((1000 + second) * 1e9))),
                    "n-1-" + std::to_string(++sequence_), matched, fired);
    return fired.size();
  }
  std::size_t at(double second, std::string const& code, std::string const& node = "n1",
                 std::string const& ip = "10.0.0.1") {
    return at(second, Event{text("code", code), text("node", node), text("ip", ip)});
  }
  RuleSet& set() { return loaded_.set; }
  std::optional<Correlations> state;
  std::vector<Correlated> fired;

 private:
  Loaded loaded_;
  int sequence_ = 0;
};

}  // namespace

TEST_CASE("event_count fires when the count is reached within the timespan", "[rule][correlation]") {
  Stream stream(correlation("type: event_count, rules: a, group-by: [node], timespan: 10s, condition: {gte: 3}"));
  CHECK(stream.at(0, "a") == 0);
  CHECK(stream.at(1, "b") == 0);
  CHECK(stream.at(2, "a") == 0);
  REQUIRE(stream.at(3, "a") == 1);
  CHECK(stream.fired[0].count == 3);
  CHECK(stream.fired[0].group == std::vector<std::string>{"n1"});
  CHECK(stream.fired[0].events == std::vector<std::string>{"n-1-1", "n-1-3", "n-1-4"});
}

TEST_CASE("a correlation is silent while it stays true and fires again after it was not", "[rule][correlation]") {
  Stream stream(correlation("type: event_count, rules: a, group-by: [node], timespan: 10s, condition: {gte: 2}"));
  CHECK(stream.at(0, "a") == 0);
  CHECK(stream.at(1, "a") == 1);
  for (int second = 2; second < 40; ++second) CHECK(stream.at(second, "a") == 0);
  CHECK(stream.at(60, "a") == 0);
  CHECK(stream.at(61, "a") == 1);
}

TEST_CASE("the window is open at its old end", "[rule][correlation]") {
  auto const body = correlation("type: event_count, rules: a, group-by: [node], timespan: 10s, condition: {gte: 2}");
  Stream inside(body);
  inside.at(0, "a");
  CHECK(inside.at(9.999, "a") == 1);
  Stream outside(body);
  outside.at(0, "a");
  CHECK(outside.at(10, "a") == 0);
}

TEST_CASE("groups count for themselves, and an event without the field for none", "[rule][correlation]") {
  Stream stream(correlation("type: event_count, rules: a, group-by: [node, ip], timespan: 10s, condition: {gte: 2}"));
  CHECK(stream.at(0, "a", "n1", "10.0.0.1") == 0);
  CHECK(stream.at(1, "a", "n2", "10.0.0.1") == 0);
  CHECK(stream.at(2, "a", "n1", "10.0.0.2") == 0);
  CHECK(stream.at(3, Event{text("code", "a"), text("node", "n1")}) == 0);
  REQUIRE(stream.at(4, "a", "n2", "10.0.0.1") == 1);
  CHECK(stream.fired[0].group == std::vector<std::string>{"n2", "10.0.0.1"});
  CHECK(stream.state->groups() == 3);
}

TEST_CASE("an event with a list belongs to the group of each value", "[rule][correlation]") {
  Stream stream(correlation("type: event_count, rules: a, group-by: [traits], timespan: 10s, condition: {gte: 2}"));
  using greywatch::Scalar;
  auto const event = [](std::vector<Scalar> traits) {
    return Event{text("code", "a"), list("traits", std::move(traits))};
  };
  CHECK(stream.at(0, event({std::string("x"), std::string("y")})) == 0);
  REQUIRE(stream.at(1, event({std::string("z"), std::string("y")})) == 1);
  CHECK(stream.fired[0].group == std::vector<std::string>{"y"});
}

TEST_CASE("an event that matches two of the rules counts once", "[rule][correlation]") {
  Stream stream(correlation("type: event_count, rules: [a, d], group-by: [node], timespan: 10s, condition: {gte: 2}") +
                "---\ntitle: D\nname: d\nlogsource: {product: greywatch}\ndetection: {s: {node: n1}, condition: s}\n");
  CHECK(stream.at(0, "a") == 0);
  CHECK(stream.at(1, "a") == 1);
}

TEST_CASE("bounds of a count: gt, gte, lt, lte, eq, neq, and ranges", "[rule][correlation]") {
  auto const fires_at = [](std::string const& condition) {
    Stream stream(
        correlation("type: event_count, rules: a, group-by: [node], timespan: 100s, condition: {" + condition + "}"));
    std::string seen;
    for (int i = 1; i <= 6; ++i)
      if (stream.at(i, "a")) seen += std::to_string(i);
    return seen;
  };
  CHECK(fires_at("gte: 3") == "3");
  CHECK(fires_at("gt: 3") == "4");
  CHECK(fires_at("eq: 2") == "2");
  CHECK(fires_at("lt: 3") == "1");
  CHECK(fires_at("lte: 1") == "1");
  CHECK(fires_at("neq: 1") == "2");
  CHECK(fires_at("gt: 1, lte: 3") == "2");
  CHECK(fires_at("gte: 7") == "");
}

TEST_CASE("value_count counts distinct values", "[rule][correlation]") {
  Stream stream(
      correlation("type: value_count, rules: a, group-by: [ip], timespan: 10s, condition: {field: node, gte: 3}"));
  CHECK(stream.at(0, "a", "n1") == 0);
  CHECK(stream.at(1, "a", "n1") == 0);
  CHECK(stream.at(2, "a", "n2") == 0);
  CHECK(stream.at(3, "a", "n3", "10.0.0.2") == 0);
  REQUIRE(stream.at(4, "a", "n3") == 1);
  CHECK(stream.fired[0].count == 3);
  // n1 of second 1 has left the window, so two values remain, and a third makes it true again.
  CHECK(stream.at(11.5, "a", "n2") == 0);
  CHECK(stream.at(11.6, "a", "n4") == 1);
}

TEST_CASE("temporal wants every rule in any order", "[rule][correlation]") {
  Stream stream(correlation("type: temporal, rules: [a, b, c], group-by: [node], timespan: 10s"));
  CHECK(stream.at(0, "c") == 0);
  CHECK(stream.at(1, "a") == 0);
  CHECK(stream.at(2, "a") == 0);
  CHECK(stream.at(2, "b", "n2") == 0);
  REQUIRE(stream.at(3, "b") == 1);
  CHECK(stream.fired[0].count == 3);
  CHECK(stream.at(4, "b") == 0);
  CHECK(stream.at(20, "b") == 0);
  CHECK(stream.at(21, "a") == 0);
  CHECK(stream.at(22, "c") == 1);
}

TEST_CASE("temporal can do with some of its rules", "[rule][correlation]") {
  Stream stream(correlation("type: temporal, rules: [a, b, c], group-by: [node], timespan: 10s, condition: {gte: 2}"));
  CHECK(stream.at(0, "a") == 0);
  CHECK(stream.at(1, "c") == 1);
}

TEST_CASE("a condition that holds while nothing comes is refused", "[rule][correlation]") {
  for (auto const* condition : {"not a", "not (a and b)", "a or not b"}) {
    INFO(condition);
    CHECK_THAT(load(correlation(std::string("type: temporal, rules: [a, b], timespan: 10s, condition: ") + condition))
                   .refusal(),
               Catch::Matchers::Contains("the condition holds where none of the rules does"));
  }
  CHECK(load(correlation("type: temporal, rules: [a, b], timespan: 10s, condition: a and not b")).refusal() == "");
}

TEST_CASE("a correlation has no filter in its own document", "[rule][correlation]") {
  CHECK_THAT(load(correlation("type: temporal, rules: [a, b], timespan: 10s") +
                  "---\ntitle: C\ncorrelation: {type: event_count, rules: a, timespan: 1m, condition: {gte: 2}}\n"
                  "filter: {rules: any, s: {a: 1}, condition: s}\n")
                 .refusal(),
             Catch::Matchers::Contains("a correlation has no filter: write two documents"));
}

TEST_CASE("temporal_ordered wants the order of its rules", "[rule][correlation]") {
  Stream stream(correlation("type: temporal_ordered, rules: [a, b], group-by: [node], timespan: 10s"));
  CHECK(stream.at(0, "b") == 0);
  CHECK(stream.at(1, "a") == 0);
  CHECK(stream.at(2, "b") == 1);
  CHECK(stream.at(13, "b") == 0);
  CHECK(stream.at(14, "a") == 0);
  CHECK(stream.at(25, "b") == 0);
}

TEST_CASE("events out of order count where they belong", "[rule][correlation]") {
  Stream stream(correlation("type: temporal_ordered, rules: [a, b], group-by: [node], timespan: 10s"));
  CHECK(stream.at(5, "b") == 0);
  CHECK(stream.at(3, "a") == 1);
  CHECK(stream.at(-20, "a") == 0);
  CHECK(stream.state->counters().late == 1);
}

TEST_CASE("aliases join different fields of different rules", "[rule][correlation]") {
  Stream stream(
      correlation("type: temporal, rules: [a, b], group-by: [host], timespan: 10s, aliases: {host: {a: src, b: dst}}"));
  CHECK(stream.at(0, Event{text("code", "a"), text("src", "h1"), text("dst", "h2")}) == 0);
  CHECK(stream.at(1, Event{text("code", "b"), text("src", "h1"), text("dst", "h3")}) == 0);
  CHECK(stream.at(2, Event{text("code", "b"), text("src", "h4"), text("dst", "h1")}) == 1);
}

TEST_CASE("correlations can stand on correlations", "[rule][correlation]") {
  Stream stream(
      correlation("type: temporal_ordered, rules: [many, b], group-by: [node], timespan: 60s", "outer") +
      "---\ntitle: Many\nname: many\ncorrelation: {type: event_count, rules: a, group-by: [node, ip], timespan: "
      "10s, condition: {gte: 2}}\n");
  CHECK(stream.at(0, "b") == 0);
  CHECK(stream.at(1, "a") == 0);
  CHECK(stream.at(2, "a") == 1);
  REQUIRE(stream.at(3, "b") == 1);
  CHECK(stream.set().correlations()[stream.fired[0].correlation].header.name == "outer");
}

TEST_CASE("rules that only serve a correlation are silent unless it generates", "[rule][correlation]") {
  auto const silent = load(correlation("type: temporal, rules: [a, b], group-by: [node], timespan: 10s"));
  CHECK_FALSE(silent.set.reports(0));
  CHECK_FALSE(silent.set.reports(1));
  CHECK(silent.set.reports(2));
  CHECK(silent.set.correlation_reports(0));
  auto const inside =
      load(correlation("type: temporal, rules: [a, b], group-by: [node], timespan: 10s, generate: true"));
  CHECK(inside.set.reports(0));
  auto const beside =
      load("generate: true\n" + correlation("type: temporal, rules: [a, b], group-by: [node], timespan: 10s"));
  CHECK(beside.set.reports(0));
}

TEST_CASE("the condition of a temporal correlation may be an expression over its rules", "[rule][correlation]") {
  Stream stream(
      correlation("type: temporal, rules: [a, b, c], group-by: [node], timespan: 10s, condition: 'a and (b or c) and "
                  "not (b and c)'"));
  CHECK(stream.at(0, "a") == 0);
  CHECK(stream.at(1, "b") == 1);
  CHECK(stream.at(2, "c") == 0);     // no longer true
  CHECK(stream.at(11.5, "a") == 1);  // b has left the window, a and c have not
  CHECK(stream.fired[0].count == 2);
}

TEST_CASE("a condition that wants all rules is what temporal_ordered means without one", "[rule][correlation]") {
  Stream stream(correlation("type: temporal_ordered, rules: [a, b], timespan: 10s, condition: b AND a"));
  CHECK(stream.at(1, "b") == 0);
  CHECK(stream.at(2, "a") == 0);
  CHECK(stream.at(3, "b") == 1);
}

TEST_CASE("metrics compute with the numbers of a field, group by group", "[rule][correlation]") {
  auto const fired = [](std::string const& type, std::string const& condition, std::vector<FieldValue> const& values) {
    Stream stream(correlation(
        "type: " + type + ", rules: a, group-by: [node], timespan: 10s, condition: {field: bytes, " + condition + "}"));
    std::size_t last = 0;
    for (auto const& value : values) last = stream.at(1, Event{text("code", "a"), text("node", "n"), {"bytes", value}});
    stream.at(1, Event{text("code", "a"), text("node", "other"), number("bytes", 1'000'000)});
    return last;
  };
  using V = std::vector<FieldValue>;
  auto const n = [](std::int64_t value) { return FieldValue(value); };
  CHECK(fired("value_sum", "gt: 99", V{n(40), n(60)}) == 1);
  CHECK(fired("value_sum", "gt: 100", V{n(40), n(60)}) == 0);
  CHECK(fired("value_sum", "gte: 0.5", V{FieldValue(0.25), FieldValue(0.25)}) == 1);
  CHECK(fired("value_sum", "lte: -1", V{n(4), n(-5)}) == 1);
  CHECK(fired("value_avg", "gte: 50", V{n(40), n(60)}) == 1);
  CHECK(fired("value_avg", "gt: 50", V{n(40), n(60)}) == 0);
  CHECK(fired("value_avg", "lt: 10", V{n(18), n(0)}) == 1);
  CHECK(fired("value_median", "gte: 20", V{n(1), n(1), n(39), n(40)}) == 1);
  CHECK(fired("value_median", "gt: 20", V{n(1), n(1), n(39), n(40)}) == 0);
  CHECK(fired("value_percentile", "percentile: 75, gte: 3", V{n(1), n(2), n(2), n(4), n(3)}) == 1);
  CHECK(fired("value_percentile", "percentile: 75, gt: 3", V{n(1), n(2), n(2), n(4), n(3)}) == 0);
  CHECK(fired("value_percentile", "percentile: 0, gte: 1", V{n(0), n(0), n(2)}) == 0);
  CHECK(fired("value_sum", "gte: 12", V{FieldValue(std::string("5")), FieldValue(std::string("7"))}) == 1);
  CHECK(fired("value_sum", "gte: 1", V{FieldValue(std::string("many"))}) == 0);
}

TEST_CASE("a metric forgets what has left its window, and equal values count twice", "[rule][correlation]") {
  Stream stream(
      correlation("type: value_sum, rules: a, group-by: [node], timespan: 10s, condition: {field: bytes, gte: 100}"));
  auto const event = [](std::int64_t bytes) {
    return Event{text("code", "a"), text("node", "n"), number("bytes", bytes)};
  };
  CHECK(stream.at(0, event(50)) == 0);
  CHECK(stream.at(5, event(49)) == 0);
  CHECK(stream.at(11, event(50)) == 0);
  CHECK(stream.at(12, event(50)) == 1);
  CHECK(stream.fired[0].count == 149);
  auto const saved = stream.state->save();
  REQUIRE(stream.state->load(saved));
  CHECK(stream.state->save() == saved);
}

TEST_CASE("what a correlation cannot be is refused", "[rule][correlation]") {
  auto const refused = [](std::string const& body) { return load(correlation(body)).refusal(); };
  std::string const good = "rules: a, group-by: [node], timespan: 10s";
  CHECK_THAT(refused("type: value_mode, condition: {gte: 1}, " + good),
             Contains("correlation type \"value_mode\" is not supported: only event_count, value_count, value_sum"));
  CHECK_THAT(refused("type: value_sum, condition: {gte: 1}, " + good), Contains("value_sum needs condition.field"));
  CHECK_THAT(refused("type: value_avg, condition: {field: x, gte: many}, " + good), Contains("\"gte\" needs a number"));
  CHECK_THAT(refused("type: value_percentile, condition: {field: x, gte: 1}, " + good),
             Contains("needs condition.percentile"));
  CHECK_THAT(refused("type: value_percentile, condition: {field: x, gte: 1, percentile: 101}, " + good),
             Contains("from 0 to 100"));
  CHECK_THAT(refused("type: temporal_ordered, condition: 'a and not b', rules: [a, b], timespan: 10s"),
             Contains("temporal_ordered is not supported"));
  CHECK_THAT(refused("type: event_count, " + good), Contains("correlation.condition is missing"));
  CHECK_THAT(refused("type: event_count, condition: {ge: 1}, " + good), Contains("\"ge\" is not supported"));
  CHECK_THAT(refused("type: event_count, condition: {}, " + good), Contains("needs one of gt"));
  CHECK_THAT(refused("type: event_count, condition: {gte: -1}, " + good), Contains("a whole number from 0"));
  CHECK_THAT(refused("type: event_count, condition: {gte: 100000}, " + good), Contains("a whole number from 0"));
  CHECK_THAT(refused("type: event_count, condition: {field: x, gte: 1}, " + good),
             Contains("\"field\" is not supported"));
  CHECK_THAT(refused("type: value_count, condition: {gte: 1}, " + good), Contains("needs condition.field"));
  CHECK_THAT(refused("type: value_count, condition: {field: [x, y], gte: 1}, " + good),
             Contains("a list of fields in condition.field is not supported"));
  CHECK_THAT(refused("type: temporal, condition: 'a and not b', " + good), Contains("unknown selection \"b\""));
  CHECK_THAT(refused("type: temporal, window: 5, " + good), Contains("correlation.window is not supported"));
  CHECK_THAT(refused("type: temporal, rules: [], timespan: 5m"), Contains("needs 1 to 64 rules"));
  CHECK_THAT(refused("type: temporal, rules: [a, a], timespan: 5m"), Contains("names a rule twice"));
  for (auto const* span : {"5", "m", "5x", "0m", "1M", "-5m", "5 m", "99999d"})
    CHECK_THAT(refused("type: temporal, rules: a, timespan: '" + std::string(span) + "'"),
               Contains("timespan must be"));
  CHECK_THAT(refused("type: temporal, rules: [a, zzz], timespan: 5m"),
             Contains("refers to \"zzz\", which is no id or name of a loaded rule"));
  CHECK_THAT(refused("type: temporal, rules: [a, b], group-by: x, timespan: 5m, aliases: {x: {a: f}}"),
             Contains("alias \"x\" has no field for rule \"b\""));
  CHECK_THAT(refused("type: temporal, rules: a, group-by: x, timespan: 5m, aliases: {x: {z: f}}"),
             Contains("which is not among the rules"));
  CHECK_THAT(refused("type: temporal, rules: [corr], timespan: 5m"), Contains("in a circle"));
  CHECK_THAT(load("title: T\ncorrelation: 5\n").refusal(), Contains("correlation must be a map"));
  CHECK_THAT(load("detection: {}\n" + correlation("type: temporal, " + good)).refusal(), Contains("has no detection"));
}

TEST_CASE("an alias that nothing uses is a warning", "[rule][correlation]") {
  auto const loaded =
      load(correlation("type: temporal, rules: a, group-by: [node], timespan: 10s, aliases: {x: {a: f}}"));
  CHECK(loaded.refusal().empty());
  REQUIRE(loaded.report.warnings.size() == 1);
  CHECK(loaded.report.warnings[0] == "r.yml:3:84: alias \"x\" is not used in group-by");
}

TEST_CASE("a file that loses a rule to another file's refusal is refused too", "[rule][correlation]") {
  LoadReport report;
  std::string const one = "title: X\nname: x\ncorrelation: {type: temporal, rules: [base], timespan: 5m}\n";
  std::string const two = "title: Y\nname: base\nlogsource: {product: windows}\ndetection: {s: {a: 1}, condition: t}\n";
  auto const set = RuleSet::parse({{"one.yml", one}, {"two.yml", two}}, report);
  CHECK(set.rules().empty());
  CHECK(set.correlations().empty());
  CHECK(report.refused == 2);
}

TEST_CASE("a flood of groups and events is bounded and counted", "[rule][correlation]") {
  auto const body = correlation("type: event_count, rules: a, group-by: [ip], timespan: 10s, condition: {gte: 3}");
  Stream stream(body, {.groups = 10, .entries = 15, .key_octets = 40});
  stream.at(0, "a", "n", "old");
  for (int i = 0; i < 100; ++i) stream.at(1, "a", "n", "ip" + std::to_string(i));
  CHECK(stream.state->groups() == 10);
  CHECK(stream.state->counters().groups_turned_away == 91);
  // The old group was not evicted, and when the window has passed there is room again.
  CHECK(stream.at(2, "a", "n", "old") == 0);
  CHECK(stream.at(3, "a", "n", "old") == 1);
  CHECK(stream.at(30, "a", "n", "new") == 0);
  CHECK(stream.state->counters().groups_turned_away == 91);
  CHECK(stream.state->groups() == 1);
  stream.at(30, "a", "n", std::string(50, 'x'));
  CHECK(stream.state->counters().keys_too_long == 1);
  Stream values(correlation("type: value_count, rules: a, timespan: 10s, condition: {field: ip, gte: 1}"),
                {.key_octets = 40});
  CHECK(values.at(0, "a", "n", std::string(50, 'x')) == 0);
  CHECK(values.state->counters().keys_too_long == 1);
  CHECK(values.at(0, "a", "n", "short") == 1);
  Stream many(correlation("type: event_count, rules: a, group-by: [ip], timespan: 10s, condition: {gte: 9}"),
              {.groups = 10, .entries = 15, .key_octets = 40});
  for (int i = 0; i < 30; ++i) many.at(1 + i * 0.01, "a", "n", "ip" + std::to_string(i % 3));
  CHECK(many.state->counters().entries_dropped == 15);
}

TEST_CASE("windows survive a restart", "[rule][correlation]") {
  auto const body = correlation("type: temporal, rules: [a, b], group-by: [node], timespan: 10s");
  Stream before(body);
  before.at(0, "a", "n\xff\n1");
  before.at(1, "a", "n2");
  auto const saved = before.state->save();
  Stream after(body);
  REQUIRE(after.state->load(saved));
  CHECK(after.state->save() == saved);
  CHECK(after.at(2, "b", "n\xff\n1") == 1);
  // A changed definition starts afresh.
  Stream changed(correlation("type: temporal, rules: [a, b], group-by: [node], timespan: 11s"));
  REQUIRE(changed.state->load(saved));
  CHECK(changed.state->groups() == 0);
}

TEST_CASE("a broken state is refused and leaves nothing behind", "[rule][correlation]") {
  auto const body = correlation("type: temporal, rules: [a, b], group-by: [node], timespan: 10s");
  Stream stream(body);
  stream.at(0, "a", "n1");
  auto const saved = stream.state->save();
  CHECK_FALSE(stream.state->load(""));
  CHECK_FALSE(stream.state->load("{\"greywatch.correlations\":2}\n"));
  for (std::size_t cut = 30; cut + 1 < saved.size(); ++cut) {
    INFO(cut);
    CHECK_FALSE(stream.state->load(saved.substr(0, cut)));
    CHECK(stream.state->groups() == 0);
  }
  for (std::size_t at = 29; at < saved.size(); ++at) {
    auto damaged = saved;
    damaged[at] = '9';
    (void)stream.state->load(damaged);
    CHECK(stream.state->groups() <= 1);
  }
}
