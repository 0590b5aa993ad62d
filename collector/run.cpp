#include "collector/run.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <fstream>

#include "collector/context_folder.hpp"
#include "collector/exported.hpp"
#include "collector/intake.hpp"
#include "collector/line.hpp"
#include "collector/outbox.hpp"
#include "collector/packer.hpp"
#include "collector/roster.hpp"
#include "collector/silence.hpp"
#include "collector/views.hpp"
#include "common/service/service.hpp"
#include "common/version.hpp"

namespace greywatch::collector {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Time wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

Result<std::vector<ContextEntry>, Refusal> load_causes(std::filesystem::path const& file) {
  std::ifstream in(file);
  if (!in) return refuse(fmt::format("{}: cannot be read", file.string()));
  std::vector<ContextEntry> causes;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    auto cause = read_declared(line);
    if (!cause) return refuse(fmt::format("{}:{}:1: {}", file.string(), number, cause.error().text));
    causes.push_back(
        make_entry(std::move(*cause), wall_now(), fmt::format("file {}:{}", file.filename().string(), number)));
  }
  return causes;
}

/// Ingest's way into the store, and the line's wake-up.
class StoreQueue final : public CommitQueue {
 public:
  StoreQueue(Store& store, Line& line) : store_(store), line_(line) {}

  bool commit(IncomingBatch& batch, Done done) override {
    FindingBatch mine{.node = batch.node,
                      .epoch = batch.epoch,
                      .last_sequence = batch.last_sequence,
                      .received = batch.received,
                      .findings = std::move(batch.findings)};
    bool const taken = store_.commit(mine, [this, at = Clock::now(), done = std::move(done)](auto const& result) {
      if (result && result->inserted) line_.notify(at);
      done({.committed = result.has_value(),
            .inserted = result ? result->inserted : 0,
            .duplicates = result ? result->duplicates : 0});
    });
    if (!taken) batch.findings = std::move(mine.findings);
    return taken;
  }
  std::optional<std::uint64_t> position(std::string const& node, std::uint64_t epoch) const override {
    return store_.position(node, epoch);
  }

 private:
  Store& store_;
  Line& line_;
};

/// All parts of the running collector. Members end in the reverse order: first who asks, last who keeps.
class Service {
 public:
  explicit Service(Config config) : config_(std::move(config)), silence_(wall_now(), config_.line.silence_after) {}

  Result<void, Refusal> start() {
    auto parts = load_parts(config_);
    if (!parts) return std::unexpected(parts.error());
    auto store = Store::open(config_.store);
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    store_->on_transaction([this](double taken) { metrics_.transaction(taken); });
    auto for_outbox = reader(), for_line = reader(), for_roster = reader();
    if (!for_outbox) return std::unexpected(for_outbox.error());
    if (!for_line) return std::unexpected(for_line.error());
    if (!for_roster) return std::unexpected(for_roster.error());
    outbox_ = std::make_unique<StoreOutbox>(*store_, std::move(*for_outbox));
    for (auto const& config : config_.sinks) {
      auto sink = make_sink(config, *outbox_);
      if (!sink) return std::unexpected(sink.error());
      sinks_.push_back(std::move(*sink));
    }
    auto const most = config_.line.engine.score.max_declared;
    intake_ = std::make_unique<ContextIntake>(*store_, (*for_line)->causes(most), most, [this](auto causes) {
      if (line_) line_->declare(std::move(causes));
    });
    if (auto const taken = intake_->take(ContextWay::file, std::move(parts->causes)); !taken)
      return refuse(fmt::format("{}: {}", config_.context->string(), taken.error().text));
    std::vector<Declared> causes;
    for (auto& entry : (*for_line)->causes(most)) causes.push_back(std::move(entry.declared));
    LineOptions const options{.engine = config_.line.engine, .snapshot_every = config_.line.snapshot_every};
    line_ = std::make_unique<Line>(options, parts->inventory, std::move(parts->correlator), causes, *store_,
                                   std::move(*for_line), sinks_, metrics_);
    queue_ = std::make_unique<StoreQueue>(*store_, *line_);
    auto ingest = Ingest::open(config_.ingest, *queue_);
    if (!ingest) return std::unexpected(ingest.error());
    ingest_ = std::move(*ingest);
    roster_ = std::make_unique<Roster>(std::move(parts->inventory), config_.line.silence_after, ingest_.get(),
                                       std::move(*for_roster));
    views_ = std::make_unique<StoreViews>(config_.store.file, *roster_, *line_, metrics_, *intake_,
                                          [this] { return checks(); });
    if (config_.context_folder) {
      auto for_folder = reader();
      if (!for_folder) return std::unexpected(for_folder.error());
      folder_ = std::make_unique<ContextFolder>(*config_.context_folder, *intake_, std::move(*for_folder));
    }
    auto web = Server::start(config_.web, *views_);
    if (!web) return std::unexpected(web.error());
    web_ = std::move(*web);
    export_process(metrics_);
    export_line(metrics_, *line_);
    export_nodes(metrics_, *roster_);
    export_store(metrics_, *store_, *line_);
    export_ingest(metrics_, *ingest_);
    export_sinks(metrics_, sinks_);
    export_web(metrics_, *web_);
    export_context(metrics_, *intake_);
    line_->start();
    offer_rules();
    ingest_->start();
    started_ = true;
    spdlog::info("greywatch-collector {}: agents on {} port {}, http on {} port {}", version, config_.ingest.address,
                 ingest_->port(), to_string(config_.web.address), web_->port());
    return {};
  }

  /// Ends the parts in the order of the straight line, so that what was taken in is committed and scored or left for
  /// the next start.
  ~Service() {
    metrics_.remove_sources();
    web_.reset();
    if (ingest_) ingest_->stop();
    if (line_) line_->stop();
    sinks_.clear();
    if (store_) store_->stop();
  }

  bool alive() const { return line_->alive() && web_->listening(); }

  /// Once a second.
  void look() {
    if (folder_) folder_->look(wall_now());
    if (config_.line.engine.clock != TickClock::wall) return;
    auto const now = wall_now();
    for (auto& finding : silence_.look(roster_->nodes(now), now)) {
      spdlog::info("{}", finding.message);
      FindingBatch batch{.node = finding.node};
      batch.findings.push_back(std::move(finding));
      unsent_.push_back(std::move(batch));
    }
    // What the queue refuses waits here; the number of nodes bounds it.
    while (!unsent_.empty() && store_->commit(unsent_.front(), [this](auto const&) { line_->notify(Clock::now()); }))
      unsent_.erase(unsent_.begin());
  }

  void reload() {
    auto const told = [](std::string_view what, Result<void, Refusal> const& result) {
      if (!result) spdlog::error("reload: {} stay as they were: {}", what, result.error().text);
    };
    told("the link's certificates", ingest_->reload());
    told("the web's certificate and token", web_->reload());
    for (auto const& sink : sinks_) sink->reopen();
    auto parts = load_parts(config_);
    if (!parts) {
      spdlog::error("reload: inventory, rules and context stay as they were: {}", parts.error().text);
      return;
    }
    offer_rules();
    roster_->replace(parts->inventory);
    auto const nodes = parts->inventory.nodes.size();
    line_->replace(std::move(parts->inventory), std::move(parts->correlator));
    if (auto const taken = intake_->take(ContextWay::file, std::move(parts->causes)); !taken)
      spdlog::error("reload: the causes of {} are not taken: {}", config_.context->string(), taken.error().text);
    spdlog::info("reloaded: {} nodes in the inventory", nodes);
  }

 private:
  Result<std::unique_ptr<StoreReader>, Refusal> reader() const { return StoreReader::open(config_.store.file); }

  /// Agents without rules still watch: trouble here stops nothing.
  void offer_rules() {
    if (config_.rules.empty()) return;
    std::vector<std::string> told;
    auto pack = make_pack(pack_options(config_), wall_now(), told);
    for (auto const& line : told) spdlog::warn("rules: {}", line);
    if (!pack) {
      spdlog::error("rules: agents get no new pack: {} (`enroll` makes the key that signs)", pack.error().text);
    } else if (*pack) {
      spdlog::info("rules: agents get pack {} of {} octets", (*pack)->version, (*pack)->octets.size());
      ingest_->offer(std::move(**pack));
    }
  }

  std::vector<Check> checks() const {
    auto const& stats = store_->stats();
    return {
        {"store", stats.healthy, stats.healthy ? "transactions succeed" : "the last transaction failed, see the log"},
        {"ingest", started_, fmt::format("listening on port {}", ingest_->port())},
        {"line", line_->alive(), fmt::format("scored up to row {}", line_->view().cursor)}};
  }

  Config config_;
  Metrics metrics_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<StoreOutbox> outbox_;
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::unique_ptr<ContextIntake> intake_;
  std::unique_ptr<Line> line_;
  std::unique_ptr<StoreQueue> queue_;
  std::unique_ptr<Ingest> ingest_;
  std::unique_ptr<Roster> roster_;
  std::unique_ptr<StoreViews> views_;
  std::unique_ptr<Server> web_;
  std::unique_ptr<ContextFolder> folder_;
  Silence silence_;
  std::vector<FindingBatch> unsent_;
  std::atomic<bool> started_{false};
};

int refused(Refusal const& why) {
  fmt::print(stderr, "{}\n", why.text);
  return 1;
}

/// Waits for signals; between them tells systemd that the collector lives and looks who fell silent.
void serve(Service& collector) {
  using service::Signals;
  service::notify("READY=1");
  while (true) {
    auto const event = Signals::wait(1s);
    if (event == Signals::Event::stop) break;
    if (event == Signals::Event::reload) {
      service::notify("RELOADING=1");
      collector.reload();
      service::notify("READY=1");
    }
    if (collector.alive()) service::notify("WATCHDOG=1");
    try {
      collector.look();
    } catch (std::exception const& error) {
      spdlog::error("silence and the folder of causes cannot be looked at: {}", error.what());
    }
  }
  service::notify("STOPPING=1");
  spdlog::info("stopping");
}

}  // namespace

Result<Loaded, Refusal> load_parts(Config const& config) {
  auto inventory = load_inventory(config.inventory);
  if (!inventory) return std::unexpected(inventory.error());
  auto correlator =
      config.rules.empty() ? Result<Correlator, Refusal>(Correlator(rules::RuleSet{})) : Correlator::load(config.rules);
  if (!correlator) return std::unexpected(correlator.error());
  std::vector<ContextEntry> causes;
  if (config.context) {
    auto loaded = load_causes(*config.context);
    if (!loaded) return std::unexpected(loaded.error());
    causes = std::move(*loaded);
  }
  return Loaded{std::move(*inventory), std::move(*correlator), std::move(causes)};
}

int run(std::filesystem::path const& config_file) {
  auto config = load_config(config_file);
  if (!config) return refused(config.error());
  service::log_to_stderr(config->log);
  service::Signals::block();
  try {
    Service collector(std::move(*config));
    if (auto const started = collector.start(); !started) return refused(started.error());
    serve(collector);
  } catch (std::exception const& error) {
    spdlog::critical("{}", error.what());
    return 1;
  }
  return 0;
}

int check(std::filesystem::path const& config_file) {
  auto const config = load_config(config_file);
  if (!config) return refused(config.error());
  auto const parts = load_parts(*config);
  if (!parts) return refused(parts.error());
  fmt::print("{}: {} nodes, {} declared causes, {} sinks; agents on {} port {}, http on {} port {}\n",
             config_file.string(), parts->inventory.nodes.size(), parts->causes.size(), config->sinks.size(),
             config->ingest.address, config->ingest.port, to_string(config->web.address), config->web.port);
  return 0;
}

}  // namespace greywatch::collector
