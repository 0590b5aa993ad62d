#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/packet.hpp"
#include "common/result.hpp"

struct pcap;

namespace greywatch::agent {

struct LiveOptions {
  std::string interface;                 ///< "eth1", or "any"
  std::string filter;                    ///< BPF expression (pcap-filter(7)); empty takes all
  std::size_t buffer_octets = 32 << 20;  ///< the kernel's ring; 1 MiB to 2047 MiB
  int snap_length = 65535;               ///< octets kept of a packet
  bool promiscuous = true;
  std::chrono::milliseconds poll{100};  ///< the kernel hands a block over at the latest after this
};

/// What the kernel and the interface lost, since the capture began.
struct LiveCounters {
  std::uint64_t received = 0;           ///< packets that passed the filter
  std::uint64_t kernel_dropped = 0;     ///< for want of buffer
  std::uint64_t interface_dropped = 0;  ///< by the interface or its driver
};

/// One interface, read through libpcap's memory-mapped ring (TPACKET_V3, immediate mode off). Never sends: it opens the
/// capture only, and pcap_inject and its like occur nowhere in the tree (tests/architecture looks).
class LiveCapture {
 public:
  /// Needs CAP_NET_RAW. A missing interface, a bad filter, a link type nobody reads are refused in one sentence.
  static Result<LiveCapture, Refusal> open(LiveOptions const& options);
  LiveCapture(LiveCapture&&) noexcept;
  ~LiveCapture();

  /// Gives packets to `sink` on this thread until `stop` is set, and calls `on_idle` with the present time whenever
  /// nothing came for `poll`. A failing interface (removed, down for good) ends it with a refusal.
  Result<void, Refusal> run(PacketSink& sink, std::function<void(Time)> const& on_idle, std::atomic<bool> const& stop);

  /// From the thread that runs it. The counters of the kernel are 32 bits wide; these do not wrap.
  LiveCounters counters();
  LinkType link() const { return link_; }
  /// What the kernel must let nobody write to.
  int descriptor() const;

 private:
  struct Close {
    void operator()(::pcap* handle) const;
  };
  LiveCapture(std::unique_ptr<::pcap, Close> handle, LiveOptions options, LinkType link);

  std::unique_ptr<::pcap, Close> handle_;
  LiveOptions options_;
  LinkType link_;
  LiveCounters counters_;
  std::uint32_t last_received_ = 0, last_dropped_ = 0, last_interface_ = 0;
};

}  // namespace greywatch::agent
