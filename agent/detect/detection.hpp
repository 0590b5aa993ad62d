#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>

#include "agent/detect/options.hpp"
#include "agent/observation.hpp"
#include "common/hash.hpp"

namespace greywatch::agent {

/// What detection counted since it was made.
struct DetectionCounters {
  std::uint64_t observations = 0;
  std::uint64_t onsets = 0, updates = 0, summaries = 0;  ///< findings given away, by their sort
  std::uint64_t sightings = 0;                           ///< messages that findings stand for
  std::uint64_t gathered = 0;                            ///< onsets beyond the budget, told in aggregated records only
  std::uint64_t accepted = 0;                            ///< departures that became normal by their persistence
  std::uint64_t replaced = 0;        ///< newcomers to a full table that displaced its youngest entry
  std::uint64_t chains_refused = 0;  ///< conversations without a place in a full table
  std::uint32_t relations = 0, operations = 0, transitions = 0, live_chains = 0;
  std::size_t octets = 0;  ///< of all tables at their bounds
};

/// From observations to findings: knows what is normal on this node and tells what departs from it. One thread; event
/// time only; allocates nothing while nothing is odd. Uses Flow::detect_slot.
///
/// Learning: after learn() everything is attack-free by the user's word and nothing is a finding, until operate(), from
/// when on departures are. Before either is called, what comes is learned for DetectionOptions::learning of event time,
/// in which only exact rules and what is very unlikely even on so short a history are findings.
class Detection final : public ObservationSink {
 public:
  /// `sink` must outlive this. Throws std::invalid_argument when an option names no detector.
  Detection(DetectionOptions const& options, FindingSink& sink, CommunityId community_id, HashKey const& hash_key);
  ~Detection() override;

  void approach(std::span<Flow const* const> flows) override;
  void on_observation(Observation const& observation) override;
  void on_close(Flow& flow) override;

  void learn();
  void operate();
  /// The capture ends at `end`: sends the last updates of alarms and the summaries of the open day.
  void finish(Time end);
  /// Event time passed without an observation, on a live link.
  void on_time(Time now);

  /// Writes what was learned, atomically: a temporary file beside it, synced and renamed. Not the open alarms.
  Result<void, Refusal> save_baseline(std::filesystem::path const& path) const;
  /// Replaces what was learned; flows and alarms that are open are kept out of it, so call it before the first
  /// observation. Refuses a file of another version or with any damage, and then changes nothing. A loaded baseline
  /// operates.
  Result<void, Refusal> load_baseline(std::filesystem::path const& path);

  DetectionCounters counters() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace greywatch::agent
