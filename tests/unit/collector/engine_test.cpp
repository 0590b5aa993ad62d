#include "collector/engine.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>

using namespace greywatch;
using namespace greywatch::collector;
using namespace std::chrono_literals;

namespace {

constexpr Time began{1'764'000'000s};

Inventory fleet() {
  Inventory inventory;
  for (int i = 0; i < 12; ++i) {
    Node node;
    node.name = fmt::format("n{}", i);
    node.operator_name = fmt::format("operator{}", i / 2);
    node.region = fmt::format("region{}", i / 4);
    node.sector = "transmission";
    inventory.nodes.push_back(node);
  }
  return inventory;
}

/// Two quiet days with one odd thing an hour, then commands at ten nodes within the hour.
std::vector<Finding> stream() {
  std::vector<Finding> findings;
  auto const add = [&](int node, Time time, FindingClass classification, double p) {
    Finding made;
    made.time = made.first = made.last = time;
    made.node = fmt::format("n{}", node);
    made.id = fmt::format("n{}-1-{}", node, findings.size());
    made.code = "iec104.command.new_master";
    made.classification = classification;
    made.p = p;
    findings.push_back(made);
  };
  for (int hour = 0; hour < 48; ++hour) add(hour * 5 % 12, began + hour * 1h + 7min, FindingClass::recon, 0.02);
  for (int node = 0; node < 10; ++node) add(node, began + 48h + node * 3min, FindingClass::command, 1e-6);
  for (int hour = 50; hour < 60; ++hour) add(hour % 12, began + hour * 1h, FindingClass::recon, 0.5);
  return findings;
}

/// A cause is declared behind this row.
constexpr std::int64_t cause_at = 45;

/// What an engine gives over the stream, as text; restarted from what it saved after every row in `restarts`.
struct Outcome {
  std::string scores, alerts, last;
};
Outcome run(TickClock clock, std::vector<std::int64_t> const& restarts, std::int64_t snapshot_every) {
  EngineOptions options{.clock = clock};
  options.nodes.enabled = true;
  options.nodes.looks = 1;
  options.nodes.fdr = 0.5;
  auto const findings = stream();
  Declared const cause{.published = began,
                       .start = began + 40h,
                       .end = began + 48h + 10min,
                       .kind = "maintenance",
                       .group_kind = "region",
                       .group_name = "region0",
                       .source = "shift desk"};
  std::map<std::string, std::string> kept;
  auto const keep = [&](Engine::Values values) {
    for (auto& [key, value] : values) kept[key] = std::move(value);
  };
  auto engine = std::make_unique<Engine>(options, fleet(), Correlator(rules::RuleSet{}));
  Outcome out;
  auto const tell = [&](Step& step) {
    for (auto const& score : step.scores) write_ndjson(score, out.scores);
    for (auto const& alert : step.alerts)
      out.alerts += fmt::format("{} {} {}\n", alert.id, alert.severity, alert.firing);
  };
  std::int64_t row = 0;
  for (auto const& finding : findings) {
    Step step;
    engine->tick(finding.time, step);
    engine->take(++row, finding, step);
    engine->evaluate(finding.time, step);
    tell(step);
    // As the line does: a cause is followed by a snapshot.
    if (row == cause_at) {
      engine->declare({cause});
      keep(engine->snapshot());
    }
    keep(row % snapshot_every == 0 ? engine->snapshot() : engine->small_state());
    if (std::ranges::find(restarts, row) == restarts.end()) continue;
    engine = std::make_unique<Engine>(options, fleet(), Correlator(rules::RuleSet{}));
    auto const complaints = engine->restore(
        [&](std::string_view key) -> std::optional<std::string> {
          auto const found = kept.find(std::string(key));
          return found == kept.end() ? std::nullopt : std::optional(found->second);
        },
        row,
        [&](std::int64_t above, std::function<void(std::int64_t, Finding const&)> const& take) {
          for (auto again = above + 1; again <= row; ++again)
            take(again, findings[static_cast<std::size_t>(again - 1)]);
        });
    CHECK(complaints == std::vector<std::string>{});
    if (row >= cause_at) engine->declare({cause});  // from the store
  }
  for (auto const& score : engine->current()) write_ndjson(score, out.last);
  return out;
}

}  // namespace

TEST_CASE("commands at many operators within an hour raise an alert", "[collector][line]") {
  auto const whole = run(TickClock::event, {}, 1000);
  CHECK(whole.alerts.find("true") != std::string::npos);
  CHECK(whole.alerts.find("node-n9-") != std::string::npos);
  CHECK(whole.alerts.find("node-n0-") == std::string::npos);  // its region's maintenance was declared
  CHECK(std::ranges::count(whole.scores, '\n') > 50);
}

TEST_CASE("a restart after any finding changes neither a score nor an alert", "[collector][line]") {
  for (auto const clock : {TickClock::wall, TickClock::event}) {
    auto const whole = run(clock, {}, 1000);
    REQUIRE_FALSE(whole.scores.empty());
    for (std::int64_t snapshot_every : {1, 7, 1000}) {
      auto const restarted = run(clock, {1, 13, 30, 47, 50, 53, 58, 60, 66}, snapshot_every);
      CHECK(restarted.scores == whole.scores);
      CHECK(restarted.alerts == whole.alerts);
      CHECK(restarted.last == whole.last);
    }
  }
}

TEST_CASE("a damaged snapshot is told and all stored findings are read again", "[collector][line]") {
  Engine engine({}, fleet(), Correlator(rules::RuleSet{}));
  std::int64_t from = -1;
  auto const complaints = engine.restore(
      [](std::string_view key) {
        return key == "line.snapshot" ? std::optional<std::string>("garbage") : std::nullopt;
      },
      5, [&](std::int64_t above, auto const&) { from = above; });
  CHECK(complaints == std::vector<std::string>{"the snapshot is damaged; all stored findings are read again"});
  CHECK(from == 0);
  CHECK(engine.cursor() == 5);
}

TEST_CASE("another inventory keeps what still applies", "[collector][line]") {
  EngineOptions const options{.clock = TickClock::event};
  Engine engine(options, fleet(), Correlator(rules::RuleSet{}));
  std::int64_t row = 0;
  for (auto const& finding : stream()) {
    Step step;
    engine.take(++row, finding, step);
    if (row == 58) break;
  }
  Step before;
  engine.evaluate(began, before);
  auto const score = engine.current().front().score;
  auto larger = fleet();
  larger.nodes.push_back({.name = "new", .operator_name = "operator9"});
  CHECK(engine.replace(larger, Correlator(rules::RuleSet{})).empty());
  Step after;
  engine.evaluate(began, after);
  CHECK(engine.current().front().score == Approx(score).margin(10));
  CHECK(engine.cursor() == 58);
}
