#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "agent/net/counters.hpp"
#include "agent/net/ip.hpp"
#include "agent/net/options.hpp"
#include "common/hash.hpp"
#include "common/time.hpp"

namespace greywatch::agent {

/// Puts fragmented IP datagrams together, within bounds. Where fragments overlap: IPv4 keeps the octets that arrived
/// first and counts a conflict when the later ones differ; IPv6 gives the whole datagram up (RFC 5722, 3), exact copies
/// excepted. A table or memory that is full drops the datagram that waits longest.
class FragmentTable {
 public:
  FragmentTable(NetworkOptions const& options, HashKey const& key, NetworkCounters& counters);

  /// Takes one fragment; gives the datagram when this was the last missing part. Its payload borrows the table until
  /// the next call. A fragment that the capture had cut short is dropped: its place in the datagram would stay empty.
  std::optional<IpPacket> take(IpPacket const& fragment, std::uint32_t vlan, Time time);
  /// The capture ended: what waits is given up, as when its time is over.
  void clear();

 private:
  struct Range {
    std::uint32_t begin, end;
  };
  struct Datagram {
    std::uint64_t hash = 0;  ///< keyed, of addresses, identification and protocol: stands for them
    Time since;
    std::uint32_t total = 0;  ///< octets in all; 0 while the last fragment is missing
    std::uint8_t protocol = 0;
    std::uint8_t ranges = 0;
    bool used = false;
    std::array<Range, 32> received;  ///< sorted, disjoint, not touching
    std::vector<std::uint8_t> octets;
  };

  void release(Datagram& datagram, bool keep_buffer);
  Datagram* find_or_open(std::uint64_t hash, IpPacket const& fragment, Time time);
  Datagram* longest_waiting(Datagram const* except = nullptr);
  bool make_room(Datagram& datagram, std::size_t octets);
  /// Copies what is new; false when the datagram must be given up.
  bool insert(Datagram& datagram, IpPacket const& fragment);

  std::vector<Datagram> datagrams_;
  std::size_t most_octets_, held_octets_ = 0;
  Duration timeout_;
  HashKey key_;
  NetworkCounters& counters_;
};

}  // namespace greywatch::agent
