#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/config.hpp"
#include "agent/coverage.hpp"
#include "agent/observation.hpp"
#include "agent/packet.hpp"
#include "common/rule/rule_set.hpp"

namespace greywatch::agent {

class Vendors;
struct RuleCounters;
struct NetworkCounters;
class DissectionCounters;
struct DetectionCounters;
struct AssetCounters;

/// What a pipeline needs to know of the configuration.
struct PipelineOptions {
  std::string node;
  std::uint32_t flows = 131'072;
  bool deduplicate = true;
  Duration learning = std::chrono::hours{7 * 24};
  std::optional<std::vector<std::string>> detectors;
  bool assets = true;                ///< keep a passive inventory
  Vendors const* vendors = nullptr;  ///< must outlive the pipeline; null: MAC addresses have no vendor
};
PipelineOptions pipeline_options(Config const& config);

/// Takes observations beside the detectors, on the capture thread.
using ObservationTap = void (*)(void* context, Observation const& observation);

/// One straight line from packet to finding: net, dissect, detect, on one thread, and the coverage records of the
/// capture.
class Pipeline final : public PacketSink {
 public:
  /// `findings` must outlive the pipeline.
  Pipeline(PipelineOptions const& options, FindingSink& findings);
  ~Pipeline() override;

  void on_packet(Packet const& packet) override;
  void on_packets(std::span<Packet const> packets) override;
  /// Nothing came; `now` is the present time. Closes what time closes.
  void idle(Time now);
  /// Packets that the kernel or the interface lost, in all, since the capture began.
  void lost(std::uint64_t packets) { lost_ = packets; }

  /// Evaluates these rules from the next observation on, instead of those before.
  void use_rules(rules::RuleSet set, std::uint64_t version);

  void tap(ObservationTap take, void* context);

  /// From here on traffic is attack-free by the user's word, until operate(), or until a packet of `until` or later.
  void learn(std::optional<Time> until = std::nullopt);
  void operate();
  /// The capture ended: flows close; the next packet begins another capture.
  void end_capture();
  /// Nothing comes any more: open windows and the day close, and every asset that was not told is.
  void finish();

  Result<void, Refusal> load_baseline(std::filesystem::path const& file);
  Result<void, Refusal> save_baseline(std::filesystem::path const& file) const;

  std::uint64_t packets() const { return packets_; }
  Time last_time() const { return last_; }
  double coverage() const { return coverage_.value(); }
  NetworkCounters const& network() const;
  DissectionCounters const& dissection() const;
  DetectionCounters detection() const;
  RuleCounters rules() const;  ///< of the rules in use
  AssetCounters assets() const;

 private:
  struct Parts;
  void due(Time now);
  void sample_coverage(Time now);

  PipelineOptions options_;
  FindingSink& findings_;
  std::unique_ptr<Parts> parts_;
  Coverage coverage_;
  std::optional<Time> learn_until_;
  Time next_{Duration::min()};  ///< the first packet at or after it calls due()
  Time last_;
  std::uint64_t packets_ = 0, lost_ = 0;
};

}  // namespace greywatch::agent
