#include "collector/replay.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "common/event/ndjson.hpp"

using namespace greywatch;
using namespace greywatch::collector;
namespace json = boost::json;

namespace {

struct Directory {
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "greywatch-replay-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    path = name;
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string file(std::string_view name, std::string_view text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
  std::filesystem::path path;
};

constexpr std::string_view inventory = R"(nodes:
  - {name: a, operator: A, region: NORTH, sector: distribution, vendor: v}
  - {name: b, operator: B, region: EAST, sector: distribution, vendor: v}
  - {name: c, operator: C, region: SOUTH, sector: distribution, vendor: w}
)";

std::string finding(std::string node, FindingClass kind, std::string_view time, int sequence) {
  Finding one;
  one.time = *parse_rfc3339(time);
  one.id = fmt::format("{}-1-{}", node, sequence);
  one.code = "iec104.command.new_master";
  one.node = std::move(node);
  one.classification = kind;
  one.p = 1e-5;
  one.techniques = {"T1692.001"};
  one.first = one.last = one.time;
  std::string line;
  write_ndjson(one, line);
  return line;
}

std::string attack() {
  std::string text;
  int sequence = 0;
  for (auto const* node : {"a", "b", "c"})
    for (auto const kind : {FindingClass::recon, FindingClass::access, FindingClass::command})
      text += finding(node, kind, fmt::format("2026-03-02T10:2{}:00Z", sequence % 9), sequence), ++sequence;
  // Something much later, so that the score is seen to fall.
  return text + finding("a", FindingClass::loss, "2026-04-20T00:30:00Z", 99);
}

struct Run {
  int status;
  std::vector<json::object> lines;
  std::string out, err;
};

Run run(ReplayOptions const& options) {
  std::ostringstream out, err;
  Run result{replay(options, out, err), {}, out.str(), err.str()};
  std::istringstream in(result.out);
  for (std::string line; std::getline(in, line);) result.lines.push_back(json::parse(line).as_object());
  return result;
}

}  // namespace

TEST_CASE("a coordinated attack is scored tick by tick and alerts once", "[collector][replay]") {
  Directory const directory;
  ReplayOptions options{.inventory = directory.file("inventory.yml", inventory)};
  options.findings = directory.file("findings.ndjson", attack());
  auto const scores = run(options);
  CHECK(scores.status == 0);
  std::size_t fleet = 0;
  for (auto const& line : scores.lines) fleet += line.at("scope").as_string() == "fleet";
  CHECK(fleet == 24 * 49 - 9);  // 2 March 10:00 to 20 April 01:00
  auto const& first = scores.lines.front();
  CHECK(first.at("@timestamp").as_string() == "2026-03-02T11:00:00.000000000Z");
  CHECK(first.at("score").as_double() > 75);
  CHECK(first.at("alert").as_object().at("state").as_string() == "firing");
  CHECK(scores.lines.back().at("score").as_double() < 15);
  for (auto const& line : scores.lines) {
    double sum = 0;
    for (auto const& contribution : line.at("contributions").as_array())
      sum += contribution.as_object().at("points").as_double();
    // Boost.JSON 1.81 reads doubles to within a unit in the last place only; the scorer's tests check the sum to the
    // bit.
    REQUIRE(std::abs(sum - line.at("score").as_double()) < 1e-11);
  }

  options.emit = ReplayEmit::alerts;
  auto const alerts = run(options);
  // The onset, repeats every 72 hours while it stands, the end.
  REQUIRE(alerts.lines.size() == 4);
  CHECK(alerts.lines[0].at("severity").as_string() == "alert");
  CHECK(alerts.lines[0].at("since").as_string() == "2026-03-02T10:00:00.000000000Z");
  CHECK(alerts.lines[1].at("@timestamp").as_string() == "2026-03-05T11:00:00.000000000Z");
  CHECK(alerts.lines[3].at("state").as_string() == "resolved");
  for (auto const& line : alerts.lines) CHECK(line.at("id") == alerts.lines[0].at("id"));
  CHECK(alerts.lines[0].at("threat.technique.id").as_array().at(0).as_string() == "T1692.001");

  options.emit = ReplayEmit::indicators;
  CHECK(run(options).lines.size() == 10);
}

TEST_CASE("replaying twice gives the same bytes", "[collector][replay]") {
  Directory const directory;
  ReplayOptions options{.inventory = directory.file("inventory.yml", inventory)};
  options.findings = directory.file("findings.ndjson", attack());
  CHECK(run(options).out == run(options).out);
}

TEST_CASE("a bad line is refused with its place and the rest goes on", "[collector][replay]") {
  Directory const directory;
  ReplayOptions options{.inventory = directory.file("inventory.yml", inventory)};
  options.findings =
      directory.file("findings.ndjson", "{\"a\":\n\n" + attack() + "{\"@timestamp\":\"yesterday\"}\n" +
                                            finding("a", FindingClass::loss, "2199-01-01T00:00:00Z", 100));
  auto const result = run(options);
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Catch::Contains("findings.ndjson:1: not JSON"));
  CHECK_THAT(result.err, Catch::Contains("findings.ndjson:13: @timestamp is no RFC 3339 time"));
  CHECK_THAT(result.err, Catch::Contains("findings.ndjson:14: @timestamp 2199") && Catch::Contains("3 lines refused"));
  CHECK(result.lines.front().at("score").as_double() > 75);
}

TEST_CASE("an unknown node is told once and not scored", "[collector][replay]") {
  Directory const directory;
  ReplayOptions options{.inventory = directory.file("inventory.yml", inventory)};
  options.findings =
      directory.file("findings.ndjson", finding("x", FindingClass::loss, "2026-03-02T10:00:00Z", 1) +
                                            finding("x", FindingClass::loss, "2026-03-02T10:01:00Z", 2) + attack());
  auto const result = run(options);
  CHECK(result.status == 0);
  auto const complaint = std::string("node \"x\" is not in the inventory");
  CHECK_THAT(result.err, Catch::Contains(complaint) && Catch::Contains("2 of 1 unknown nodes"));
  CHECK(result.err.find(complaint) == result.err.rfind(complaint));
}

TEST_CASE("a notice that was published in time lowers the score, one published later does not", "[collector][replay]") {
  Directory const directory;
  ReplayOptions options{.inventory = directory.file("inventory.yml", inventory)};
  options.findings = directory.file("findings.ndjson", attack());
  auto const notice = [](std::string_view published) {
    return fmt::format(
        R"({{"published":"{}","start":"2026-03-02T09:00:00Z","end":"2026-03-02T12:00:00Z","kind":"exercise",)"
        R"("group":{{"kind":"fleet"}},"source":"national exercise"}})"
        "\n",
        published);
  };
  auto const first_score = [&](std::optional<std::string> published) {
    if (published) options.context = directory.file("context.ndjson", notice(*published));
    auto const result = run(options);
    CHECK(result.status == 0);
    return result.lines.front().at("score").as_double();
  };
  double const without = first_score(std::nullopt);
  CHECK(first_score("2026-03-02T10:59:00Z") == without);
  CHECK(first_score("2026-03-01T00:00:00Z") < 25);
  options.context = directory.file("context.ndjson", "{}\n");
  auto const bad = run(options);
  CHECK(bad.status == 1);
  CHECK_THAT(bad.err, Catch::Contains("context.ndjson:1: published is missing"));
}

TEST_CASE("a missing file is refused in one line", "[collector][replay]") {
  auto const result = run({.inventory = "/nonexistent/inventory.yml"});
  CHECK(result.status == 1);
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
}
