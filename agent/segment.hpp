#pragma once
#include <cstdint>
#include <span>

#include "common/address.hpp"
#include "common/bytes.hpp"
#include "common/event/finding.hpp"
#include "common/time.hpp"

namespace greywatch::agent {

enum class Transport : std::uint8_t { ethernet, tcp, udp, sctp, icmp, other };

/// Which way a segment went. The client is who sent the first SYN, or else who is likelier to be one by its port (see
/// net/server_guess.hpp); where ports tell nothing it is who spoke first. An Ethernet flow has one direction only: its
/// client is the source.
enum class Direction : std::uint8_t { to_server, to_client };

/// Where a flow stands. Only TCP passes through `opening` and ends by itself.
enum class FlowState : std::uint8_t {
  open,
  opening,   ///< a SYN was seen, no answer yet
  finished,  ///< both ends sent FIN
  reset,     ///< RST after it had been open
  refused,   ///< RST in answer to the SYN
  replaced,  ///< a new SYN reused the ports
  evicted,   ///< the flow table was full
  stopped    ///< the capture ended
};

/// Who talks with whom. Lives in the flow table until the flow ends; other folders may keep its address between
/// on_segment and on_close of that flow, and use the two slots that are theirs.
struct Flow {
  // One cache line that the usual packet does not touch: what does not change, and is asked for when something is new.
  Endpoint client, server;            ///< ports are set for TCP, UDP and SCTP only
  std::optional<std::uint16_t> vlan;  ///< the outermost VLAN id; a priority tag (id 0) counts as none
  std::uint16_t ethertype = 0;        ///< after any VLAN tags
  std::uint8_t ip_protocol = 0;       ///< IANA protocol number; 0 on Ethernet

  // From here on what every packet asks for or changes.
  std::uint64_t id = 0;  ///< unique in this process, from 1
  Time first, last;      ///< of the first and of the latest packet, either way, with or without payload
  Transport transport = Transport::other;
  bool midstream = false;       ///< picked up without having seen the SYN
  bool server_guessed = false;  ///< client and server are a guess from ports
  FlowState state = FlowState::open;
  std::uint8_t icmp_type = 0, icmp_code = 0;  ///< ICMP and ICMPv6: of the client's first message

  std::uint32_t dissect_slot = 0;  ///< belongs to agent/dissect; 0 is none
  std::uint32_t detect_slot = 0;   ///< belongs to agent/detect; 0 is none

  Endpoint const& sender(Direction way) const { return way == Direction::to_server ? client : server; }
  Endpoint const& receiver(Direction way) const { return way == Direction::to_server ? server : client; }
};

/// Octets that one end said: the next ones of a TCP stream, one datagram (of ICMP from its type on), or the payload of
/// one frame (from the octet behind its ethertype; padding that net cannot tell from payload is still there). Borrows
/// the packet (or the reassembly buffer): valid until the callback returns.
struct Segment {
  Time time;
  std::uint64_t frame = 0;  ///< the frame that completed it
  Flow& flow;
  Direction way = Direction::to_server;
  Bytes payload;
  /// Octets of the stream lost before `payload`, 2^32-1 when nobody knows how many: what was begun before is void.
  std::uint32_t gap = 0;
  std::uint32_t missing = 0;  ///< octets behind `payload` that the capture cut off (snaplen): not the sender's fault
  Mac source_mac{}, destination_mac{};                       ///< of this frame; zero where the link has none
  std::optional<std::uint8_t> vlan_priority = std::nullopt;  ///< PCP of the outermost tag; Ethernet flows only
};

/// Octets of a TCP stream that came again and are not those that were delivered: a broken stack, or a man in the middle
/// whose packets the mirror shows beside the genuine ones. Borrows the packet: valid until the callback returns.
struct Conflict {
  Time time;
  std::uint64_t frame = 0;
  Flow& flow;
  Direction way = Direction::to_server;
  Bytes payload;                        ///< what came later and was not delivered
  Mac source_mac{}, destination_mac{};  ///< of this frame; compare with those of the flow's segments
};

/// Takes segments on the capture thread.
class SegmentSink {
 public:
  virtual ~SegmentSink() = default;
  /// Packets of these flows are about to come: what they will need may be fetched from memory meanwhile, all that is
  /// next to be followed at once. Nothing else may change.
  virtual void approach(std::span<Flow const* const> flows) { (void)flows; }
  virtual void on_segment(Segment const& segment) = 0;
  /// The flow appeared, or went from `opening` to `open`: what scan detectors count. `frame` is the frame that did it.
  virtual void on_state(Flow& flow, std::uint64_t frame) { (void)flow, (void)frame; }
  virtual void on_conflict(Conflict const& conflict) { (void)conflict; }
  /// The flow ended, `flow.state` says how; afterwards its address is void. Both slots must be given back here.
  virtual void on_close(Flow& flow) = 0;
};

/// Community ID v1 of a flow, seed 0: "1:" and base64 of SHA-1 (corelight/community-id-spec). Defined in agent/net;
/// other folders reach it through this pointer so that they need not know net. Empty for Ethernet.
using CommunityId = std::string (*)(Flow const&);

}  // namespace greywatch::agent
