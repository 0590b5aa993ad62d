#include "collector/line.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <future>

#include "collector/outbox.hpp"
#include "collector/silence.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using namespace std::chrono_literals;
using greywatch::test::Scratch;

namespace {

Time now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

class RecordingSink final : public Sink {
 public:
  std::string const& name() const override { return name_; }
  void send(Alert const& alert) override {
    std::lock_guard const guard(mutex);
    alerts.push_back(alert);
  }
  SinkCounters counters() const override { return {}; }
  std::size_t count() {
    std::lock_guard const guard(mutex);
    return alerts.size();
  }
  std::mutex mutex;
  std::vector<Alert> alerts;

 private:
  std::string name_ = "recording";
};

Inventory fleet() {
  Inventory inventory;
  for (int i = 0; i < 12; ++i) {
    Node node;
    node.name = fmt::format("n{}", i);
    node.operator_name = fmt::format("operator{}", i);
    node.region = fmt::format("region{}", i % 3);
    inventory.nodes.push_back(node);
  }
  return inventory;
}

struct Bench {
  Scratch scratch;
  std::unique_ptr<Store> store = Store::open({.file = scratch / "s.db"}).value();
  std::vector<std::unique_ptr<Sink>> sinks;
  RecordingSink* sink = nullptr;
  Metrics metrics;
  std::unique_ptr<Line> line;
  Bench() {
    auto made = std::make_unique<RecordingSink>();
    sink = made.get();
    sinks.push_back(std::move(made));
  }
  void start(std::vector<Declared> const& causes = {}) {
    line = std::make_unique<Line>(LineOptions{.snapshot_every = 1h}, fleet(), Correlator(rules::RuleSet{}), causes,
                                  *store, StoreReader::open(scratch / "s.db").value(), sinks, metrics);
    line->start();
  }
  void send(int node, std::uint64_t sequence, FindingClass classification, double p) {
    Finding made;
    made.time = made.first = made.last = now();
    made.node = fmt::format("n{}", node);
    made.id = fmt::format("n{}-1-{}", node, sequence);
    made.code = "iec104.command.new_master";
    made.classification = classification;
    made.p = p;
    FindingBatch batch{.node = made.node, .epoch = 1, .last_sequence = sequence, .received = now(), .findings = {made}};
    std::promise<void> committed;
    auto const at = std::chrono::steady_clock::now();
    REQUIRE(store->commit(batch, [&](auto const& result) {
      if (line && result) line->notify(at);
      committed.set_value();
    }));
    committed.get_future().wait();
  }
  bool reached(std::int64_t row) {
    for (int i = 0; i < 500 && line->view().cursor < row; ++i) std::this_thread::sleep_for(10ms);
    return line->view().cursor >= row;
  }
};

}  // namespace

TEST_CASE("the line scores what is committed, tells the sinks and goes on after a restart", "[collector][line]") {
  Bench bench;
  for (int node = 0; node < 6; ++node) bench.send(node, 1, FindingClass::command, 1e-6);  // before the line runs at all
  bench.start();
  REQUIRE(bench.reached(6));
  CHECK(bench.line->alive());
  for (int node = 6; node < 12; ++node) bench.send(node, 1, FindingClass::command, 1e-6);
  REQUIRE(bench.reached(12));
  for (int i = 0; i < 300 && bench.sink->count() == 0; ++i) std::this_thread::sleep_for(10ms);
  REQUIRE(bench.sink->count() > 0);
  auto const view = bench.line->view();
  REQUIRE_FALSE(view.current.empty());
  CHECK(view.current.front().scope == "fleet");
  CHECK(view.current.front().score > 25);
  bench.line->stop();
  auto const told = bench.sink->count();

  auto reader = StoreReader::open(bench.scratch / "s.db").value();
  CHECK(reader->cursor() == 12);
  CHECK(reader->indicators({})->bodies.size() == 12);
  CHECK(reader->alerts({.firing = true})->bodies.size() >= 1);
  bench.start();
  std::this_thread::sleep_for(200ms);
  CHECK(bench.sink->count() == told);  // nothing is told anew
  CHECK(bench.line->view().firing.size() == view.firing.size());
  CHECK(bench.line->view().current.front().score == Approx(view.current.front().score).margin(1));
}

TEST_CASE("a cause told to a running line raises what is expected at once and after a restart, and masks nothing",
          "[collector][line]") {
  auto const score_after = [](Bench& bench) {
    for (int node = 0; node < 6; ++node) bench.send(node, 1, FindingClass::access, 1e-6);
    REQUIRE(bench.reached(6));
    std::this_thread::sleep_for(100ms);
    return bench.line->view().current.front().score;
  };
  Bench untold;
  untold.start();
  auto const without = score_after(untold);
  Declared const cause{.published = now() - 1h,
                       .start = now() - 1h,
                       .end = now() + 6h,
                       .kind = "maintenance",
                       .group_kind = "fleet",
                       .source = "shift desk"};
  Bench told;
  told.start();
  told.line->declare({cause});
  for (int i = 0; i < 300 && told.line->view().scored.declared == 0; ++i) std::this_thread::sleep_for(10ms);
  CHECK(told.line->view().scored.declared == 1);
  auto const with = score_after(told);
  CHECK(without > 30);  // more in hours with which a longer tile ends
  CHECK(with < without - 15);
  told.line->stop();
  // Killed before its next snapshot: the one that the cause forced has it, and the store gives it once more.
  told.start({cause});
  for (int i = 0; i < 300 && told.line->view().current.empty(); ++i) std::this_thread::sleep_for(10ms);
  CHECK(told.line->view().current.front().score == Approx(with).margin(1));
}

TEST_CASE("an outbox in the store keeps messages over a restart until they are done", "[collector][line]") {
  Scratch const scratch;
  Delivery const message{"msg1", "soc", "a1", "{}", now()};
  {
    auto store = Store::open({.file = scratch / "s.db"}).value();
    StoreOutbox outbox(*store, StoreReader::open(scratch / "s.db").value());
    outbox.put(message);
    outbox.put(message);
  }
  auto store = Store::open({.file = scratch / "s.db"}).value();
  StoreOutbox outbox(*store, StoreReader::open(scratch / "s.db").value());
  auto const pending = outbox.pending("soc");
  REQUIRE(pending.size() == 1);
  CHECK(pending[0].body == "{}");
  CHECK(outbox.pending("other").empty());
  outbox.done("soc", "msg1");
  CHECK(outbox.pending("soc").empty());
  store->stop();
  CHECK_THROWS(outbox.done("soc", "msg1"));
}

TEST_CASE("a node that falls silent is told once, and once when it is heard again", "[collector][silence]") {
  Time const began{1'764'000'000s};
  Silence silence(began, 5min);
  NodeView node;
  node.node.name = "n1";
  node.in_inventory = true;
  node.state = NodeState::seen;
  node.coverage = 0.8;
  node.last_seen = began;
  auto const look = [&](Time at) { return silence.look({node}, at); };
  CHECK(look(began + 10min).empty());
  node.state = NodeState::silent;
  auto const told = look(began + 11min);
  REQUIRE(told.size() == 1);
  CHECK(told[0].coverage == 0);
  CHECK(told[0].kind == FindingKind::coverage);
  CHECK(told[0].message == "n1 has not been heard since " + to_rfc3339(began));
  node.coverage = 0;
  CHECK(look(began + 12min).empty());
  node.state = NodeState::seen;
  auto const again = look(began + 13min);
  REQUIRE(again.size() == 1);
  CHECK(again[0].coverage == 0.8);
  node.coverage = 0.8;
  CHECK(look(began + 14min).empty());
}

TEST_CASE("silence is not told right after a start, of unexpected nodes or twice over a restart",
          "[collector][silence]") {
  Time const began{1'764'000'000s};
  NodeView node;
  node.node.name = "n1";
  node.in_inventory = true;
  CHECK(Silence(began, 5min).look({node}, began + 4min).empty());
  auto const told = Silence(began, 5min).look({node}, began + 6min);
  REQUIRE(told.size() == 1);
  CHECK(told[0].message == "n1 has never been heard");
  node.node.expected = false;
  CHECK(Silence(began, 5min).look({node}, began + 6min).empty());
  node.node.expected = true;
  node.coverage = 0;  // as the store has it after the record
  CHECK(Silence(began, 5min).look({node}, began + 6min).empty());
}
