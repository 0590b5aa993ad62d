#include "collector/store/store.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include "collector/store/reader.hpp"
#include "common/event/ndjson.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using namespace std::chrono_literals;
using greywatch::test::Scratch;

namespace {

Finding finding(std::string const& node, std::uint64_t sequence, Time time = Time{1'764'000'000s}) {
  Finding made;
  made.time = made.first = made.last = time;
  made.id = fmt::format("{}-7-{}", node, sequence);
  made.code = "modbus.write.new_register";
  made.message = "register 40001 written, never before";
  made.node = node;
  made.classification = FindingClass::command;
  made.p = 0.001;
  return made;
}

FindingBatch batch(std::string const& node, std::uint64_t from, std::uint64_t to) {
  FindingBatch made{.node = node, .epoch = 7, .last_sequence = to, .received = Time{1'764'000'100s}};
  for (auto sequence = from; sequence <= to; ++sequence) made.findings.push_back(finding(node, sequence));
  return made;
}

/// Commits and waits for the answer.
Result<Committed, Refusal> commit(Store& store, FindingBatch what) {
  std::promise<Result<Committed, Refusal>> answer;
  REQUIRE(store.commit(what, [&](auto const& result) { answer.set_value(result); }));
  return answer.get_future().get();
}
void record(Store& store, Progress what) {
  std::promise<bool> answer;
  REQUIRE(store.record(what, [&](auto const& result) { answer.set_value(result.has_value()); }));
  REQUIRE(answer.get_future().get());
}

std::vector<std::string> ids(StoreReader& reader) {
  std::vector<std::string> out;
  for (auto const& one : reader.after(0, 1'000'000)) out.push_back(one.finding.id);
  return out;
}

}  // namespace

TEST_CASE("a batch is committed before it is answered, and a resend changes nothing", "[collector][store]") {
  Scratch const scratch;
  auto store = Store::open({.file = scratch / "s.db"});
  REQUIRE(store);
  auto const first = commit(**store, batch("n1", 1, 3));
  REQUIRE(first);
  CHECK(first->inserted == 3);
  auto reader = StoreReader::open(scratch / "s.db");
  REQUIRE(reader);
  CHECK(ids(**reader) == std::vector<std::string>{"n1-7-1", "n1-7-2", "n1-7-3"});
  CHECK((*reader)->after(1, 10).front().finding == finding("n1", 2));

  auto const again = commit(**store, batch("n1", 2, 4));
  REQUIRE(again);
  CHECK(again->inserted == 1);
  CHECK(again->duplicates == 2);
  CHECK((*store)->position("n1", 7) == 4);
  CHECK((*store)->position("n1", 8) == std::nullopt);
  CHECK((*store)->stats().duplicates == 2);
  CHECK(ids(**reader).size() == 4);
  auto const nodes = (*reader)->nodes();
  REQUIRE(nodes.size() == 1);
  CHECK(nodes[0].findings == 4);
  CHECK(nodes[0].last_seen == Time{1'764'000'100s});
}

TEST_CASE("one node cannot take the event ids of another", "[collector][store]") {
  Scratch const scratch;
  auto store = Store::open({.file = scratch / "s.db"});
  REQUIRE(store);
  auto forged = batch("n1", 1, 1);
  forged.node = "n2";
  CHECK(commit(**store, forged)->inserted == 1);
  CHECK(commit(**store, batch("n1", 1, 1))->inserted == 1);
}

TEST_CASE("a killed writer loses nothing that it answered, and what is sent again is there once",
          "[collector][store]") {
  Scratch const scratch;
  std::uint64_t answered = 0;
  for (int round = 0; round < 5; ++round) {
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(pipe_ends[0]);
      auto store = Store::open({.file = scratch / "s.db"});
      if (!store) ::_exit(3);
      for (std::uint64_t sequence = answered + 1;; sequence += 3) {
        auto const last = sequence + 2;
        auto next = batch("n1", sequence, last);
        while (!(*store)->commit(next, [last, end = pipe_ends[1]](auto const& result) {
          if (result && ::write(end, &last, sizeof last) != sizeof last) ::_exit(4);
        }))
          std::this_thread::sleep_for(1ms);
      }
    }
    ::close(pipe_ends[1]);
    std::uint64_t told = 0;
    auto const before = answered;
    // Read some answers, then kill it in the middle of whatever it does; what is still in the pipe was answered too.
    while (answered < before + 60 + static_cast<std::uint64_t>(round) * 37 &&
           ::read(pipe_ends[0], &told, sizeof told) == sizeof told)
      answered = told;
    ::kill(child, SIGKILL);
    while (::read(pipe_ends[0], &told, sizeof told) == sizeof told) answered = told;
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(answered > before);
  }
  auto store = Store::open({.file = scratch / "s.db"});
  REQUIRE(store);
  auto const position = (*store)->position("n1", 7);
  REQUIRE(position);
  CHECK(*position >= answered);
  REQUIRE(commit(**store, batch("n1", 1, *position)));
  auto reader = StoreReader::open(scratch / "s.db");
  REQUIRE(reader);
  auto const all = ids(**reader);
  CHECK(all.size() == *position);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == *position);
}

TEST_CASE("a full queue refuses instead of growing", "[collector][store]") {
  Scratch const scratch;
  auto store = Store::open({.file = scratch / "s.db", .queue_findings = 10});
  REQUIRE(store);
  std::promise<void> go;
  auto const wait = go.get_future().share();
  auto sent = batch("n1", 1, 1);
  REQUIRE((*store)->commit(sent, [wait](auto const&) { wait.wait(); }));
  bool refused = false;
  for (std::uint64_t i = 2; i < 30 && !refused; i += 2) {
    sent = batch("n1", i, i + 1);
    refused = !(*store)->commit(sent, {});
  }
  go.set_value();
  CHECK(refused);
  CHECK(sent.findings.size() == 2);  // left as it is, to be tried again
  CHECK((*store)->stats().refused == 1);
  (*store)->stop();
  CHECK_FALSE((*store)->commit(sent, {}));
}

TEST_CASE("pages stay stable while rows arrive", "[collector][store]") {
  Scratch const scratch;
  auto store = Store::open({.file = scratch / "s.db"});
  REQUIRE(store);
  auto sent = batch("n1", 1, 50);
  for (std::size_t i = 0; i < sent.findings.size(); ++i)
    sent.findings[i].time += std::chrono::seconds{i / 3};  // with ties
  REQUIRE(commit(**store, sent));
  auto reader = StoreReader::open(scratch / "s.db");
  REQUIRE(reader);
  std::set<std::string> seen;
  Query query{.limit = 7};
  std::uint64_t later = 51;
  do {
    auto const page = (*reader)->findings(query);
    REQUIRE(page);
    CHECK(page->bodies.size() <= 7);
    for (auto const& body : page->bodies) CHECK(seen.insert(read_finding(body)->id).second);
    query.cursor = page->next;
    auto more = batch("n1", later, later);
    more.findings[0].time += 1h;
    REQUIRE(commit(**store, more));
    ++later;
  } while (!query.cursor.empty());
  CHECK(seen.size() == 50);
}

TEST_CASE("queries restrict by node, code, class, kind and time", "[collector][store]") {
  Scratch const scratch;
  auto store = Store::open({.file = scratch / "s.db"});
  REQUIRE(store);
  auto sent = batch("n1", 1, 3);
  sent.findings[1].code = "goose.sequence.replay";
  sent.findings[1].classification = FindingClass::timing;
  sent.findings[2].time += 1h;
  REQUIRE(commit(**store, sent));
  REQUIRE(commit(**store, batch("n2", 1, 1)));
  auto reader = StoreReader::open(scratch / "s.db");
  REQUIRE(reader);
  auto const count = [&](Query const& query) { return (*reader)->findings(query)->bodies.size(); };
  CHECK(count({}) == 4);
  CHECK(count({.node = "n1"}) == 3);
  CHECK(count({.code = "goose.sequence.replay"}) == 1);
  CHECK(count({.node = "n2", .classification = "timing"}) == 0);
  CHECK(count({.classification = "timing"}) == 1);
  CHECK(count({.kind = "summary"}) == 0);
  CHECK(count({.since = Time{1'764'000'001s}}) == 1);
  CHECK(count({.until = Time{1'764'000'000s}}) == 3);
  CHECK(count({.node = "' OR 1=1 --"}) == 0);
  CHECK((*reader)->findings({.cursor = "nonsense"}).error().text == "the cursor is none that this collector gave");
}

TEST_CASE("the line's progress and its alerts are committed together", "[collector][store]") {
  Scratch const scratch;
  Progress progress{.cursor = 2};
  Indicator indicator;
  indicator.id = "r1:n1-7-2";
  indicator.time = Time{1'764'000'000s};
  indicator.node = "n1";
  progress.indicators = {indicator, indicator};
  Score score;
  score.time = Time{1'764'000'000s};
  score.scope = "fleet";
  score.score = 12.5;
  score.contributions = {{.family = "prior", .decibans = -30, .points = 0.1}};
  progress.scores = {score};
  Alert alert;
  alert.id = "a1";
  alert.scope = "fleet";
  alert.severity = "watch";
  alert.since = alert.updated = score.time;
  alert.score = score;
  progress.alerts = {alert};
  progress.values = {{"snapshot", std::string("st\0\xff", 4)}};
  {
    auto store = Store::open({.file = scratch / "s.db"});
    REQUIRE(store);
    REQUIRE(commit(**store, batch("n1", 1, 2)));
    record(**store, progress);
    alert.firing = false;
    alert.updated += 1h;
    record(**store, {.cursor = 2, .scores = {score}, .alerts = {alert}});
  }
  auto store = Store::open({.file = scratch / "s.db"});
  REQUIRE(store);
  auto reader = StoreReader::open(scratch / "s.db");
  REQUIRE(reader);
  CHECK((*reader)->cursor() == 2);
  CHECK((*reader)->value("snapshot") == std::string("st\0\xff", 4));
  CHECK((*reader)->indicators({})->bodies.size() == 1);
  CHECK((*reader)->scores({.scope = "fleet"})->bodies.size() == 1);
  CHECK((*reader)->alerts({})->bodies.size() == 1);
  CHECK((*reader)->alerts({.firing = true})->bodies.empty());
  CHECK((*reader)->alert_history({.id = "a1"})->bodies.size() == 2);
}

TEST_CASE("a notification waits until it is settled, over restarts, and is never queued twice", "[collector][store]") {
  Scratch const scratch;
  auto const post = [](Store& store) {
    OutboxRow row{.id = "a1-1", .sink = "hook", .alert = "a1", .payload = "{}"};
    row.created = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    std::promise<void> posted;
    REQUIRE(store.post(row, [&](auto const&) { posted.set_value(); }));
    posted.get_future().wait();
  };
  {
    auto store = Store::open({.file = scratch / "s.db"});
    REQUIRE(store);
    post(**store);
    post(**store);
  }
  auto store = Store::open({.file = scratch / "s.db"});
  REQUIRE(store);
  auto reader = StoreReader::open(scratch / "s.db");
  REQUIRE(reader);
  auto const waiting = (*reader)->waiting("hook", 10);
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].payload == "{}");
  CHECK((*reader)->waiting("other", 10).empty());
  std::promise<void> settled;
  Settled which{"hook", "a1-1"};
  REQUIRE((*store)->settle(which, [&](auto const&) { settled.set_value(); }));
  settled.get_future().wait();
  post(**store);
  CHECK((*reader)->waiting("hook", 10).empty());
}

TEST_CASE("old rows go in small steps, but none that the line has not seen", "[collector][store]") {
  Scratch const scratch;
  auto store =
      Store::open({.file = scratch / "s.db", .keep_findings = 24h, .retention_step = 40, .retention_pause = 20ms});
  REQUIRE(store);
  REQUIRE(commit(**store, batch("n1", 1, 100)));
  auto fresh = batch("n1", 101, 103);
  for (auto& one : fresh.findings) one.time = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  REQUIRE(commit(**store, fresh));
  auto reader = StoreReader::open(scratch / "s.db");
  REQUIRE(reader);
  std::this_thread::sleep_for(80ms);
  CHECK(ids(**reader).size() == 103);
  record(**store, {.cursor = 103});
  for (int i = 0; i < 200 && ids(**reader).size() > 3; ++i) std::this_thread::sleep_for(10ms);
  CHECK(ids(**reader) == std::vector<std::string>{"n1-7-101", "n1-7-102", "n1-7-103"});
  CHECK((*reader)->last_row() == 103);
  REQUIRE(commit(**store, batch("n1", 104, 104)));
  CHECK((*reader)->last_row() == 104);  // rows are never numbered anew
}

TEST_CASE("a file that grows too large loses its oldest findings", "[collector][store]") {
  Scratch const scratch;
  auto store =
      Store::open({.file = scratch / "s.db", .max_octets = 400'000, .retention_step = 300, .retention_pause = 10ms});
  REQUIRE(store);
  REQUIRE(commit(**store, batch("n1", 1, 3000)));
  record(**store, {.cursor = 3000});
  auto const& stats = (*store)->stats();
  for (int i = 0; i < 300 && (stats.deleted == 0 || stats.used_octets > 400'000); ++i)
    std::this_thread::sleep_for(10ms);
  CHECK(stats.used_octets <= 400'000);
  auto reader = StoreReader::open(scratch / "s.db");
  REQUIRE(reader);
  auto const left = ids(**reader);
  REQUIRE_FALSE(left.empty());
  CHECK(left.size() < 3000);
  CHECK(left.back() == "n1-7-3000");
}

TEST_CASE("a second writer of the same file is refused", "[collector][store]") {
  Scratch const scratch;
  auto const store = Store::open({.file = scratch / "s.db"});
  REQUIRE(store);
  CHECK(Store::open({.file = scratch / "s.db"}).error().text ==
        (scratch / "s.db").string() + ": another greywatch-collector is writing to it");
}

TEST_CASE("of an asset the latest record is kept, by node", "[collector][store]") {
  Scratch const scratch;
  auto store = *Store::open({.file = scratch / "s.db"});
  auto const seen = [&](std::string const& node, std::uint64_t sequence, std::chrono::seconds after,
                        char const* firmware) {
    auto record = finding(node, sequence, Time{1'764'000'000s} + after);
    record.kind = FindingKind::asset;
    record.fields = {{"asset.id", std::string("192.0.2.1")}, {"asset.firmware", std::string(firmware)}};
    FindingBatch one{.node = node, .epoch = 7, .last_sequence = sequence, .received = Time{1'764'000'100s}};
    one.findings.push_back(record);
    REQUIRE(commit(*store, one));
  };
  seen("a", 1, 10s, "V1");
  seen("a", 2, 30s, "V3");
  seen("a", 3, 20s, "V2");  // late
  seen("b", 1, 5s, "V9");
  auto reader = *StoreReader::open(scratch / "s.db");
  auto const all = reader->assets({});
  REQUIRE(all);
  REQUIRE(all->bodies.size() == 2);
  CHECK(all->bodies[0].find("\"asset.firmware\":\"V3\"") != std::string::npos);
  CHECK(all->bodies[1].find("\"asset.firmware\":\"V9\"") != std::string::npos);
  auto const one = reader->assets({.node = "b", .id = "192.0.2.1"});
  REQUIRE(one);
  CHECK(one->bodies.size() == 1);
}
