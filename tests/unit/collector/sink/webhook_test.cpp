#include "collector/sink/webhook.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "collector/sink/signature.hpp"
#include "common/yaml.hpp"
#include "tests/unit/collector/sink/http_server.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using greywatch::test::HttpServer;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view first_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view second_secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

struct Directory {
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "greywatch-sink-XXXXXX").string();
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

Alert alert(bool firing = true, std::string severity = "alert") {
  Alert result{.id = "fleet-20251124T10Z-0001", .scope = "fleet", .severity = std::move(severity), .firing = firing};
  result.since = *parse_rfc3339("2025-11-24T10:00:00Z");
  result.updated = *parse_rfc3339(firing ? "2025-11-24T10:20:00Z" : "2025-12-01T00:00:00Z");
  result.score = {.time = result.updated, .scope = "fleet", .score = 97.5};
  result.nodes = {"n1", "n2"};
  result.title = "a title";
  result.text = "line one\nline two";
  return result;
}

SinkConfig config(HttpServer const& server) {
  SinkConfig result{.name = "soc", .kind = "webhook"};
  result.webhook.url = server.url();
  result.webhook.backoff = 20ms;
  result.webhook.most_backoff = 100ms;
  result.webhook.proxy = "none";
  return result;
}

template <class Until>
bool soon(Until until) {
  for (int i = 0; i < 500; ++i) {
    if (until()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

}  // namespace

TEST_CASE("a signature is the one of the Standard Webhooks libraries", "[collector][sink]") {
  // The example that the reference libraries of Standard Webhooks test themselves with.
  auto const key = parse_webhook_secret(first_secret);
  REQUIRE(key);
  CHECK(sign_webhook({*key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("a secret that is none is refused with the reason", "[collector][sink]") {
  CHECK(parse_webhook_secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").error().text ==
        "the secret does not start with \"whsec_\"");
  CHECK(parse_webhook_secret("whsec_").error().text == "the secret is not base64");
  CHECK(parse_webhook_secret("whsec_****").error().text == "the secret is not base64");
  CHECK(parse_webhook_secret("whsec_AAAA").error().text == "the secret has 3 octets; Standard Webhooks wants 24 to 64");
  CHECK(parse_webhook_secret(std::string(second_secret) + "\n")->size() == 32);
}

TEST_CASE("an alert is posted, signed with each key, and forgotten when taken", "[collector][sink]") {
  HttpServer server;
  Directory const directory;
  auto settings = config(server);
  settings.webhook.secrets = {directory.file("new", first_secret), directory.file("old", second_secret)};
  settings.webhook.authorization = directory.file("token", "Bearer abc\n");
  MemoryOutbox outbox;
  auto const sink = make_sink(settings, outbox);
  REQUIRE(sink);
  (*sink)->send(alert());
  auto const requests = server.wait(1);
  REQUIRE(requests.size() == 1);
  auto const& request = requests[0];
  auto const& id = request.headers.at("webhook-id");
  auto const timestamp = std::stoll(request.headers.at("webhook-timestamp"));
  CHECK(id == "msg_fleet-20251124T10Z-0001_firing_alert_1763979600000");
  CHECK(std::abs(std::time(nullptr) - timestamp) < 60);
  CHECK(request.headers.at("authorization") == "Bearer abc");
  CHECK(request.headers.at("content-type") == "application/json");
  auto const expected = sign_webhook({*parse_webhook_secret(first_secret), *parse_webhook_secret(second_secret)}, id,
                                     timestamp, request.body);
  CHECK(request.headers.at("webhook-signature") == expected);
  CHECK(std::count(expected.begin(), expected.end(), ' ') == 1);
  auto const body = json::parse(request.body).as_object();
  CHECK(body.at("type").as_string() == "resilience.alert.v1");
  CHECK(body.at("timestamp").as_string() == "2025-11-24T10:20:00.000000000Z");
  CHECK(body.at("data").as_object().at("score").as_object().at("score").as_double() == 97.5);
  CHECK(soon([&] { return (*sink)->counters().delivered == 1; }));
  CHECK(outbox.pending("soc").empty());
}

TEST_CASE("the example in docs/alerts.md is what is sent", "[collector][sink]") {
  HttpServer server;
  MemoryOutbox outbox;
  auto const sink = make_sink(config(server), outbox);
  (*sink)->send(alert());
  auto const requests = server.wait(1);
  REQUIRE(requests.size() == 1);
  std::ifstream in("docs/alerts.md");
  std::string const page{std::istreambuf_iterator<char>(in), {}};
  CHECK(page.find("\n" + requests[0].body + "\n") != std::string::npos);
}

TEST_CASE("a failed message is tried again under its id until it is taken", "[collector][sink]") {
  HttpServer server({503, 302, 500});
  MemoryOutbox outbox;
  auto const sink = make_sink(config(server), outbox);
  REQUIRE(sink);
  (*sink)->send(alert());
  (*sink)->send(alert(false));
  auto const requests = server.wait(5);
  REQUIRE(requests.size() == 5);
  for (int i = 1; i < 4; ++i) CHECK(requests[i].headers.at("webhook-id") == requests[0].headers.at("webhook-id"));
  // In order: the end is not told before the beginning.
  CHECK_THAT(requests[4].body, Catch::Contains(R"("state":"resolved")"));
  CHECK(requests[4].headers.at("webhook-id") != requests[0].headers.at("webhook-id"));
  CHECK(soon([&] { return (*sink)->counters().delivered == 2; }));
  CHECK((*sink)->counters().failed_tries == 3);
  CHECK(requests[0].headers.count("webhook-signature") == 0);
}

TEST_CASE("what was not delivered goes out after a restart, under the same id", "[collector][sink]") {
  MemoryOutbox outbox;
  std::string id;
  {
    HttpServer server(std::deque<int>(1000, 500));
    auto const sink = make_sink(config(server), outbox);
    (*sink)->send(alert());
    id = server.wait(1).at(0).headers.at("webhook-id");
  }
  REQUIRE(outbox.pending("soc").size() == 1);
  HttpServer server;
  auto const sink = make_sink(config(server), outbox);
  CHECK(server.wait(1).at(0).headers.at("webhook-id") == id);
  CHECK(soon([&] { return outbox.pending("soc").empty(); }));
}

TEST_CASE("410 disables a receiver, 422 refuses one message", "[collector][sink]") {
  HttpServer server({422, 200, 410});
  MemoryOutbox outbox;
  auto const sink = make_sink(config(server), outbox);
  (*sink)->send(alert());
  server.wait(1);
  (*sink)->send(alert(true, "watch"));
  server.wait(2);
  (*sink)->send(alert(false));
  CHECK(soon([&] { return (*sink)->counters().disabled; }));
  (*sink)->send(alert());
  auto const counters = (*sink)->counters();
  CHECK(counters.refused == 3);
  CHECK(counters.delivered == 1);
  CHECK(counters.pending == 0);
  CHECK(outbox.pending("soc").empty());
}

TEST_CASE("old messages are given up and counted, and the queue is bounded", "[collector][sink]") {
  HttpServer server(std::deque<int>(1000, 500));
  MemoryOutbox outbox;
  auto settings = config(server);
  settings.webhook.most_pending = 2;
  auto const sink = make_sink(settings, outbox);
  for (auto const* severity : {"watch", "elevated", "alert"}) (*sink)->send(alert(true, severity));
  CHECK((*sink)->counters().given_up == 1);
  CHECK((*sink)->counters().pending == 2);
  HttpServer second(std::deque<int>(1000, 500));
  auto aged = config(second);
  aged.name = "aged";
  aged.webhook.give_up = 50ms;
  auto const other = make_sink(aged, outbox);
  (*other)->send(alert());
  CHECK(soon([&] { return (*other)->counters().given_up == 1; }));
  CHECK(outbox.pending("aged").empty());
}

TEST_CASE("a held alert is replaced by its newer state", "[collector][sink]") {
  HttpServer server;
  MemoryOutbox outbox;
  auto settings = config(server);
  settings.webhook.group_wait = 300ms;
  auto const sink = make_sink(settings, outbox);
  (*sink)->send(alert(true, "watch"));
  (*sink)->send(alert(true, "alert"));
  auto const requests = server.wait(1);
  REQUIRE(requests.size() == 1);
  CHECK_THAT(requests[0].body, Catch::Contains(R"("severity":"alert")"));
  CHECK(soon([&] { return (*sink)->counters().delivered == 1; }));
  CHECK((*sink)->counters().replaced == 1);
}

TEST_CASE("a sink sends what its severity and its wish for ends ask for", "[collector][sink]") {
  HttpServer server;
  MemoryOutbox outbox;
  auto settings = config(server);
  settings.min_severity = "elevated";
  settings.resolved = false;
  auto const sink = make_sink(settings, outbox);
  (*sink)->send(alert(true, "watch"));
  (*sink)->send(alert(false));
  (*sink)->send(alert(true, "elevated"));
  CHECK(server.wait(1).size() == 1);
  CHECK((*sink)->counters().filtered == 2);
  CHECK((*sink)->counters().accepted == 1);
}

TEST_CASE("secrets are read again on request, and bad ones leave the old", "[collector][sink]") {
  HttpServer server;
  Directory const directory;
  MemoryOutbox outbox;
  auto settings = config(server);
  settings.webhook.secrets = {directory.file("key", first_secret)};
  auto const sink = make_sink(settings, outbox);
  directory.file("key", "rubbish");
  (*sink)->reopen();
  (*sink)->send(alert());
  auto requests = server.wait(1);
  auto const signature = [](HttpServer::Request const& request, std::string_view secret) {
    return sign_webhook({*parse_webhook_secret(secret)}, request.headers.at("webhook-id"),
                        std::stoll(request.headers.at("webhook-timestamp")), request.body);
  };
  CHECK(requests.at(0).headers.at("webhook-signature") == signature(requests[0], first_secret));
  directory.file("key", second_secret);
  (*sink)->reopen();
  (*sink)->send(alert(false));
  requests = server.wait(2);
  CHECK(requests.at(1).headers.at("webhook-signature") == signature(requests[1], second_secret));
}

TEST_CASE("a sink without its secret, or of a kind that does not exist, is refused", "[collector][sink]") {
  MemoryOutbox outbox;
  SinkConfig missing{.name = "soc", .kind = "webhook"};
  missing.webhook.secrets = {"/nonexistent/secret"};
  CHECK(make_sink(missing, outbox).error().text == "sink \"soc\": /nonexistent/secret cannot be read");
  CHECK(make_sink({.name = "x", .kind = "pigeon"}, outbox).error().text == "sink \"x\": there is no kind \"pigeon\"");
}

TEST_CASE("the Alertmanager payload has the members of version 4", "[collector][sink]") {
  HttpServer server;
  MemoryOutbox outbox;
  auto settings = config(server);
  settings.webhook.format = WebhookFormat::alertmanager;
  settings.webhook.external_url = "https://greywatch.example";
  auto const sink = make_sink(settings, outbox);
  (*sink)->send(alert(true, "watch"));
  (*sink)->send(alert(false));
  auto const requests = server.wait(2);
  REQUIRE(requests.size() == 2);
  auto const firing = json::parse(requests[0].body).as_object(), resolved = json::parse(requests[1].body).as_object();
  CHECK(firing.at("version").as_string() == "4");
  CHECK(firing.at("truncatedAlerts").as_int64() == 0);
  CHECK(firing.at("status").as_string() == "firing");
  CHECK(firing.at("receiver").as_string() == "soc");
  CHECK(firing.at("externalURL").as_string() == "https://greywatch.example");
  for (auto const* key : {"groupKey", "groupLabels", "commonLabels", "commonAnnotations"}) CHECK(firing.contains(key));
  auto const& one = firing.at("alerts").as_array().at(0).as_object();
  auto const& end = resolved.at("alerts").as_array().at(0).as_object();
  CHECK(one.at("startsAt").as_string() == "2025-11-24T10:00:00.000000000Z");
  CHECK(one.at("endsAt").as_string() == "0001-01-01T00:00:00Z");
  CHECK(one.at("labels").as_object().at("severity").as_string() == "watch");
  CHECK(resolved.at("status").as_string() == "resolved");
  CHECK(end.at("endsAt").as_string() == "2025-12-01T00:00:00.000000000Z");
  CHECK(one.at("fingerprint") == end.at("fingerprint"));
  CHECK(one.at("fingerprint").as_string().size() == 16);
}

TEST_CASE("a file sink appends lines and follows a rotation", "[collector][sink]") {
  Directory const directory;
  MemoryOutbox outbox;
  SinkConfig settings{.name = "log", .kind = "file"};
  settings.file = {directory.path / "alerts.ndjson", true};
  auto const sink = make_sink(settings, outbox);
  REQUIRE(sink);
  (*sink)->send(alert());
  std::filesystem::rename(settings.file.path, directory.path / "alerts.1");
  (*sink)->send(alert(true, "watch"));
  (*sink)->reopen();
  (*sink)->send(alert(false));
  auto const lines = [&](std::string_view name) {
    std::ifstream in(directory.path / name);
    std::vector<std::string> found;
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
  };
  CHECK(lines("alerts.1").size() == 2);
  REQUIRE(lines("alerts.ndjson").size() == 1);
  CHECK(json::parse(lines("alerts.ndjson")[0]).as_object().at("state").as_string() == "resolved");
  CHECK((*sink)->counters().delivered == 3);
  settings.file.path = directory.path / "no" / "such";
  CHECK_FALSE(make_sink(settings, outbox));
}

TEST_CASE("a full disk is counted and the next line starts on its own", "[collector][sink]") {
  if (!std::filesystem::exists("/dev/full")) return;
  MemoryOutbox outbox;
  SinkConfig settings{.name = "log", .kind = "file"};
  settings.file.path = "/dev/full";
  auto const sink = make_sink(settings, outbox);
  REQUIRE(sink);
  (*sink)->send(alert());
  CHECK((*sink)->counters().given_up == 1);
  CHECK((*sink)->counters().failed_tries == 1);
}

TEST_CASE("sinks are read from YAML, and every fault has its place", "[collector][sink]") {
  auto const good = yaml::parse(R"(name: soc
kind: webhook
url: https://hooks.example/x
format: alertmanager
secrets: [/run/a, "credential:b"]
min_severity: elevated
group_wait: 30s
)",
                                "sinks.yml");
  REQUIRE(good);
  yaml::Errors none("sinks.yml");
  SinkConfig read;
  CHECK(read_sink(*good, read, none));
  CHECK(read.webhook.format == WebhookFormat::alertmanager);
  CHECK(read.webhook.secrets.size() == 2);
  CHECK(read.webhook.group_wait == 30s);
  CHECK(read.min_severity == "elevated");
  auto const bad = yaml::parse("name: soc\nkind: webhook\nurl: ftp://x\ntimout: 3s\n", "sinks.yml");
  yaml::Errors errors("sinks.yml");
  CHECK_FALSE(read_sink(*bad, read, errors));
  CHECK_THAT(errors.refusal().text, Catch::Contains("sinks.yml:3:6: \"ftp://x\"") && Catch::Contains("sinks.yml:4:1:"));
  auto const pigeon = yaml::parse("{name: x, kind: pigeon}", "sinks.yml");
  yaml::Errors unknown("sinks.yml");
  CHECK_FALSE(read_sink(*pigeon, read, unknown));
  CHECK_THAT(unknown.refusal().text, Catch::Contains("one of: webhook, file"));
}
