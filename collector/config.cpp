#include "collector/config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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
    top_.mapping("store", [this](Mapping& section) { store(section); }, true);
    top_.mapping("web", [this](Mapping& section) { web(section); });
    top_.mapping("scoring", [this](Mapping& section) { scoring(section); });
    top_.choice<LogLevel>("log", config_.log,
                          {{"debug", LogLevel::debug},
                           {"info", LogLevel::info},
                           {"warning", LogLevel::warning},
                           {"error", LogLevel::error}});
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

  void scoring(Mapping& section) {
    auto& line = config_.line;
    section.choice<TickClock>("clock", line.clock, {{"wall", TickClock::wall}, {"event", TickClock::event}});
    section.optional("lateness", line.lateness, {Duration{0s}, Duration{24h}});
    section.optional("silence_after", line.silence_after, {Duration{30s}, Duration{7 * day}});
    section.optional("correlation_memory", line.correlation_memory, {Duration{0s}, Duration{30 * day}});
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

Result<Config, Refusal> load_config(std::filesystem::path const& file) { return read(yaml::load(file), file, true); }

Result<Config, Refusal> parse_config(std::string_view text, std::filesystem::path const& file, bool files) {
  return read(yaml::parse(text, file.string()), file, files);
}

}  // namespace greywatch::collector
