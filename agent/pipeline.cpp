#include "agent/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/asset/assets.hpp"
#include "agent/detect/detection.hpp"
#include "agent/dissect/dissection.hpp"
#include "agent/net/community_id.hpp"
#include "agent/net/network.hpp"
#include "agent/rule/observation_rules.hpp"
#include "common/hash.hpp"

namespace greywatch::agent {

namespace {

/// Shows observations to the inventory and a tap on their way to the detectors.
struct Tee : ObservationSink {
  Tee(ObservationSink& next, Assets* assets) : next_(next), assets_(assets) {}
  void approach(std::span<Flow const* const> flows) override { next_.approach(flows); }
  void on_observation(Observation const& observation) override {
    if (take) take(context, observation);
    if (rules) rules->on_observation(observation);
    // What detection has no place for yet was not observed before.
    if (assets_ != nullptr) assets_->on_observation(observation, observation.flow.detect_slot == 0);
    next_.on_observation(observation);
  }
  void on_close(Flow& flow) override {
    if (assets_ != nullptr && flow.detect_slot != 0) assets_->on_close(flow);
    next_.on_close(flow);
  }

  ObservationTap take = nullptr;
  void* context = nullptr;
  std::unique_ptr<ObservationRules> rules;

 private:
  ObservationSink& next_;
  Assets* assets_;
};

NetworkOptions network_options(PipelineOptions const& options) {
  NetworkOptions made;
  made.flows = options.flows;
  made.deduplicate = options.deduplicate;
  return made;
}

DissectionOptions dissection_options(PipelineOptions const& options, HashKey key) {
  DissectionOptions made;
  made.key = key;
  made.most_streams = options.flows;
  return made;
}

DetectionOptions detection_options(PipelineOptions const& options) {
  DetectionOptions made;
  for (auto const* row : registry())
    if (std::ranges::find(made.protocols, row->name, &Protocol::name) == made.protocols.end())
      made.protocols.push_back({row->name, row->words, row->rules});
  made.node = options.node;
  made.learning = options.learning;
  if (options.detectors) {
    made.words = *options.detectors;
    made.none = made.words.empty();
  }
  return made;
}

}  // namespace

PipelineOptions pipeline_options(Config const& config) {
  return {.node = config.node,
          .flows = config.flows,
          .deduplicate = config.deduplicate,
          .learning = config.learning,
          .detectors = config.detectors,
          .assets = config.assets};
}

struct Pipeline::Parts {
  Parts(PipelineOptions const& options, FindingSink& findings, HashKey key)
      : detection(detection_options(options), findings, community_id, key),
        assets({.node = options.node}, key, options.vendors, findings),
        tee(detection, options.assets ? &assets : nullptr),
        dissection(dissection_options(options, key), tee),
        network(network_options(options), dissection, key) {}

  Detection detection;
  Assets assets;
  Tee tee;
  Dissection dissection;
  Network network;
};

Pipeline::Pipeline(PipelineOptions const& options, FindingSink& findings)
    : options_(options), findings_(findings), parts_(std::make_unique<Parts>(options, findings, HashKey::random())) {}
Pipeline::~Pipeline() = default;

void Pipeline::on_packet(Packet const& packet) {
  ++packets_;
  if (packet.time >= next_) [[unlikely]]
    due(packet.time);
  last_ = packet.time;
  parts_->network.on_packet(packet);
}

void Pipeline::on_packets(std::span<Packet const> packets) {
  parts_->network.approach(packets);
  for (auto const& packet : packets) on_packet(packet);
}

void Pipeline::due(Time now) {
  if (learn_until_ && now >= *learn_until_) operate();
  if (now >= coverage_.due()) {
    sample_coverage(now);
    if (options_.assets) parts_->assets.on_time(now);
    if (parts_->tee.rules) parts_->tee.rules->on_time(now);
  }
  next_ = coverage_.due();
  if (learn_until_) next_ = std::min(next_, *learn_until_);
}

void Pipeline::idle(Time now) {
  if (packets_ == 0) return;
  if (now >= next_) due(now);
  parts_->detection.on_time(now);
  if (parts_->tee.rules) parts_->tee.rules->on_time(now);
}

void Pipeline::sample_coverage(Time now) {
  auto const& net = parts_->network.counters();
  auto const& read = parts_->dissection.counters();
  CoverageTotals totals{
      .packets = packets_, .packets_lost = lost_, .messages = read.messages(), .messages_lost = read.malformed()};
  for (auto const& protocol : read.protocols()) totals.messages_lost += protocol.gaps + protocol.overflows;
  totals.messages -= std::min(totals.messages, read.malformed());
  totals.packets_lost += net.snapped + net.flows_evicted_established;
  auto const changed = coverage_.sample(now, totals);
  if (!changed) return;
  Finding record;
  record.time = record.first = record.last = now;
  record.kind = FindingKind::coverage;
  record.code = "agent.coverage.changed";
  record.node = options_.node;
  record.detector = "coverage";
  record.classification = FindingClass::loss;
  record.coverage = changed;
  record.message = fmt::format("{} sees and understands {:.0f} % of what passes it", options_.node, *changed * 100);
  findings_.on_finding(std::move(record));
}

void Pipeline::use_rules(rules::RuleSet set, std::uint64_t version) {
  auto& rules = parts_->tee.rules;
  if (rules) rules->flush();
  rules = std::make_unique<ObservationRules>(RuleOptions{.node = options_.node}, std::move(set), version, community_id,
                                             findings_);
}

void Pipeline::tap(ObservationTap take, void* context) {
  parts_->tee.take = take;
  parts_->tee.context = context;
}

void Pipeline::learn(std::optional<Time> until) {
  parts_->detection.learn();
  learn_until_ = until;
  next_ = Time{Duration::min()};
}

void Pipeline::operate() {
  learn_until_.reset();
  parts_->detection.operate();
}

void Pipeline::end_capture() { parts_->network.finish(); }

void Pipeline::finish() {
  end_capture();
  if (packets_ == 0) return;
  parts_->detection.finish(last_);
  if (parts_->tee.rules) parts_->tee.rules->flush();
  if (options_.assets) parts_->assets.finish(last_);
}

Result<void, Refusal> Pipeline::load_baseline(std::filesystem::path const& file) {
  return parts_->detection.load_baseline(file);
}
Result<void, Refusal> Pipeline::save_baseline(std::filesystem::path const& file) const {
  return parts_->detection.save_baseline(file);
}

NetworkCounters const& Pipeline::network() const { return parts_->network.counters(); }
DissectionCounters const& Pipeline::dissection() const { return parts_->dissection.counters(); }
RuleCounters Pipeline::rules() const { return parts_->tee.rules ? parts_->tee.rules->counters() : RuleCounters{}; }
AssetCounters Pipeline::assets() const { return parts_->assets.counters(); }
DetectionCounters Pipeline::detection() const { return parts_->detection.counters(); }

}  // namespace greywatch::agent
