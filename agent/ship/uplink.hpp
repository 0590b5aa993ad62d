#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/ship/options.hpp"
#include "agent/ship/spool.hpp"
#include "common/wire/message.hpp"

namespace boost::asio {
class io_context;
}

namespace greywatch::agent {

/// Carries what is in the spool to the collector, for ever: dials, greets, sends, takes acks, and starts over with
/// growing pauses when something breaks. Everything runs on the io_context's one thread; the spool belongs to that
/// thread.
class Uplink {
 public:
  Uplink(boost::asio::io_context& io, Spool& spool, UplinkOptions options);
  ~Uplink();
  Uplink(Uplink const&) = delete;
  Uplink& operator=(Uplink const&) = delete;

  void start();
  /// There is something new in the spool.
  void wake();
  /// What the next heartbeats say of the agent; at most link::max_health_pairs.
  void set_health(std::vector<link::Health> health, std::optional<double> coverage);
  /// Takes leave and ends; the io_context then runs out of work.
  void stop();
  UplinkCounters counters() const;
  /// Called on the io thread when the counters changed. Set before `start`.
  void on_change(std::function<void()> tell);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// What a link test found.
struct LinkReport {
  std::string collector_version;
  std::uint32_t protocol = 0;
  std::chrono::milliseconds took{0};
};

/// The self-test of the link: resolves, connects, shakes hands, says Hello as a probe, and says which step failed and
/// why. Blocks, at most the sum of the time-outs. Sends no findings and touches no spool.
Result<LinkReport, Refusal> test_link(UplinkOptions const& options);

}  // namespace greywatch::agent
