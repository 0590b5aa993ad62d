#include "agent/detect/detection.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "agent/detect/baseline_file.hpp"
#include "agent/detect/detectors.hpp"
#include "agent/detect/learner.hpp"

namespace greywatch::agent {

using namespace detect;

struct Detection::Parts {
  Parts(DetectionOptions const& chosen, FindingSink& sink, CommunityId community_id, HashKey const& key)
      : options(chosen),
        hash_key(key),
        knowledge(std::make_unique<Knowledge>(options.bounds, key)),
        alarms(options, sink, community_id),
        summary(alarms),
        learner(options, *knowledge, summary) {
    make_detectors();
  }

  void make_detectors() {
    for (auto const& word : options.words)
      if (std::ranges::find(detectors, word, &DetectorRow::word) == std::end(detectors))
        throw std::invalid_argument("no detector is called " + word);
    Desk const desk{options, *knowledge, alarms, summary, hash_key};
    for (auto const& row : detectors) {
      bool const on = options.words.empty() || std::ranges::find(options.words, row.word) != options.words.end();
      if (!on || options.none) continue;
      active.push_back(row.make(desk));
      for (auto habit : {Habit::none, Habit::peers, Habit::all})
        if (row.least <= habit) seeing[static_cast<std::size_t>(habit)].push_back(active.back().get());
      if (row.sees == Sees::all) usual.push_back(active.back().get());
    }
  }

  void pass(Time time) {
    if (time <= now) return;
    if (first.time_since_epoch().count() == 0) first = time;
    if (mode != Mode::operate && now.time_since_epoch().count() != 0 && time - now < std::chrono::hours(1))
      knowledge->learned += static_cast<std::uint64_t>((time - now).count());
    now = time;
    if (mode == Mode::young && now - first >= options.learning) mode = Mode::operate;
    if (now - slot_begin < slot_length) return;
    slot = slot_of(now);
    slot_begin = Time{slot * slot_length};
    alarms.on_time(now);
    if (mode != Mode::learn) summary.on_time(now);
  }

  DetectionOptions options;
  HashKey hash_key;
  std::unique_ptr<Knowledge> knowledge;
  Alarms alarms;
  Summary summary;
  Learner learner;
  std::vector<std::unique_ptr<Detector>> active;
  std::array<std::vector<Detector*>, 3> seeing;  ///< by Habit of the protocol
  std::vector<Detector*> usual;                  ///< those that look at what is usual, too
  Mode mode = Mode::young;
  Time first, now;
  Slot slot = 0;  ///< of `now`
  Time slot_begin;
  std::uint64_t observations = 0;
};

Detection::Detection(DetectionOptions const& options, FindingSink& sink, CommunityId community_id,
                     HashKey const& hash_key)
    : parts_(std::make_unique<Parts>(options, sink, community_id, hash_key)) {}
Detection::~Detection() = default;

void Detection::on_observation(Observation const& observation) {
  auto& parts = *parts_;
  ++parts.observations;
  parts.pass(observation.time);
  auto const slot = observation.time == parts.now ? parts.slot : slot_of(observation.time);
  Scene scene = parts.learner.recall(observation, parts.mode, slot);
  if (scene.is_usual()) {
    for (auto* detector : parts.usual) detector->observe(scene);
  } else {
    for (auto* detector : parts.seeing[static_cast<std::size_t>(observation.habit)]) detector->observe(scene);
  }
  parts.learner.commit(scene);
}

void Detection::approach(std::span<Flow const* const> flows) { parts_->knowledge->approach(flows); }

void Detection::on_close(Flow& flow) {
  if (flow.detect_slot == 0) return;
  for (auto& detector : parts_->active) detector->on_close(flow);
  parts_->alarms.on_close(flow);
  parts_->knowledge->close_chains(flow);
}

void Detection::learn() { parts_->mode = Mode::learn; }
void Detection::operate() { parts_->mode = Mode::operate; }

void Detection::finish(Time end) {
  parts_->pass(end);
  parts_->alarms.flush();
  if (parts_->mode != Mode::learn) parts_->summary.finish(std::max(end, parts_->now));
}

void Detection::on_time(Time now) { parts_->pass(now); }

Result<void, Refusal> Detection::save_baseline(std::filesystem::path const& path) const {
  return BaselineFile::save(*parts_->knowledge, path);
}

Result<void, Refusal> Detection::load_baseline(std::filesystem::path const& path) {
  auto& parts = *parts_;
  auto read = BaselineFile::load(path, parts.options.bounds, parts.hash_key);
  if (!read) return std::unexpected(read.error());
  std::swap(*parts.knowledge, **read);
  parts.mode = Mode::operate;
  return {};
}

DetectionCounters Detection::counters() const {
  auto const& parts = *parts_;
  auto const& knowledge = *parts.knowledge;
  return {.observations = parts.observations,
          .onsets = parts.alarms.onsets(),
          .updates = parts.alarms.updates(),
          .summaries = parts.summary.sent(),
          .sightings = parts.alarms.sightings(),
          .gathered = parts.alarms.gathered(),
          .accepted = parts.learner.accepted(),
          .replaced = knowledge.replaced(),
          .chains_refused = knowledge.chains_refused,
          .relations = knowledge.relations.size(),
          .operations = knowledge.operations.size(),
          .transitions = knowledge.transitions.size(),
          .live_chains = knowledge.live_chains(),
          .octets = knowledge.octets()};
}

}  // namespace greywatch::agent
