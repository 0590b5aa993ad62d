#pragma once
#include <cstdint>

#include "common/address.hpp"
#include "common/bytes.hpp"
#include "common/event/finding.hpp"
#include "common/time.hpp"

namespace greywatch::agent {

enum class Transport : std::uint8_t { ethernet, tcp, udp, sctp, icmp, other };

/// Which way a segment went. The client is who sent the first SYN, or else who is likelier to be one (see
/// net/flow.hpp); on Ethernet and UDP it is who spoke first.
enum class Direction : std::uint8_t { to_server, to_client };

/// Who talks with whom. Lives in the flow table until the flow ends; other folders may keep its address between
/// on_segment and on_close of that flow, and use the two slots that are theirs.
struct Flow {
  Endpoint client, server;  ///< ports are set for TCP, UDP and SCTP only
  Transport transport = Transport::other;
  std::uint8_t ip_protocol = 0;       ///< IANA protocol number; 0 on Ethernet
  std::uint16_t ethertype = 0;        ///< after any VLAN tags
  std::optional<std::uint16_t> vlan;  ///< the outermost VLAN id; a priority tag (id 0) counts as none
  std::uint64_t id = 0;               ///< unique in this process, from 1
  Time first, last;                   ///< of the first and of the latest packet, either way, with or without payload
  bool midstream = false;             ///< picked up without having seen the SYN
  bool server_guessed = false;        ///< client and server are a guess from ports

  std::uint32_t dissect_slot = 0;  ///< belongs to agent/dissect; 0 is none
  std::uint32_t detect_slot = 0;   ///< belongs to agent/detect; 0 is none

  Endpoint const& sender(Direction way) const { return way == Direction::to_server ? client : server; }
  Endpoint const& receiver(Direction way) const { return way == Direction::to_server ? server : client; }
};

/// Octets that one end said: the next ones of a TCP stream, one datagram, or the payload of one frame.
/// Borrows the packet (or the reassembly buffer): valid until the callback returns.
struct Segment {
  Time time;
  std::uint64_t frame = 0;  ///< the frame that completed it
  Flow& flow;
  Direction way = Direction::to_server;
  Bytes payload;
  std::uint32_t gap = 0;                ///< octets of the stream lost before `payload`: what was begun before is void
  Mac source_mac{}, destination_mac{};  ///< of this frame; zero where the link has none
};

/// Takes segments on the capture thread.
class SegmentSink {
 public:
  virtual ~SegmentSink() = default;
  virtual void on_segment(Segment const& segment) = 0;
  /// The flow ended or was evicted; afterwards its address is void. Both slots must be given back here.
  virtual void on_close(Flow& flow) = 0;
};

/// Community ID v1 of a flow, seed 0: "1:" and base64 of SHA-1 (corelight/community-id-spec). Defined in agent/net;
/// other folders reach it through this pointer so that they need not know net. Empty for Ethernet.
using CommunityId = std::string (*)(Flow const&);

}  // namespace greywatch::agent
