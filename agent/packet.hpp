#pragma once
#include <cstdint>
#include <span>

#include "common/bytes.hpp"
#include "common/time.hpp"

namespace greywatch::agent {

/// Link types that capture accepts, by their LINKTYPE_ numbers (tcpdump.org/linktypes.html).
enum class LinkType : std::uint16_t {
  bsd_null = 0,
  ethernet = 1,
  raw_ip = 101,
  bsd_loop = 108,
  linux_sll = 113,
  ipv4 = 228,
  ipv6 = 229,
  linux_sll2 = 276,
};

/// One captured frame. Borrows the capture's buffer: valid until the callback returns.
struct Packet {
  Time time;
  std::uint64_t number = 0;           ///< from 1, in capture order, as Wireshark counts
  Bytes octets;                       ///< what was captured
  std::uint32_t original_length = 0;  ///< octets on the wire, at least octets.size() unless the file lies
  LinkType link = LinkType::ethernet;
};

/// Takes packets, in the order of capture, on the capture thread.
class PacketSink {
 public:
  /// Many, because packets of one flow come in a row: of so many some twenty begin another one, and it is the memory of
  /// those that is waited for at once.
  static constexpr std::size_t most_at_once = 64;

  virtual ~PacketSink() = default;
  virtual void on_packet(Packet const& packet) = 0;
  /// At most `most_at_once` packets that are all in memory: does what on_packet of each in turn does, but what they
  /// will need can be fetched from memory meanwhile.
  virtual void on_packets(std::span<Packet const> packets) {
    for (auto const& packet : packets) on_packet(packet);
  }
};

}  // namespace greywatch::agent
