#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/time.hpp"

namespace greywatch::agent {

/// Every bound of agent/net. Times are packet times.
struct NetworkOptions {
  /// Flows kept at once, 192 octets each, taken in chunks as they are needed. At least 1.
  std::size_t flows = 131072;
  /// Under pressure an established flow that was silent this long goes before younger ones. Nothing ends by time alone.
  Duration stale_after = std::chrono::hours(24);
  /// How long a closed TCP connection still swallows its late packets.
  Duration closed_linger = std::chrono::seconds(60);
  /// Overlapping addresses in different VLANs are different flows. Off where a mirror shows both ways in two VLANs.
  bool vlan_separates = true;

  /// TCP segments that wait behind a hole: octets in all, octets of one stream, streams that have a hole.
  std::size_t reassembly_octets = 4 << 20;
  std::size_t stream_octets = 256 << 10;
  std::size_t holes = 1024;
  /// A hole that nobody acknowledged is skipped after this.
  Duration hole_timeout = std::chrono::seconds(3);
  /// A sequence number further than this from the expected one must be confirmed by the peer's ACK. At most 2^30.
  std::uint32_t tcp_window = 16 << 20;

  /// IP datagrams in reassembly: how many, their octets in all, the longest wait for the rest.
  std::size_t fragment_datagrams = 64;
  std::size_t fragment_octets = 1 << 20;
  Duration fragment_timeout = std::chrono::seconds(30);

  /// Copies made by mirror ports and redundant networks; docs/decisions/duplicates.md has the rule.
  bool deduplicate = true;
  Duration duplicate_window = std::chrono::milliseconds(3);              ///< of packets that carry an identity
  Duration duplicate_window_anonymous = std::chrono::microseconds(300);  ///< of packets that carry none
  Duration duplicate_window_redundant = std::chrono::milliseconds(20);  ///< of frames with a PRP or HSR sequence number
  std::size_t duplicate_entries = 4096;  ///< 16 octets each; rounded up to a power of two
};

}  // namespace greywatch::agent
