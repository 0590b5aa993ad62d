#include "agent/watch.hpp"

#include <spdlog/spdlog.h>

namespace greywatch::agent {

namespace {

/// "eth1" stays as it is; odd characters of an interface's name do not reach a path.
std::string file_name(std::string interface) {
  for (char& c : interface)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '_';
  return "baseline-" + interface;
}

}  // namespace

Watch::Watch(LiveCapture capture, std::string interface, PipelineOptions const& options,
             std::filesystem::path const& state, Offer offer)
    : capture_(std::move(capture)),
      interface_(std::move(interface)),
      baseline_(state / file_name(interface_)),
      offer_(std::move(offer)),
      pipeline_(options, *this),
      alive_(std::chrono::steady_clock::now()) {
  counters_.interface = interface_;
}

Result<std::unique_ptr<Watch>, Refusal> Watch::make(LiveCapture capture, std::string const& interface,
                                                    Config const& config, Vendors const* vendors, Offer offer) {
  auto options = pipeline_options(config);
  options.vendors = vendors;
  std::unique_ptr<Watch> watch(new Watch(std::move(capture), interface, options, config.state, std::move(offer)));
  if (std::filesystem::exists(watch->baseline_)) {
    if (auto const loaded = watch->pipeline_.load_baseline(watch->baseline_); !loaded) {
      // A damaged baseline must not keep a sensor from watching: it learns anew, and says so.
      spdlog::error("{}; learning starts again", loaded.error().text);
    } else {
      spdlog::info("interface {}: goes on with the baseline {}", interface, watch->baseline_.string());
    }
  }
  return watch;
}

Watch::~Watch() { stop(); }

void Watch::start() {
  thread_ = std::thread([this] { run(); });
}

void Watch::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Watch::run() {
  auto const ended = capture_.run(
      *this,
      [this](Time now) {
        pipeline_.idle(now);
        if (asked_.load(std::memory_order_relaxed)) answer();
      },
      stop_);
  save_baseline();
  answer();
  if (!ended) {
    std::lock_guard const lock(mutex_);
    failure_ = ended.error();
  }
}

void Watch::on_packet(Packet const& packet) {
  pipeline_.on_packet(packet);
  if (asked_.load(std::memory_order_relaxed)) [[unlikely]]
    answer();
}

void Watch::on_finding(Finding&& finding) {
  if (!offer_(std::move(finding))) ++refused_;
}

void Watch::poll(bool save) {
  if (save) save_ = true;
  asked_ = true;
}

void Watch::use_rules(rules::RuleSet set, std::uint64_t version) {
  {
    std::lock_guard const lock(mutex_);
    rules_ = std::make_unique<rules::RuleSet>(std::move(set));
    rules_version_ = version;
  }
  asked_ = true;
}

void Watch::answer() {
  asked_ = false;
  std::unique_ptr<rules::RuleSet> rules;
  std::uint64_t version = 0;
  {
    std::lock_guard const lock(mutex_);
    rules = std::move(rules_);
    version = rules_version_;
  }
  if (rules) pipeline_.use_rules(std::move(*rules), version);
  auto const live = capture_.counters();
  pipeline_.lost(live.kernel_dropped + live.interface_dropped);
  if (save_.exchange(false)) save_baseline();
  std::lock_guard const lock(mutex_);
  counters_.packets = pipeline_.packets();
  counters_.live = live;
  counters_.network = pipeline_.network();
  counters_.dissection = pipeline_.dissection();
  counters_.detection = pipeline_.detection();
  counters_.rules = pipeline_.rules();
  counters_.assets = pipeline_.assets();
  counters_.refused = refused_;
  counters_.coverage = pipeline_.coverage();
  alive_ = std::chrono::steady_clock::now();
}

void Watch::save_baseline() {
  if (auto const saved = pipeline_.save_baseline(baseline_); !saved) spdlog::error("{}", saved.error().text);
}

WatchCounters Watch::counters() const {
  std::lock_guard const lock(mutex_);
  return counters_;
}

std::chrono::steady_clock::time_point Watch::alive() const {
  std::lock_guard const lock(mutex_);
  return alive_;
}

std::optional<Refusal> Watch::failure() const {
  std::lock_guard const lock(mutex_);
  return failure_;
}

}  // namespace greywatch::agent
