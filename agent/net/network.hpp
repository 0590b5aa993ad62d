#pragma once
#include <memory>

#include "agent/net/counters.hpp"
#include "agent/net/options.hpp"
#include "agent/packet.hpp"
#include "agent/segment.hpp"
#include "common/hash.hpp"

namespace greywatch::agent {

/// From packets to segments: takes off links, tags and IP, puts fragments together, drops copies, follows flows, and
/// delivers TCP streams in order. One instance a capture thread; calls `sink` from on_packet and finish only, which
/// must not call back. Never reads a clock; packet time may go backwards. Allocates only while tables grow to their
/// bounds.
class Network final : public PacketSink {
 public:
  /// `sink` must outlive it. `key` is the secret of all its tables.
  Network(NetworkOptions const& options, SegmentSink& sink, HashKey key);
  ~Network() override;
  Network(Network const&) = delete;
  Network& operator=(Network const&) = delete;

  void on_packet(Packet const& packet) override;
  /// These packets come next: has what they will need fetched from memory meanwhile. Changes nothing that can be seen.
  void approach(std::span<Packet const> packets);
  /// Delivers what waits behind holes, closes all flows and forgets what was copied or in parts: the next packet is of
  /// another capture.
  void finish();
  NetworkCounters const& counters() const;

 private:
  class Line;
  std::unique_ptr<Line> line_;
};

}  // namespace greywatch::agent
