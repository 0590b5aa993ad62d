#include "collector/web/router.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "common/yaml.hpp"

using namespace greywatch;
using namespace greywatch::collector;

namespace {

class RecordingViews final : public Views {
 public:
  std::string metrics(Exposition format) override { return format == Exposition::text ? "text" : "open"; }
  std::vector<Check> readiness() override { return checks; }
  Result<ListPage, Refusal> list(Listing what, ListQuery const& query) override {
    asked = what;
    last = query;
    if (fails) throw std::runtime_error("the disk is gone");
    if (query.cursor == "bad") return refuse("the cursor is none that this collector gave");
    return page;
  }
  std::expected<Declaration, Declined> declare(std::string_view content, bool lines, std::string_view peer) override {
    said = content;
    by_lines = lines;
    who = peer;
    if (declined) return std::unexpected(*declined);
    return Declaration{.accepted = content.size() > 2 ? 1U : 0U, .known = 1, .ids = {"a", "b"}};
  }
  std::string said, who;
  bool by_lines = false;
  std::optional<Declined> declined;
  std::vector<Check> checks{{"store", true, "open"}, {"ingest", true, "listening"}};
  ListPage page{{R"({"a":1})", R"({"b":2})"}, "next1"};
  Listing asked = Listing::nodes;
  ListQuery last;
  bool fails = false;
};

WebAnswer get(Views& views, std::string target) { return answer({"GET", std::move(target), ""}, views); }
std::string detail(WebAnswer const& refused) {
  return std::string(boost::json::parse(refused.body).as_object().at("detail").as_string());
}

}  // namespace

TEST_CASE("a listing gives its items and the cursor of the next page", "[collector][web]") {
  RecordingViews views;
  auto const given =
      get(views, "/api/v1/findings?limit=7&node=sub-1&class=command&since=2026-01-01T00:00:00Z&cursor=abc&code=a%2Eb");
  CHECK(given.status == 200);
  CHECK(given.content_type == "application/json");
  CHECK(given.body == "{\"items\":[{\"a\":1},\n{\"b\":2}],\"next\":\"next1\"}\n");
  CHECK(views.asked == Listing::findings);
  CHECK(views.last.limit == 7);
  CHECK(views.last.node == "sub-1");
  CHECK(views.last.code == "a.b");
  CHECK(views.last.classification == "command");
  CHECK(views.last.cursor == "abc");
  CHECK(views.last.since == parse_rfc3339("2026-01-01T00:00:00Z").value());
  views.page = {};
  CHECK(get(views, "/api/v1/alerts?state=firing").body == "{\"items\":[],\"next\":null}\n");
  CHECK(views.last.state == "firing");
}

TEST_CASE("a bad query is refused with what to change", "[collector][web]") {
  RecordingViews views;
  auto const why = [&](std::string target) {
    auto const refused = get(views, std::move(target));
    CHECK(refused.status == 400);
    CHECK(refused.content_type == "application/problem+json");
    return detail(refused);
  };
  CHECK(why("/api/v1/findings?limit=1001") == "limit is \"1001\", not a number from 1 to 1000");
  CHECK(why("/api/v1/findings?limit=-1") == "limit is \"-1\", not a number from 1 to 1000");
  CHECK(why("/api/v1/nodes?since=2026-01-01T00:00:00Z") ==
        "there is no parameter \"since\" here; known are: limit, cursor, node, state");
  CHECK(why("/api/v1/findings?node=a&node=b") == "the parameter \"node\" is there twice");
  CHECK(why("/api/v1/findings?node=") == "the parameter \"node\" is empty");
  CHECK(why("/api/v1/findings?class=loud") ==
        "class is \"loud\", none of: recon, access, command, market, timing, loss");
  CHECK(why("/api/v1/alerts?state=seen") == "state is \"seen\", none of: firing, resolved");
  CHECK(why("/api/v1/findings?since=yesterday").find("is not an RFC 3339 time") != std::string::npos);
  CHECK(why("/api/v1/findings?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z") == "since is later than until");
  CHECK(why("/api/v1/findings?cursor=bad") == "the cursor is none that this collector gave");
  CHECK(why("/metrics?x=1") == "this path takes no parameters");
  CHECK(why("/api/v1/findings?node=%zz").find("no path with a query") != std::string::npos);
}

TEST_CASE("an offset's plus sign is understood as it is and percent-encoded", "[collector][web]") {
  for (auto const* offset : {"+02:00", "%2B02:00"}) {
    RecordingViews views;
    CHECK(get(views, std::string("/api/v1/findings?since=2026-01-01T02:00:00") + offset).status == 200);
    CHECK(views.last.since == parse_rfc3339("2026-01-01T00:00:00Z").value());
  }
}

TEST_CASE("what a view throws becomes a 500 without its text", "[collector][web]") {
  RecordingViews views;
  views.fails = true;
  auto const given = get(views, "/api/v1/nodes");
  CHECK(given.status == 500);
  CHECK(given.body.find("disk") == std::string::npos);
}

TEST_CASE("readiness is 503 as soon as one check fails and lists each", "[collector][web]") {
  RecordingViews views;
  CHECK(get(views, "/readyz").status == 200);
  views.checks[1] = {"ingest", false, "not listening"};
  auto const given = get(views, "/readyz");
  CHECK(given.status == 503);
  auto const json = boost::json::parse(given.body);
  CHECK(json.at("checks").as_array().size() == 2);
  CHECK(json.at("checks").at(1).at("detail").as_string() == "not listening");
}

TEST_CASE("metrics are OpenMetrics when asked by name", "[collector][web]") {
  RecordingViews views;
  CHECK(get(views, "/metrics").body == "text");
  auto const open =
      answer({"GET", "/metrics", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2"}, views);
  CHECK(open.body == "open");
  CHECK(open.content_type.starts_with("application/openmetrics-text; version=1.0.0"));
}

TEST_CASE("causes are taken as JSON or as lines of it, and of no type that a web page may send unasked",
          "[collector][web]") {
  RecordingViews views;
  auto const post = [&](std::string type, std::string content, std::string target = "/api/v1/context") {
    return answer({"POST", std::move(target), "", std::move(type), std::move(content), "192.0.2.7"}, views);
  };
  auto const taken = post("application/x-ndjson; charset=utf-8", "{}\n{}\n");
  CHECK(taken.status == 201);
  CHECK(taken.body == "{\"accepted\":1,\"known\":1,\"ids\":[\"a\",\"b\"]}\n");
  CHECK(views.by_lines);
  CHECK(views.said == "{}\n{}\n");
  CHECK(views.who == "192.0.2.7");
  CHECK(post("application/json", "{}").status == 200);
  CHECK_FALSE(views.by_lines);
  for (auto const* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""})
    CHECK(post(type, "{}").status == 415);
  CHECK(post("application/json", " \n").status == 400);
  CHECK(post("application/json", "{}", "/api/v1/context?x=1").status == 400);
  auto const elsewhere = post("application/json", "{}", "/api/v1/alerts");
  CHECK(elsewhere.status == 405);
  CHECK(elsewhere.headers.front() == std::pair<std::string, std::string>{"Allow", "GET, HEAD"});
  CHECK(answer({"DELETE", "/api/v1/context", ""}, views).headers.front().second == "GET, HEAD, POST");
  views.declined = Declined{Declined::Why::content, "line 2: end is missing; nothing was taken"};
  CHECK(detail(post("application/json", "{}")) == "line 2: end is missing; nothing was taken");
  views.declined->why = Declined::Why::full;
  CHECK(post("application/json", "{}").status == 409);
  views.declined->why = Declined::Why::unavailable;
  CHECK(post("application/json", "{}").status == 503);
  CHECK(get(views, "/api/v1/context?state=standing&kind=weather").status == 200);
  CHECK(views.asked == Listing::context);
  CHECK(get(views, "/api/v1/context?kind=alert").status == 400);
}

TEST_CASE("the OpenAPI file and the routes say the same", "[collector][web]") {
  auto const document = yaml::load("docs/openapi.yaml");
  REQUIRE(document);
  CHECK(document->find("openapi")->text.starts_with("3.1."));
  auto const* paths = document->find("paths");
  auto const* shared = document->find("components")->find("parameters");
  REQUIRE(paths);
  REQUIRE(shared);
  std::map<std::string, std::set<std::string>> documented, answered;
  std::map<std::string, bool> posts, takes;
  for (std::size_t i = 0; i < paths->keys.size(); ++i) {
    auto& names = documented[paths->keys[i].text];
    posts[paths->keys[i].text] = paths->items[i].find("post") != nullptr;
    auto const* get_operation = paths->items[i].find("get");
    REQUIRE(get_operation);
    REQUIRE(get_operation->find("responses"));
    auto const* parameters = get_operation->find("parameters");
    if (!parameters) continue;
    for (auto const& parameter : parameters->items) {
      auto const* reference = parameter.find("$ref");
      auto const* named = reference ? shared->find(reference->text.substr(reference->text.rfind('/') + 1)) : &parameter;
      REQUIRE(named);
      CHECK(names.insert(named->find("name")->text).second);
    }
  }
  for (auto const& route : routes())
    answered[std::string(route.path)] = {route.parameters.begin(), route.parameters.end()};
  CHECK(documented == answered);
  for (auto const& route : routes()) takes[std::string(route.path)] = route.takes_content;
  CHECK(posts == takes);
}
