#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "agent/metrics.hpp"
#include "agent/pipeline.hpp"

namespace greywatch::agent {

/// One interface under watch: its capture, its line from packet to finding, and the thread that runs both.
class Watch : private PacketSink, private FindingSink {
 public:
  /// Takes findings, on the watch's thread; false when one could not be taken.
  using Offer = std::function<bool(Finding&&)>;

  /// Loads the baseline of this interface from `state` when there is one. `vendors` may be null, else it must outlive
  /// the watch.
  static Result<std::unique_ptr<Watch>, Refusal> make(LiveCapture capture, std::string const& interface,
                                                      Config const& config, Vendors const* vendors, Offer offer);
  ~Watch() override;

  void start();
  /// Ends the thread after it saved the baseline.
  void stop();
  /// Asks the thread for new counters and, when `save`, to write the baseline; returns at once.
  void poll(bool save);
  /// Hands rules to the thread, which takes them within a second. Any thread.
  void use_rules(rules::RuleSet set, std::uint64_t version);
  /// The latest counters that the thread gave. Any thread.
  WatchCounters counters() const;
  /// When the thread last gave counters: it lives as long as this moves.
  std::chrono::steady_clock::time_point alive() const;
  /// Why the capture ended by itself, once it did.
  std::optional<Refusal> failure() const;

 private:
  Watch(LiveCapture capture, std::string interface, PipelineOptions const& options, std::filesystem::path const& state,
        Offer offer);
  void on_packet(Packet const& packet) override;
  void on_finding(Finding&& finding) override;
  void answer();
  void save_baseline();
  void run();

  LiveCapture capture_;
  std::string interface_;
  std::filesystem::path baseline_;
  Offer offer_;
  Pipeline pipeline_;
  std::uint64_t refused_ = 0;
  std::atomic<bool> stop_{false}, asked_{false}, save_{false};
  mutable std::mutex mutex_;
  WatchCounters counters_;  ///< under mutex_, as are the next four
  std::chrono::steady_clock::time_point alive_;
  std::optional<Refusal> failure_;
  std::unique_ptr<rules::RuleSet> rules_;  ///< for the thread to take
  std::uint64_t rules_version_ = 0;
  std::thread thread_;
};

}  // namespace greywatch::agent
