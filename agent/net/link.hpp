#pragma once
#include <optional>

#include "agent/net/counters.hpp"
#include "agent/packet.hpp"
#include "common/address.hpp"

namespace greywatch::agent {

inline constexpr std::uint16_t ethertype_ipv4 = 0x0800, ethertype_ipv6 = 0x86DD;
inline constexpr std::uint16_t prp_suffix = 0x88FB;  ///< ends the redundancy control trailer of PRP

/// A frame without its link header, tags and redundancy trailer. Borrows the packet.
struct LinkFrame {
  Bytes payload;
  std::uint32_t missing = 0;    ///< octets behind `payload` that the capture cut off
  std::uint16_t ethertype = 0;  ///< 0 for IEEE 802.3 length frames and for cooked frames without one
  std::uint16_t vlan = 0;       ///< outermost VLAN id, 0 for none
  std::uint16_t inner_vlan = 0;
  std::optional<std::uint8_t> priority;  ///< PCP of the outermost tag (IEEE 802.1Q), a priority tag's too
  Mac source{}, destination{};
  bool has_macs = false;
  std::optional<std::uint16_t> redundancy_sequence;  ///< of the PRP trailer or the HSR tag
};

/// Takes the link header off, with VLAN tags (IEEE 802.1Q, QinQ: at most four), the HSR tag and the PRP trailer
/// (IEC 62439-3:2016, 4.1.8 and 5.3; clauses from memory). Nothing when the frame is too short or its link type has no
/// known protocol; counted.
std::optional<LinkFrame> read_link(Packet const& packet, NetworkCounters& counters);

/// The same of an Ethernet frame that lies in `frame.payload`, as tunnels carry them. False when it is broken; counted.
bool read_ethernet(LinkFrame& frame, NetworkCounters& counters);

}  // namespace greywatch::agent
