#include "agent/run.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <vector>

#include "agent/asset/vendors.hpp"
#include "agent/config.hpp"
#include "agent/rule/rule_source.hpp"
#include "agent/sandbox.hpp"
#include "agent/ship/shipper.hpp"
#include "agent/watch.hpp"
#include "common/service/service.hpp"
#include "common/version.hpp"

namespace greywatch::agent {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto baseline_interval = std::chrono::hours{1};
constexpr auto stuck_after = std::chrono::seconds{20};

std::vector<std::filesystem::path> readable_paths(Config const& config) {
  // The resolver, the time zone, TLS configuration, late-loaded libraries, and the interfaces' counters.
  std::vector<std::filesystem::path> paths{"/etc",  "/usr",           "/lib",        "/lib64", "/run/systemd/resolve",
                                           "/proc", "/sys/class/net", "/sys/devices"};
  if (config.collector)
    for (auto const& file :
         {config.collector->files.certificate, config.collector->files.key, config.collector->files.authority})
      paths.push_back(std::filesystem::absolute(file).parent_path());
  return paths;
}

/// What heartbeats tell the collector.
std::vector<link::Health> health_of(std::vector<WatchCounters> const& watches) {
  std::vector<link::Health> health;
  for (auto const& watch : watches) {
    std::string prefix = "capture." + watch.interface + ".";
    for (char& c : prefix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    health.push_back({prefix + "packets", static_cast<double>(watch.packets)});
    health.push_back({prefix + "kernel_dropped", static_cast<double>(watch.live.kernel_dropped)});
    health.push_back({prefix + "malformed", static_cast<double>(watch.dissection.malformed())});
    health.push_back({prefix + "flows", static_cast<double>(watch.network.flows_live)});
  }
  return health;
}

/// The agent while it runs: all watches, and the way out.
class Service {
 public:
  explicit Service(Config const& config) : config_(config) {}
  Service(Service const&) = delete;
  Service& operator=(Service const&) = delete;

  int run() {
    if (int const status = open(); status != 0) return status;
    shipper_->start();
    if (config_.metrics)
      metrics_ = std::make_unique<MetricsEndpoint>(
          *config_.metrics, [this] { return AgentCounters{latest(), shipper_->counters(), packs()}; });
    for (auto& watch : watches_) watch->start();
    service::notify("READY=1");
    spdlog::info("agent {} {} watches {} interface(s)", config_.node, version, watches_.size());
    int const status = attend();
    service::notify("STOPPING=1");
    return status;
  }

  ~Service() {
    for (auto& watch : watches_) watch->stop();
    metrics_.reset();
    if (shipper_) shipper_->stop();
  }

 private:
  int open() {
    std::error_code error;
    std::filesystem::create_directories(config_.state, error);
    if (error) return refused(fmt::format("{}: cannot be made: {}", config_.state.string(), error.message()));
    if (config_.assets) load_vendors();
    std::vector<LiveCapture> captures;
    SandboxOptions sandbox{.writable = {config_.state}, .readable = readable_paths(config_), .capture_descriptors = {}};
    for (auto const& options : config_.capture) {
      auto capture = LiveCapture::open(options);
      if (!capture) return refused(capture.error().text);
      sandbox.capture_descriptors.push_back(capture->descriptor());
      captures.push_back(std::move(*capture));
    }
    std::optional<RuleFiles> rules;
    if (config_.rules_from) {
      auto loaded = load_rules(*config_.rules_from, config_.collector ? config_.collector->files.authority : "");
      if (!loaded) return refused("rules: " + loaded.error().text);
      rules.emplace(std::move(*loaded));
    }
    for (auto const& missed : enter_sandbox(sandbox)) spdlog::warn("sandbox: {}", missed);
    ShipOptions ship;
    ship.spool.directory = config_.state / "spool";
    ship.spool.max_octets = config_.spool_octets;
    ship.uplink.node = config_.node;
    ship.uplink.version = version;
    ship.dial = config_.collector.has_value();
    if (config_.collector) {
      ship.uplink.collector = config_.collector->address;
      ship.uplink.files = config_.collector->files;
    }
    if (config_.rules && !config_.rules_from && config_.collector) {
      keeper_ = std::make_unique<PackKeeper>(config_.state / "rules.pack", config_.collector->files.authority);
      rules = keeper_->load();
      ship.uplink.rules_version = [this] { return keeper_->version(); };
      ship.uplink.take_rules = [this](std::string&& pack) {
        if (auto const taken = keeper_->take(pack)) use(*taken);
      };
    }
    auto shipper = Shipper::open(std::move(ship));
    if (!shipper) return refused(shipper.error().text);
    shipper_ = std::move(*shipper);
    for (std::size_t i = 0; i < captures.size(); ++i) {
      auto watch =
          Watch::make(std::move(captures[i]), config_.capture[i].interface, config_, vendors_ ? &*vendors_ : nullptr,
                      [this](Finding&& finding) { return shipper_->offer(std::move(finding)); });
      if (!watch) return refused(watch.error().text);
      watches_.push_back(std::move(*watch));
    }
    if (rules) use(*rules);
    return 0;
  }

  /// Each thread gets a set of its own: matching uses its memory. Called before the threads begin, then on the io
  /// thread.
  void use(RuleFiles const& rules) {
    for (auto& watch : watches_) watch->use_rules(rules.compile(), rules.version);
  }

  PackCounters packs() const { return keeper_ ? keeper_->counters() : PackCounters{}; }

  /// Before the sandbox, which has no such files.
  void load_vendors() {
    if (auto loaded = Vendors::load())
      vendors_.emplace(std::move(*loaded));
    else
      spdlog::info("MAC addresses of assets get no vendor: {}", loaded.error().text);
  }

  /// Until told to stop, or until an interface fails.
  int attend() {
    auto saved = Clock::now();
    while (true) {
      auto const event = service::Signals::wait(std::chrono::seconds{1});
      if (event == service::Signals::Event::stop) return 0;
      bool const save = Clock::now() - saved >= baseline_interval;
      if (save) saved = Clock::now();
      bool stuck = false;
      for (auto& watch : watches_) {
        if (auto const failure = watch->failure()) return refused(failure->text);
        stuck |= Clock::now() - watch->alive() > stuck_after;
        watch->poll(save);
      }
      // A line that does not move must be seen: the watchdog then restarts the service.
      if (!stuck) service::notify("WATCHDOG=1");
      report(latest());
    }
  }

  void report(std::vector<WatchCounters> const& watches) {
    double coverage = 0;
    std::uint64_t packets = 0;
    for (auto const& watch : watches) {
      coverage += watch.coverage / static_cast<double>(watches.size());
      packets += watch.packets;
    }
    auto health = health_of(watches);
    auto const kept = packs();
    health.push_back({"rules.version", static_cast<double>(kept.version)});
    health.push_back({"rules.refused", static_cast<double>(kept.refused)});
    health.push_back({"rules.loaded", watches.empty() ? 0 : static_cast<double>(watches.front().rules.rules)});
    shipper_->set_health(std::move(health), coverage);
    auto const ship = shipper_->counters();
    service::notify(fmt::format("STATUS={} packets, {} findings wait, {}", packets, ship.spool.waiting,
                                !config_.collector            ? "no collector configured"
                                : ship.uplink.connected       ? "collector linked"
                                : ship.uplink.trouble.empty() ? "linking"
                                                              : ship.uplink.trouble));
  }

  std::vector<WatchCounters> latest() const {
    std::vector<WatchCounters> all;
    for (auto const& watch : watches_) all.push_back(watch->counters());
    return all;
  }

  static int refused(std::string const& text) {
    spdlog::error("{}", text);
    return 1;
  }

  Config const& config_;
  std::optional<Vendors> vendors_;
  // The captures close last: the sandbox ends a process that writes to their descriptors, whoever has them then.
  std::vector<std::unique_ptr<Watch>> watches_;
  std::unique_ptr<PackKeeper> keeper_;
  std::unique_ptr<Shipper> shipper_;
  std::unique_ptr<MetricsEndpoint> metrics_;
};

}  // namespace

int run(std::filesystem::path const& config_file) {
  auto const config = load_config(config_file);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().text);
    return 1;
  }
  service::log_to_stderr(config->log);
  service::Signals::block();
  return Service(*config).run();
}

}  // namespace greywatch::agent
