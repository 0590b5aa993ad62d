#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/ship/options.hpp"
#include "agent/ship/spool.hpp"
#include "common/event/finding.hpp"
#include "common/result.hpp"
#include "common/wire/message.hpp"

namespace greywatch::agent {

struct ShipCounters {
  std::uint64_t offered = 0;  ///< findings that `offer` took
  std::uint64_t refused = 0;  ///< … and refused, because the queue was full
  SpoolCounters spool;
  UplinkCounters uplink;
};

/// All that happens to a finding after its detector: queue, spool, link. Owns the io thread.
class Shipper {
 public:
  /// Opens the spool; starts nothing yet. Refuses an unusable spool directory and a node name that is none.
  /// Certificates are read at each attempt to connect, so missing ones are trouble of the link, not of the start.
  static Result<std::unique_ptr<Shipper>, Refusal> open(ShipOptions options);
  ~Shipper();  ///< stops
  Shipper(Shipper const&) = delete;
  Shipper& operator=(Shipper const&) = delete;

  void start();
  /// Any thread; never waits. False, counted and `finding` lost, when the io thread is too far behind. An empty node
  /// name is filled in.
  bool offer(Finding&& finding);
  /// What the heartbeats tell the collector, such as {"capture.eth0.packets", 12}: at most link::max_health_pairs; a
  /// name has up to link::max_name_octets of [a-z0-9_.-], others are left out, as are values that are not finite. Any
  /// thread.
  void set_health(std::vector<link::Health> health, std::optional<double> coverage = std::nullopt);
  /// Spools and flushes what was offered, takes leave of the collector, ends the thread. What is not acked stays
  /// spooled.
  void stop();
  /// Any thread; what the spool says may be a quarter of a second old.
  ShipCounters counters() const;
  std::uint64_t epoch() const;  ///< of the spool at the start; event ids are "<node>-<epoch>-<seq>"

 private:
  struct Impl;
  explicit Shipper(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace greywatch::agent
