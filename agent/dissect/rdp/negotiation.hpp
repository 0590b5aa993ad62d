#pragma once
#include <optional>

#include "agent/dissect/osi/cotp.hpp"

namespace greywatch::agent::rdp {

/// Protocols of RDP_NEG_REQ and RDP_NEG_RSP. MS-RDPBCGR, 2.2.1.1.1. Standard RDP security has no bit.
enum Security : std::uint32_t { standard = 0, tls = 1, hybrid = 2, rdstls = 4, hybrid_ex = 8, aad = 16 };

/// What stands behind the fixed part of an X.224 connection request or confirm. MS-RDPBCGR, 2.2.1.1 and 2.2.1.2.
struct Negotiation {
  static constexpr std::uint8_t request = 1, response = 2, failure = 3, correlation = 6;

  Bytes line;             ///< cookie or routing token, without its CR LF; empty where there is none
  std::string_view user;  ///< of a line "Cookie: mstshash=USER"
  std::uint8_t type = 0;  ///< 0: there is no negotiation
  std::uint8_t flags = 0;
  std::uint16_t length = 0;
  std::uint32_t value = 0;  ///< requestedProtocols, selectedProtocol or failureCode
  bool has_correlation = false;
  std::optional<Malformed> malformed;  ///< from the start of the part

  bool empty() const { return line.empty() && type == 0; }
};

/// Where the variable part of a connection request or confirm begins in the TPKT: behind class and options.
inline constexpr std::size_t variable_part = 11;

/// Reads the variable part of a whole TPKT of a connection request or confirm.
Negotiation read_negotiation(Bytes tpkt);

}  // namespace greywatch::agent::rdp
