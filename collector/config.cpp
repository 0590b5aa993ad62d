#include "collector/config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/version.hpp"

namespace greywatch::collector {

namespace {

using namespace std::chrono_literals;
using yaml::Mapping;
using yaml::Size;

constexpr Duration day = 24h;

/// Takes the sections one by one; errors gather in the mapping's.
class ConfigReader {
 public:
  ConfigReader(yaml::Node const& root, yaml::Errors& errors, bool files)
      : top_(root, errors), errors_(errors), files_(files) {}

  Config read() {
    config_.file = errors_.file();
    path(top_, "inventory", config_.inventory, Existing::file, true);
    path(top_, "rules", config_.rules, Existing::folder);
    if (std::filesystem::path context; path(top_, "context", context, Existing::file)) config_.context = context;
    if (std::filesystem::path folder; path(top_, "context_folder", folder, Existing::folder))
      config_.context_folder = folder;
    top_.mapping("store", [this](Mapping& section) { store(section); }, true);
    top_.mapping("ingest", [this](Mapping& section) { ingest(section); }, true);
    sinks();
    top_.mapping("alerts", [this](Mapping& section) { alerts(section); });
    top_.mapping("web", [this](Mapping& section) { web(section); });
    top_.mapping("scoring", [this](Mapping& section) { scoring(section); });
    top_.choice("log", config_.log, service::log_levels);
    top_.finish();
    return std::move(config_);
  }

 private:
  enum class Existing { none, file, folder };

  /// A path, relative ones from the folder of the configuration file.
  bool path(Mapping& section, std::string_view key, std::filesystem::path& into, Existing existing, bool must = false) {
    std::filesystem::path value;
    if (!(must ? section.required(key, value) : section.optional(key, value))) return false;
    into = errors_.file().parent_path() / value;
    if (!files_ || existing == Existing::none) return true;
    std::error_code ignored;
    bool const folder = std::filesystem::is_directory(into, ignored);
    if (::access(into.c_str(), R_OK) != 0)
      section.error(*section.find(key), fmt::format("cannot be read: {}", std::strerror(errno)));
    else if (folder != (existing == Existing::folder))
      section.error(*section.find(key), existing == Existing::folder ? "is no folder" : "is a folder");
    return true;
  }

  void store(Mapping& section) {
    auto& store = config_.store;
    if (path(section, "file", store.file, Existing::none, true) && files_) {
      std::error_code ignored;
      if (auto const folder = store.file.parent_path(); !std::filesystem::is_directory(folder, ignored))
        section.error(*section.find("file"), fmt::format("is in a folder that does not exist: {}", folder.string()));
    }
    section.optional("keep_findings", store.keep_findings, {7 * day, 10'000 * day});
    section.optional("keep_scores", store.keep_scores, {7 * day, 10'000 * day});
    if (Size most; section.optional("max_size", most, {Size{64 << 20}, Size{1ULL << 46}}))
      store.max_octets = most.octets;
    section.optional<std::size_t>("queue", store.queue_findings, {1'000, 10'000'000});
    if (Size below; section.optional("check_below", below)) store.check_below = below.octets;
  }

  void web(Mapping& section) {
    auto& web = config_.web;
    if (yaml::SocketAddress listen; section.optional("listen", listen)) {
      web.address = listen.ip;
      web.port = listen.port;
    }
    bool const certificate = path(section, "certificate", web.certificate, Existing::file);
    bool const key = path(section, "key", web.key, Existing::file);
    bool const token = path(section, "token_file", web.token, Existing::file);
    if (certificate != key)
      errors_.add(section.where(certificate ? "certificate" : "key"),
                  "certificate and key go together: set both or none");
    if (auto const fault = exposure_fault(web.address, certificate && key, token))
      errors_.add(section.find("listen") ? section.find("listen")->at : section.node().at, *fault);
    section.optional("hosts", web.hosts);
    section.optional<std::size_t>("connections", web.connections, {4, 10'000});
  }

  void ingest(Mapping& section) {
    auto& ingest = config_.ingest;
    ingest.version = version;
    if (yaml::SocketAddress listen; section.optional("listen", listen)) {
      ingest.address = to_string(listen.ip);
      ingest.port = listen.port;
    }
    path(section, "certificate", ingest.files.certificate, Existing::file, true);
    path(section, "key", ingest.files.key, Existing::file, true);
    path(section, "authority", ingest.files.authority, Existing::file, true);
    path(section, "revoked", ingest.revoked, Existing::file);
    // Where `enroll` puts them; without them agents get no rules.
    config_.rules_key = ingest.files.authority.parent_path() / "rules.key";
    config_.rules_certificate = ingest.files.authority.parent_path() / "rules.crt";
    bool const rules_key = path(section, "rules_key", config_.rules_key, Existing::file);
    if (rules_key != path(section, "rules_certificate", config_.rules_certificate, Existing::file))
      errors_.add(section.where(rules_key ? "rules_key" : "rules_certificate"),
                  "rules_key and rules_certificate go together: set both or none");
    section.optional<std::size_t>("connections", ingest.max_connections, {1, 100'000});
    section.optional<std::size_t>("agents", ingest.max_agents, {1, 100'000});
    if (Size most; section.optional("buffer", most, {Size{4 << 20}, Size{8ULL << 30}}))
      ingest.max_buffered_octets = most.octets;
    if (Duration every{}; section.optional("heartbeat", every, {Duration{1s}, Duration{10min}}))
      ingest.heartbeat = std::chrono::duration_cast<std::chrono::milliseconds>(every);
    section.optional<std::uint32_t>("window", ingest.window, {1, 64});
  }

  void sinks() {
    top_.list("sinks", [this](yaml::Node const& node) {
      SinkConfig sink;
      if (!read_sink(node, sink, errors_)) return;
      for (auto const& other : config_.sinks)
        if (other.name == sink.name) errors_.add(node.at, fmt::format("a second sink is called \"{}\"", sink.name));
      config_.sinks.push_back(std::move(sink));
    });
  }

  void alerts(Mapping& section) {
    auto& policy = config_.line.engine.policy;
    yaml::Range<double> const points{1, 100};
    section.optional("watch", policy.watch, points);
    section.optional("elevated", policy.elevated, points);
    section.optional("alert", policy.alert, points);
    if (!(policy.watch < policy.elevated && policy.elevated < policy.alert))
      errors_.add(section.node().at, "watch must lie below elevated, and elevated below alert");
    section.optional("hysteresis", policy.hysteresis, {0, 50});
    section.optional("hold", policy.hold, {Duration{0s}, 30 * day});
    section.optional("repeat", policy.repeat, {Duration{1h}, 365 * day});
    section.optional<std::size_t>("operators", policy.operators, {1, 1'000});
    section.optional<std::size_t>("families", policy.families, {1, 100});
    section.optional("evalue_log10", policy.evalue_log10, {0.0, 100.0});
    allowance(section, "per_day", "burst", policy.budget);
    section.mapping("nodes", [this](Mapping& nodes) { node_alerts(nodes); });
  }

  /// A bucket that holds less than one token would never give any.
  static void allowance(Mapping& section, std::string_view per_day, std::string_view burst, Allowance& into) {
    section.optional(per_day, into.per_day, {0.0, 10'000.0});
    section.optional(burst, into.burst, {1.0, 10'000.0});
  }

  /// Without this section single nodes raise no alerts.
  void node_alerts(Mapping& section) {
    auto& nodes = config_.line.engine.nodes;
    nodes.enabled = true;
    section.optional("fdr", nodes.fdr, {0.0001, 0.5});
    section.optional("looks", nodes.looks, {1.0, 1e9});
    section.optional("half_life", nodes.half_life, {day, 365 * day});
    section.optional("refractory", nodes.refractory, {Duration{0s}, 30 * day});
    section.optional("quiet", nodes.quiet, {Duration{1min}, 365 * day});
    allowance(section, "node_per_day", "node_burst", nodes.node);
    allowance(section, "region_per_day", "region_burst", nodes.region);
    section.choice<std::string>("severity", nodes.severity,
                                {{"watch", "watch"}, {"elevated", "elevated"}, {"alert", "alert"}});
  }

  void scoring(Mapping& section) {
    auto& line = config_.line;
    section.choice<TickClock>("clock", line.engine.clock, {{"wall", TickClock::wall}, {"event", TickClock::event}});
    section.optional("lateness", line.engine.score.lateness, {Duration{0s}, Duration{24h}});
    section.optional("silence_after", line.silence_after, {Duration{10s}, Duration{7 * day}});
    section.optional("snapshot_every", line.snapshot_every, {Duration{1s}, Duration{24h}});
  }

  Config config_;
  Mapping top_;
  yaml::Errors& errors_;
  bool files_;
};

Result<Config, Refusal> read(Result<yaml::Node, Refusal> const& node, std::filesystem::path const& file, bool files) {
  if (!node) return std::unexpected(node.error());
  yaml::Errors errors(file);
  auto config = ConfigReader(*node, errors, files).read();
  if (!errors.empty()) return std::unexpected(errors.refusal());
  return config;
}

}  // namespace

Result<Config, Refusal> load_config(std::filesystem::path const& file, bool files) {
  return read(yaml::load(file), file, files);
}

Result<Config, Refusal> parse_config(std::string_view text, std::filesystem::path const& file, bool files) {
  return read(yaml::parse(text, file.string()), file, files);
}

}  // namespace greywatch::collector
