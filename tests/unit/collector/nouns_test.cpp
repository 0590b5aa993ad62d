#include <unistd.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <limits>

#include "collector/alert.hpp"
#include "collector/inventory.hpp"
#include "collector/score.hpp"

using namespace greywatch;
using namespace greywatch::collector;
namespace json = boost::json;

namespace {

struct File {
  explicit File(std::string_view text)
      : path(std::filesystem::temp_directory_path() / ("greywatch-inventory-" + std::to_string(::getpid()) + ".yml")) {
    std::ofstream(path) << text;
  }
  ~File() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

Score example() {
  Score score{
      .time = *parse_rfc3339("2026-11-22T10:00:00Z"), .scope = "fleet", .score = 1.0 / 3, .p05 = 0.1, .p95 = 0.7};
  score.log_odds = -3.5979;
  score.evalue_log10 = 1e-17;
  score.contributions.push_back({.family = "prior", .decibans = -15.6, .points = 2.67, .text = "say \"why\""});
  score.contributions.push_back({.family = "coincidence", .nodes = {{"n1", 0.25}, {"n2", 0.75}}, .text = "two"});
  return score;
}

}  // namespace

TEST_CASE("an inventory is read with every group of a node", "[collector][inventory]") {
  File const file(R"(nodes:
  - {name: sub-1, operator: Nordnetz, country: DE, region: DE-NORTH, sector: distribution, vendor: Alpha, carrier: C1,
     clock_domain: gnss-1, weight: 2.5, expected: false}
  - name: sub-2
)");
  auto const inventory = load_inventory(file.path);
  REQUIRE(inventory);
  REQUIRE(inventory->nodes.size() == 2);
  auto const& node = inventory->nodes[0];
  CHECK(node.operator_name == "Nordnetz");
  CHECK(node.clock_domain == "gnss-1");
  CHECK(node.weight == 2.5);
  CHECK_FALSE(node.expected);
  CHECK(inventory->nodes[1].expected);
  CHECK(inventory->nodes[1].region.empty());
  CHECK(inventory->find("sub-2") == &inventory->nodes[1]);
  CHECK(inventory->find("sub-3") == nullptr);
}

TEST_CASE("each fault of an inventory is told with its line and column", "[collector][inventory]") {
  File const file(R"(nodes:
  - {name: a, sector: farming}
  - {name: a}
  - {name: b, weight: 11}
  - {name: c, regoin: X}
  - {operator: nobody}
)");
  auto const inventory = load_inventory(file.path);
  REQUIRE_FALSE(inventory);
  auto const& text = inventory.error().text;
  auto const name = file.path.string();
  CHECK_THAT(text, Catch::Contains(name + ":2:23: ") && Catch::Contains("farming") && Catch::Contains("transmission"));
  CHECK_THAT(text, Catch::Contains(name + ":3:12: node \"a\" is already on line 2"));
  CHECK_THAT(text, Catch::Contains(name + ":4:23: "));
  CHECK_THAT(text, Catch::Contains(name + ":5:15: ") && Catch::Contains("regoin"));
  CHECK_THAT(text, Catch::Contains(name + ":6:"));
}

TEST_CASE("a declared notice is read, and one that lies is refused by name", "[collector][declared]") {
  auto const read = read_declared(
      R"({"published":"2026-11-22T08:00:00Z","start":"2026-11-22T09:00:00Z","end":"2026-11-22T12:00:00Z",)"
      R"("kind":"weather","group":{"kind":"region","name":"DE-NORTH"},"classes":["loss","timing"],"source":"DWD"})");
  REQUIRE(read);
  CHECK(read->group_kind == "region");
  CHECK(read->classes == std::vector{FindingClass::loss, FindingClass::timing});
  auto const refused = [](std::string_view line) {
    auto const result = read_declared(line);
    return result ? std::string("taken") : result.error().text;
  };
  std::string const head = R"({"published":"2026-11-22T08:00:00Z","start":"2026-11-22T09:00:00Z",)";
  std::string const end = R"("end":"2026-11-22T12:00:00Z",)";
  CHECK_THAT(refused("{"), Catch::StartsWith("not JSON"));
  CHECK(refused("[]") == "not a JSON object");
  CHECK(refused(head + R"("kind":"weather","group":{"kind":"fleet"}})") == "end is missing");
  CHECK_THAT(refused(head + end + R"("kind":"weather","group":{"kind":"fleet"},"index":2})"),
             Catch::StartsWith("index"));
  CHECK_THAT(refused(head + end + R"("kind":"rain","group":{"kind":"fleet"}})"), Catch::StartsWith("kind \"rain\""));
  CHECK(refused(head + end + R"("kind":"weather","group":{"kind":"region"}})") == "group.name is missing");
  CHECK_THAT(refused(head + end + R"("kind":"weather","group":{"kind":"fleet"},"clases":[]})"),
             Catch::StartsWith("clases"));
  CHECK(refused(head + R"("end":"2026-11-22T09:00:00Z","kind":"weather","group":{"kind":"fleet"}})") ==
        "end is not after start");
}

TEST_CASE("a score is written with the keys of the contract and its numbers read back the same", "[collector][score]") {
  auto score = example();
  std::string line;
  write_ndjson(score, line);
  REQUIRE(line.back() == '\n');
  auto const object = json::parse(line).as_object();
  std::vector<std::string> keys;
  for (auto const& member : object) keys.emplace_back(member.key());
  CHECK(keys == std::vector<std::string>{"@timestamp", "scope", "score", "p05", "p95", "coverage", "log_odds",
                                         "evalue_log10", "contributions", "alert"});
  CHECK(object.at("score").as_double() == 1.0 / 3);
  CHECK(object.at("evalue_log10").as_double() == 1e-17);
  CHECK(object.at("alert").is_null());
  auto const& second = object.at("contributions").as_array()[1].as_object();
  CHECK(second.at("nodes").as_array()[1].as_object().at("share").as_double() == 0.75);
  score.alert = AlertMark{"fleet-1", false, score.time};
  line.clear();
  write_ndjson(score, line);
  auto const mark = json::parse(line).as_object().at("alert").as_object();
  CHECK(mark.at("id").as_string() == "fleet-1");
  CHECK(mark.at("state").as_string() == "resolved");
  CHECK(mark.at("since").as_string() == "2026-11-22T10:00:00.000000000Z");
}

TEST_CASE("numbers of a score are written as people and spreadsheets read them", "[collector][score]") {
  Score score{.scope = "fleet", .score = 98.61445554018532, .p05 = 1, .p95 = 100};
  std::string text;
  write_json(score, text);
  CHECK(text.find("\"score\":98.61445554018532,\"p05\":1.0,\"p95\":100.0,") != std::string::npos);
}

TEST_CASE("an alert is written with its score inside", "[collector][alert]") {
  Alert const alert{.id = "fleet-1",
                    .scope = "fleet",
                    .severity = "watch",
                    .since = example().time,
                    .updated = example().time,
                    .score = example(),
                    .nodes = {"n1"},
                    .title = "t",
                    .text = "a\nb"};
  std::string line;
  write_ndjson(alert, line);
  auto const object = json::parse(line).as_object();
  CHECK(object.at("state").as_string() == "firing");
  CHECK(object.at("text").as_string() == "a\nb");
  CHECK(object.at("score").as_object().at("scope").as_string() == "fleet");
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
}
