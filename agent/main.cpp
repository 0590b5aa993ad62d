#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "agent/config.hpp"
#include "agent/replay.hpp"
#include "agent/run.hpp"
#include "agent/spool_command.hpp"
#include "common/version.hpp"

namespace {

using namespace greywatch;
using namespace greywatch::agent;

constexpr int done = 0, refused = 1, usage = 2;  // DESIGN 3.1

int check(std::filesystem::path const& file) {
  auto const config = load_config(file);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().text);
    return refused;
  }
  fmt::print("{}: node {}, {} interface(s), {}\n", file.string(), config->node, config->capture.size(),
             config->collector
                 ? fmt::format("collector {}:{}", config->collector->address.host, config->collector->address.port)
                 : "no collector");
  return done;
}

std::string time_error(std::string const& text) {
  auto const time = parse_rfc3339(text);
  return time ? std::string() : time.error().text;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"greywatch agent: watches energy networks passively and streams what is odd"};
  app.set_version_flag("--version", std::string(version));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  std::filesystem::path config;
  auto* const run_command = app.add_subcommand("run", "the service: capture, detect, ship");
  run_command->add_option("--config", config, "configuration file")->required();

  auto* const check_command =
      app.add_subcommand("check", "validate a configuration; every error as file:line:column: text");
  check_command->add_option("--config", config, "configuration file")->required();

  auto* const spool_command = app.add_subcommand(
      "spool", "what waits for the collector while no agent runs, NDJSON on standard output; changes nothing");
  spool_command->add_option("--config", config, "configuration file")->required();

  ReplayOptions options;
  std::string learn_until;
  auto* const replay_command =
      app.add_subcommand("replay", "read captures as the service would, NDJSON on standard output");
  replay_command->add_option("--config", options.config, "take the node, detectors and bounds from this file");
  replay_command->add_option("--rules", options.rules,
                             "evaluate the observation rules of this folder, or of this pack (needs --config)");
  replay_command->add_option("--node", options.node, "name of the node (observer.name)");
  std::map<std::string, ReplayOptions::Emit> const emissions{{"findings", ReplayOptions::Emit::findings},
                                                             {"observations", ReplayOptions::Emit::observations},
                                                             {"assets", ReplayOptions::Emit::assets},
                                                             {"none", ReplayOptions::Emit::none}};
  std::string emit = "findings";
  replay_command->add_option("--emit", emit, "what to write")->check(CLI::IsMember(emissions))->capture_default_str();
  replay_command->add_option("--learn", options.learn, "attack-free capture to learn from first; may be repeated")
      ->allow_extra_args(false);
  replay_command
      ->add_option("--learn-until", learn_until, "learn from the captures themselves up to this RFC 3339 time")
      ->check(CLI::Validator([](std::string& text) { return time_error(text); }, ""));
  replay_command->add_option("--baseline", options.baseline, "begin with this baseline");
  replay_command->add_option("--save-baseline", options.save_baseline, "write the baseline here at the end");
  replay_command->add_flag("--stats", options.stats,
                           "one JSON object with counts and costs on standard error at the end");
  replay_command->add_option("CAPTURE", options.captures, ".pcap or .pcapng files; \"-\" is standard input")
      ->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? done : usage;
  }
  try {
    if (run_command->parsed()) return run(config);
    if (check_command->parsed()) return check(config);
    if (spool_command->parsed()) return list_waiting(config, stdout, stderr);
    options.emit = emissions.at(emit);
    if (!learn_until.empty()) options.learn_until = parse_rfc3339(learn_until).value();
    return replay(options, stdout, stderr);
  } catch (std::exception const& error) {
    fmt::print(stderr, "greywatch-agent: {}\n", error.what());
    return refused;
  }
}
