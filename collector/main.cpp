#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "collector/context_command.hpp"
#include "collector/enroll.hpp"
#include "collector/export.hpp"
#include "collector/packer.hpp"
#include "collector/replay.hpp"
#include "collector/rules_command.hpp"
#include "collector/run.hpp"
#include "collector/status.hpp"
#include "common/version.hpp"

namespace {

using namespace greywatch;
using namespace greywatch::collector;

constexpr int done = 0, refused = 1, usage = 2;  // DESIGN 3.1

int refuse_with(Refusal const& why) {
  fmt::print(stderr, "{}\n", why.text);
  return refused;
}

struct EnrollArguments {
  EnrollOptions options;
  std::filesystem::path config;
  std::vector<std::string> nodes;
};

/// The configuration is read without asking for the files it names: the first call makes them.
Result<std::filesystem::path, Refusal> authority_directory(EnrollArguments const& arguments) {
  if (!arguments.options.directory.empty()) return arguments.options.directory;
  auto const config = load_config(arguments.config, false);
  if (!config) return std::unexpected(config.error());
  return config->ingest.files.authority.parent_path();
}

int enroll_nodes(EnrollArguments arguments) {
  auto const directory = authority_directory(arguments);
  if (!directory) return refuse_with(directory.error());
  arguments.options.directory = *directory;
  for (auto const& node : arguments.nodes) {
    auto const enrolled = enroll(arguments.options, node);
    if (!enrolled) return refuse_with(enrolled.error());
    if (enrolled->made_authority) fmt::print("made the authority in {}; keep ca.key safe\n", directory->string());
    if (enrolled->made_collector)
      fmt::print("made the collector's own certificate for {}\n", fmt::join(arguments.options.collector_names, ", "));
    if (enrolled->made_rules) fmt::print("made the key that signs rule packs\n");
    fmt::print("{}: enrolled, serial {}, valid until {}; copy to the node, readable by its agent only:\n",
               enrolled->node, enrolled->serial, to_rfc3339(enrolled->expires).substr(0, 10));
    for (auto const& file : enrolled->files) fmt::print("  {} -> {}\n", file.from.string(), file.to.string());
  }
  return done;
}

/// A pack to carry by hand or to replay with. Its version comes from the clock, so it is newer than what agents have.
int write_pack(std::filesystem::path const& config_file, std::filesystem::path const& file) {
  auto const config = load_config(config_file, false);
  if (!config) return refuse_with(config.error());
  auto options = pack_options(*config);
  options.kept = file;
  std::vector<std::string> told;
  auto const now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  auto const pack = make_pack(options, now, told);
  for (auto const& line : told) fmt::print(stderr, "{}\n", line);
  if (!pack) return refuse_with(pack.error());
  if (!*pack) return refuse_with({fmt::format("{}: holds no rule of category observation", config->rules.string())});
  fmt::print("{}: version {}, {} octets\n", file.string(), (*pack)->version, (*pack)->octets.size());
  return done;
}

/// An RFC 3339 time as a check of the command line.
CLI::Validator rfc3339() {
  return {[](std::string& text) {
            auto const time = parse_rfc3339(text);
            return time ? std::string() : time.error().text;
          },
          "RFC3339"};
}
std::optional<Time> time_of(std::string const& text) {
  if (text.empty()) return std::nullopt;
  return parse_rfc3339(text).value();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"greywatch collector: fuses what agents find into one explained score"};
  app.set_version_flag("--version", std::string(version));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  std::filesystem::path config;
  auto* const run_command = app.add_subcommand("run", "the service: ingest, store, score, alert, serve metrics");
  run_command->add_option("--config", config, "configuration file")->required();
  auto* const check_command =
      app.add_subcommand("check", "validate a configuration; every error as file:line:column: text");
  check_command->add_option("--config", config, "configuration file")->required();

  ReplayOptions replaying;
  auto* const replay_command =
      app.add_subcommand("replay", "the scoring line alone over recorded findings, on event time");
  replay_command->add_option("--inventory", replaying.inventory, "the fleet")->required();
  replay_command->add_option("--context", replaying.context, "declared causes, NDJSON");
  replay_command->add_option("--rules", replaying.rules, "folder of rules; without it findings are scored as they are");
  replay_command->add_option("--emit", replaying.emit, "scores, alerts or indicators")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ReplayEmit>{{"scores", ReplayEmit::scores},
                                                                            {"alerts", ReplayEmit::alerts},
                                                                            {"indicators", ReplayEmit::indicators}})
                      .description(""))
      ->default_str("scores");
  replay_command->add_option("FINDINGS", replaying.findings, "findings, NDJSON; \"-\" is standard input")->required();

  std::filesystem::path rules;
  auto* const rules_command = app.add_subcommand("rules", "check, test, list or map the rules of a folder");
  rules_command->require_subcommand(1);
  auto* const rules_check_command =
      rules_command->add_subcommand("check", "load all rules; refusals as file:line:column: text");
  auto* const rules_test_command = rules_command->add_subcommand("test", "run the examples of all rules");
  auto* const rules_list_command = rules_command->add_subcommand("list", "a table of all rules");
  auto* const rules_navigator_command =
      rules_command->add_subcommand("navigator", "a layer for the ATT&CK Navigator: which techniques rules cover");
  for (auto* const command : {rules_check_command, rules_test_command, rules_list_command, rules_navigator_command})
    command->add_option("DIR", rules, "folder of rules")->required();

  std::filesystem::path pack_config = "/etc/greywatch/collector.yaml", pack_file;
  auto* const rules_pack_command =
      rules_command->add_subcommand("pack", "sign the observation rules of the configured folder, as agents get them");
  rules_pack_command->add_option("--config", pack_config, "names rules and the key that signs")->capture_default_str();
  rules_pack_command->add_option("FILE", pack_file, "where the pack goes")->required();

  EnrollArguments enrolling{.config = "/etc/greywatch/collector.yaml"};
  auto* const enroll_command =
      app.add_subcommand("enroll", "issue certificates for nodes; the first call makes the authority");
  enroll_command->add_option("NODE", enrolling.nodes, "names of nodes as in the inventory")->required();
  enroll_command->add_option("--config", enrolling.config, "the authority lies where ingest.authority says")
      ->capture_default_str();
  enroll_command->add_option("--directory", enrolling.options.directory, "folder of the authority instead");
  enroll_command
      ->add_option("--dns", enrolling.options.collector_names,
                   "names and addresses of the collector that agents dial (first call)")
      ->allow_extra_args(false);
  enroll_command->add_flag("--force", enrolling.options.force, "replace a certificate that is there");

  StatusOptions asking;
  auto* const status_command = app.add_subcommand("status", "ask a running collector");
  status_command->add_option("--url", asking.url, "its address")->capture_default_str();
  status_command->add_option("--token-file", asking.token, "file with the bearer token")->check(CLI::ExistingFile);
  status_command->add_option("--authority", asking.authority, "certificates to trust for https, PEM")
      ->check(CLI::ExistingFile);

  std::string table, since, until;
  std::filesystem::path store, export_config = "/etc/greywatch/collector.yaml";
  auto* const export_command = app.add_subcommand("export", "what the store has, as NDJSON");
  export_command->add_option("TABLE", table, "findings, indicators, context, scores or alerts")
      ->required()
      ->check(CLI::IsMember({"findings", "indicators", "context", "scores", "alerts"}));
  export_command->add_option("--config", export_config, "the store lies where store.file says")->capture_default_str();
  export_command->add_option("--store", store, "the store's file instead");
  export_command->add_option("--since", since, "event time, inclusive")->check(rfc3339());
  export_command->add_option("--until", until, "event time, inclusive")->check(rfc3339());

  ContextAddOptions declaring{.config = "/etc/greywatch/collector.yaml"};
  std::filesystem::path listed = "/etc/greywatch/collector.yaml";
  bool standing = false;
  auto* const context_command =
      app.add_subcommand("context", "declared causes: maintenance, storms, roll-outs, crises and their like");
  context_command->require_subcommand(1);
  auto* const add_command = context_command->add_subcommand("add", "tell a running collector");
  add_command->add_option("--config", declaring.config, "of the running collector")->capture_default_str();
  add_command->add_option("FILE", declaring.files, "causes as NDJSON; \"-\" is standard input");
  add_command->add_option("--kind", declaring.kind,
                          "maintenance, weather, rollout, scan_wave, market_stress, crisis or exercise");
  add_command->add_option("--group", declaring.group,
                          "fleet, or region:NAME, operator:NAME, vendor:NAME, carrier:NAME, sector:NAME, "
                          "clock_domain:NAME, node:NAME");
  add_command->add_option("--start", declaring.start, "when it begins; now if left out")->check(rfc3339());
  add_command->add_option("--end", declaring.end, "when it ends")->check(rfc3339());
  add_command->add_option("--classes", declaring.classes, "what it explains; all classes if left out")->delimiter(',');
  add_command->add_option("--index", declaring.index, "stress from 0 to 1, of market_stress and crisis");
  add_command->add_option("--source", declaring.source, "who says so; the user who types if left out");
  auto* const list_command = context_command->add_subcommand("list", "what was declared, as NDJSON");
  list_command->add_option("--config", listed, "the store lies where store.file says")->capture_default_str();
  list_command->add_flag("--standing", standing, "only what is not over");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? done : usage;
  }
  if (*run_command) return run(config);
  if (*check_command) return check(config);
  if (*replay_command) return replay(replaying, std::cout, std::cerr);
  if (*rules_check_command) return rules_check(rules, std::cout, std::cerr);
  if (*rules_test_command) return rules_test(rules, std::cout, std::cerr);
  if (*rules_navigator_command) return rules_navigator(rules, std::cout, std::cerr);
  if (*rules_list_command) return rules_list(rules, std::cout, std::cerr);
  if (*rules_pack_command) return write_pack(pack_config, pack_file);
  if (*enroll_command) return enroll_nodes(std::move(enrolling));
  if (*add_command) return context_add(declaring, std::cin, std::cout, std::cerr);
  if (*list_command) return context_list(listed, standing, std::cout, std::cerr);
  if (*status_command) return status(asking, std::cout, std::cerr);
  if (store.empty()) {
    auto const loaded = load_config(export_config, false);
    if (!loaded) return refuse_with(loaded.error());
    store = loaded->store.file;
  }
  return export_table(store, table, time_of(since), time_of(until), std::cout, std::cerr);
}
