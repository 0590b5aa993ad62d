#include "collector/config.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using namespace std::chrono_literals;
using greywatch::test::Scratch;

namespace {

std::vector<std::string> complaints(std::string_view text) {
  auto const config = parse_config(text, "c.yaml");
  std::vector<std::string> lines;
  if (config) return lines;
  std::string_view rest = config.error().text;
  while (!rest.empty()) {
    auto const end = rest.find('\n');
    lines.emplace_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return lines;
}

}  // namespace

TEST_CASE("a short configuration is filled with defaults; relative paths start at its folder", "[collector][config]") {
  auto const config = parse_config(
      "inventory: inventory.yaml\nstore: {file: data/c.db}\n"
      "ingest: {certificate: a/c.crt, key: a/c.key, authority: a/ca.crt}\n",
      "/etc/greywatch/collector.yaml");
  REQUIRE(config);
  CHECK(config->inventory == "/etc/greywatch/inventory.yaml");
  CHECK(config->store.file == "/etc/greywatch/data/c.db");
  CHECK(to_string(config->web.address) == "127.0.0.1");
  CHECK(config->web.port == 9464);
  CHECK(config->line.engine.clock == TickClock::wall);
  CHECK(config->log == service::LogLevel::info);
  CHECK_FALSE(config->line.engine.nodes.enabled);
}

TEST_CASE("every key takes effect", "[collector][config]") {
  auto const config = parse_config(
      "inventory: /i.yaml\nrules: /rules\ncontext: /context.ndjson\ncontext_folder: /told\nlog: warning\n"
      "store: {file: /c.db, keep_findings: 30d, keep_scores: 60d, max_size: 2GiB, queue: 5000, check_below: 1MiB}\n"
      "web: {listen: '0.0.0.0:443', certificate: /c.pem, key: /k.pem, token_file: /t, hosts: [a.example], connections: "
      "9}\n"
      "ingest: {listen: '192.0.2.1:99', certificate: /i.crt, key: /i.key, authority: /ca.crt, revoked: /revoked, "
      "connections: 5, agents: 6, buffer: 5MiB, heartbeat: 7s, window: 8}\n"
      "sinks: [{name: log, kind: file, path: /alerts.ndjson}]\n"
      "alerts: {watch: 10, elevated: 20, alert: 30, hysteresis: 4, hold: 2h, repeat: 5h, operators: 6, families: 7, "
      "evalue_log10: 8, per_day: 9, burst: 10, nodes: {fdr: 0.2, looks: 50, half_life: 10d, refractory: 1h, quiet: 2h, "
      "node_per_day: 3, node_burst: 4, region_per_day: 5, region_burst: 6, severity: elevated}}\n"
      "scoring: {clock: event, lateness: 1m, silence_after: 2m, snapshot_every: 3m}\n",
      "c.yaml");
  REQUIRE(config);
  CHECK(config->rules == "/rules");
  CHECK(config->context == "/context.ndjson");
  CHECK(config->context_folder == "/told");
  CHECK(config->log == service::LogLevel::warning);
  CHECK(config->store.keep_findings == 24h * 30);
  CHECK(config->store.keep_scores == 24h * 60);
  CHECK(config->store.max_octets == 2ULL << 30);
  CHECK(config->store.queue_findings == 5000);
  CHECK(config->store.check_below == 1 << 20);
  CHECK(config->web.port == 443);
  CHECK(config->web.token == "/t");
  CHECK(config->web.hosts == std::vector<std::string>{"a.example"});
  CHECK(config->web.connections == 9);
  CHECK(config->ingest.address == "192.0.2.1");
  CHECK(config->ingest.port == 99);
  CHECK(config->ingest.files.authority == "/ca.crt");
  CHECK(config->ingest.revoked == "/revoked");
  CHECK(config->ingest.max_connections == 5);
  CHECK(config->ingest.max_agents == 6);
  CHECK(config->ingest.max_buffered_octets == 5 << 20);
  CHECK(config->ingest.heartbeat == 7s);
  CHECK(config->ingest.window == 8);
  REQUIRE(config->sinks.size() == 1);
  CHECK(config->sinks[0].name == "log");
  auto const& engine = config->line.engine;
  CHECK(engine.policy.watch == 10);
  CHECK(engine.policy.elevated == 20);
  CHECK(engine.policy.alert == 30);
  CHECK(engine.policy.hysteresis == 4);
  CHECK(engine.policy.hold == 2h);
  CHECK(engine.policy.repeat == 5h);
  CHECK(engine.policy.operators == 6);
  CHECK(engine.policy.families == 7);
  CHECK(engine.policy.evalue_log10 == 8);
  CHECK(config->line.engine.policy.budget.per_day == 9);
  CHECK(config->line.engine.policy.budget.burst == 10);
  auto const& nodes = config->line.engine.nodes;
  CHECK(nodes.enabled);
  CHECK(nodes.fdr == 0.2);
  CHECK(nodes.looks == 50);
  CHECK(nodes.half_life == 24h * 10);
  CHECK(nodes.refractory == 1h);
  CHECK(nodes.quiet == 2h);
  CHECK(nodes.node.per_day == 3);
  CHECK(nodes.node.burst == 4);
  CHECK(nodes.region.per_day == 5);
  CHECK(nodes.region.burst == 6);
  CHECK(nodes.severity == "elevated");
  CHECK(engine.clock == TickClock::event);
  CHECK(engine.score.lateness == 1min);
  CHECK(config->line.silence_after == 2min);
  CHECK(config->line.snapshot_every == 3min);
}

TEST_CASE("the configuration that is shipped is accepted", "[collector][config]") {
  std::ifstream file("systemd/collector.yaml");
  std::string const text((std::istreambuf_iterator<char>(file)), {});
  auto const config = parse_config(text, "/etc/greywatch/collector.yaml");
  REQUIRE(config);
  CHECK(config->ingest.port == 7443);
  CHECK(config->ingest.files.certificate == "/etc/greywatch/authority/collector.crt");
}

TEST_CASE("every error of a configuration is told with its place", "[collector][config]") {
  CHECK(complaints("invntory: x\nstore:\n  file: c.db\n  keep_findings: 1h\n  max_size: 1MiB\nweb:\n  listen: "
                   "0.0.0.0:80\n  key: k.pem\n"
                   "scoring: {clock: sun}\nlog: 3\n"
                   "sinks:\n  - {name: a, kind: pigeon}\n  - {name: b, kind: file, path: /x}\n  - {name: b, kind: "
                   "file, path: /y}\n"
                   "alerts: {watch: 60}\ningest: {certificate: c.crt, key: c.key}\n") ==
        std::vector<std::string>{
            "c.yaml:1:1: \"inventory\" is missing",
            "c.yaml:1:1: unknown key \"invntory\"; did you mean \"inventory\"?",
            "c.yaml:4:18: \"1h\" is not between 7d and 10000d",
            "c.yaml:5:13: \"1MiB\" is not between 64MiB and 64TiB",
            "c.yaml:7:11: 0.0.0.0 can be reached from outside: set certificate, key and token_file, or listen on "
            "127.0.0.1",
            "c.yaml:8:3: certificate and key go together: set both or none",
            "c.yaml:9:18: \"sun\" is none of: wall, event",
            "c.yaml:10:6: \"3\" is none of: debug, info, warning, error",
            "c.yaml:12:21: \"pigeon\" is no kind of sink; one of: webhook, file",
            "c.yaml:14:5: a second sink is called \"b\"",
            "c.yaml:15:9: watch must lie below elevated, and elevated below alert",
            "c.yaml:16:9: \"authority\" is missing",
        });
  CHECK(complaints("") == std::vector<std::string>{"c.yaml:1:1: expected a mapping, found nothing"});
  CHECK(complaints("inventory: [\n").front().starts_with("c.yaml:2:1: "));
}

TEST_CASE("files that a configuration names must be there when it is loaded", "[collector][config]") {
  Scratch const scratch;
  auto const file = scratch / "c.yaml";
  std::ofstream(file) << "inventory: no.yaml\nrules: c.yaml\nstore: {file: none/c.db}\n"
                      << "ingest: {certificate: c.yaml, key: c.yaml, authority: c.yaml}\n";
  auto const at = file.string();
  CHECK(load_config(file).error().text ==
        at + ":1:12: \"no.yaml\" cannot be read: No such file or directory\n" + at + ":2:8: \"c.yaml\" is no folder\n" +
            at + ":3:15: \"none/c.db\" is in a folder that does not exist: " + (scratch / "none").string());
}
