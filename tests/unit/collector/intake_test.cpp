#include "collector/intake.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "collector/context_folder.hpp"
#include "collector/store/reader.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using namespace std::chrono_literals;
using greywatch::test::Scratch;

namespace {

Time now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

std::string storm(std::string const& region, Time end = now() + 6h) {
  return fmt::format(
      R"({{"start":"2026-01-01T00:00:00Z","end":"{}","kind":"weather","group":{{"kind":"region","name":"{}"}},)"
      R"("published":"2026-01-01T00:00:00Z","source":"weather service"}})",
      to_rfc3339(end), region);
}
ContextEntry entry(std::string const& region, Time end = now() + 6h) {
  return read_context(storm(region, end), now(), "api 192.0.2.7").value();
}

struct Bench {
  Scratch scratch;
  std::unique_ptr<Store> store;
  std::vector<Declared> given;
  std::unique_ptr<ContextIntake> intake;
  Bench() { open(); }
  void open(std::size_t most = 4) {
    intake.reset();
    store.reset();
    store = Store::open({.file = scratch / "s.db"}).value();
    intake = std::make_unique<ContextIntake>(*store, reader()->causes(100), most, [this](auto causes) {
      for (auto& cause : causes) given.push_back(std::move(cause));
    });
  }
  std::unique_ptr<StoreReader> reader() const { return StoreReader::open(scratch / "s.db").value(); }
  std::size_t stored() const { return reader()->context({}).value().bodies.size(); }
};

void write(std::filesystem::path const& file, std::string const& text) { std::ofstream(file) << text; }

}  // namespace

TEST_CASE("what is told keeps who said so, when, and how it came", "[collector][context]") {
  auto const received = parse_rfc3339("2026-11-22T10:00:00Z").value();
  std::string const said =
      R"({"start":"2026-11-22T08:00:00Z","end":"2026-11-22T18:00:00Z","kind":"maintenance",)"
      R"("group":{"kind":"operator","name":"gridco"},"classes":["command"],"source":"shift desk"})";
  auto const read = read_context(said, received, "api 192.0.2.7");
  REQUIRE(read);
  CHECK(read->declared.published == received);  // not said: from when we know
  CHECK(read->declared.source == "shift desk");
  std::string line;
  write_ndjson(*read, line);
  CHECK(line == R"({"id":")" + read->id +
                    R"(","published":"2026-11-22T10:00:00.000000000Z","start":"2026-11-22T08:00:00.000000000Z",)"
                    R"("end":"2026-11-22T18:00:00.000000000Z","kind":"maintenance",)"
                    R"("group":{"kind":"operator","name":"gridco"},"classes":["command"],"source":"shift desk",)"
                    R"("received":"2026-11-22T10:00:00.000000000Z","via":"api 192.0.2.7"})"
                    "\n");
  auto const again = read_context(line, received + 1h, "folder a.ndjson:1");
  REQUIRE(again);
  CHECK(again->id == read->id);  // a list can be read again and adds nothing
  auto const nobody = read_context(R"({"start":"2026-11-22T08:00:00Z","end":"2026-11-22T18:00:00Z",)"
                                   R"("kind":"crisis","group":{"kind":"fleet"}})",
                                   received, "");
  CHECK(nobody.error().text == "source is missing: it says who says so");
  CHECK(read_context(R"({"source":")" + std::string(257, 'x') + R"("})", received, "").error().text ==
        "source has more than 256 octets");
}

TEST_CASE("a cause is committed, given on once, and known again after a restart", "[collector][context]") {
  Bench bench;
  auto const until = now() + 6h;
  auto const first = bench.intake->take(ContextWay::api, {entry("north", until), entry("south", until)});
  REQUIRE(first);
  CHECK(first->accepted == 2);
  CHECK(bench.given.size() == 2);
  bench.open();
  CHECK(bench.intake->standing() == 2);
  auto const again = bench.intake->take(ContextWay::folder, {entry("north", until), entry("east", until)});
  REQUIRE(again);
  CHECK(again->accepted == 1);
  CHECK(again->known == 1);
  CHECK(bench.given.size() == 3);
  CHECK(bench.given.back().group_name == "east");
  CHECK(bench.stored() == 3);
  CHECK(bench.intake->counters(ContextWay::folder).known == 1);
}

TEST_CASE("causes beyond the bound are refused whole; those that are over take no room", "[collector][context]") {
  Bench bench;
  REQUIRE(bench.intake->take(ContextWay::api, {entry("a", now() - 1h), entry("b", now() - 2h)}));
  CHECK(bench.intake->standing() == 0);
  REQUIRE(bench.intake->take(ContextWay::api, {entry("c"), entry("d"), entry("e")}));
  auto const full = bench.intake->take(ContextWay::api, {entry("f"), entry("g")});
  REQUIRE_FALSE(full);
  CHECK(full.error().why == Declined::Why::full);
  CHECK(bench.stored() == 5);
  CHECK(bench.intake->counters(ContextWay::api).refused == 2);
  bench.store->stop();
  CHECK(bench.intake->take(ContextWay::api, {entry("f")}).error().why == Declined::Why::unavailable);
}

TEST_CASE("stored causes are listed by state and page by page", "[collector][context]") {
  Bench bench;
  bench.open(100);
  REQUIRE(bench.intake->take(ContextWay::api, {entry("old", now() - 1h), entry("a"), entry("b"), entry("c")}));
  auto reader = bench.reader();
  CHECK(reader->context({.over = now(), .past = true})->bodies.size() == 1);
  auto page = reader->context({.kind = "weather", .over = now(), .limit = 2}).value();
  CHECK(page.bodies.size() == 2);
  REQUIRE_FALSE(page.next.empty());
  page = reader->context({.kind = "weather", .over = now(), .cursor = page.next, .limit = 2}).value();
  CHECK(page.bodies.size() == 1);
  CHECK(page.next.empty());
  CHECK(reader->context({.kind = "crisis"})->bodies.empty());
}

TEST_CASE("each file of the folder is read once, bad lines apart, whatever it is called and over a restart",
          "[collector][context]") {
  Bench bench;
  auto const folder = bench.scratch / "told";
  std::filesystem::create_directory(folder);
  auto looks = std::make_unique<ContextFolder>(folder, *bench.intake, bench.reader());
  auto const text = storm("north") + "\n\nno JSON\n" + storm("south") + "\r\n";
  write(folder / "storms.ndjson", text);
  write(folder / ".half.ndjson", storm("hidden"));
  write(folder / "notes.txt", storm("other"));
  looks->look(now());
  CHECK(bench.stored() == 0);  // it may still be being written
  looks->look(now());
  CHECK(bench.stored() == 2);
  auto const& counters = bench.intake->counters(ContextWay::folder);
  CHECK(counters.accepted == 2);
  CHECK(counters.refused == 1);
  looks->look(now());
  std::filesystem::rename(folder / "storms.ndjson", folder / "renamed.ndjson");
  looks->look(now());
  looks->look(now());
  CHECK(counters.refused == 1);
  CHECK(counters.known == 0);
  looks.reset();
  bench.open();
  looks = std::make_unique<ContextFolder>(folder, *bench.intake, bench.reader());
  looks->look(now());
  looks->look(now());
  CHECK(bench.intake->counters(ContextWay::folder).refused == 0);
  CHECK(bench.stored() == 2);
  write(folder / "renamed.ndjson", text + storm("east") + "\n");
  looks->look(now());
  looks->look(now());
  CHECK(bench.stored() == 3);
  auto const body = bench.reader()->context({.limit = 1}).value().bodies.front();
  CHECK(body.find("\"via\":\"folder renamed.ndjson:5\"") != std::string::npos);
}

TEST_CASE("a folder that is gone or a file that is too large is told and stops nothing", "[collector][context]") {
  Bench bench;
  auto const folder = bench.scratch / "told";
  ContextFolder looks(folder, *bench.intake, bench.reader());
  looks.look(now());
  std::filesystem::create_directory(folder);
  write(folder / "large.ndjson", std::string(ContextFolder::longest_file + 1, 'x'));
  looks.look(now());
  looks.look(now());
  looks.look(now());
  CHECK(bench.intake->counters(ContextWay::folder).refused == 1);
}
