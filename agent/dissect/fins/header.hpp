#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::fins {

/// The FINS header with the command code behind it. Communications Commands Reference Manual (W342), 3-3; FINS Commands
/// Reference Manual (W227), 2.
struct Header {
  std::uint8_t icf = 0;  ///< information control field
  std::uint8_t reserved = 0;
  std::uint8_t gateway_count = 0;  ///< gateways that may still be passed
  std::uint8_t destination_network = 0, destination_node = 0, destination_unit = 0;  ///< DNA, DA1, DA2
  std::uint8_t source_network = 0, source_node = 0, source_unit = 0;                 ///< SNA, SA1, SA2
  std::uint8_t service_id = 0;                                                       ///< SID: pairs an answer
  std::uint16_t command = 0;

  bool gateway() const { return (icf & 0x80) != 0; }
  bool is_response() const { return (icf & 0x40) != 0; }
  bool needs_no_response() const { return (icf & 1) != 0; }
  /// The unit that is asked, as a request and its answer both name it.
  std::uint32_t asked_unit() const {
    return is_response() ? std::uint32_t{source_network} << 16 | source_node << 8 | source_unit
                         : std::uint32_t{destination_network} << 16 | destination_node << 8 | destination_unit;
  }
};
inline constexpr std::size_t header_octets = 12;
Header read_header(Reader& in);

/// Does it keep what the manuals fix: reserved bits zero, few gateways, networks of 0 to 127?
bool looks_like(Header const& header);

/// FINS/TCP. Ethernet Units Construction of Networks (W420, W421), 7-4.
enum class TcpCommand : std::uint32_t {
  client_node_address = 0,
  server_node_address = 1,
  frame = 2,
  frame_error = 3,
  confirmation = 6
};
struct TcpHeader {
  std::uint32_t magic = 0;   ///< "FINS"
  std::uint32_t length = 0;  ///< octets behind this field
  std::uint32_t command = 0;
  std::uint32_t error = 0;

  TcpCommand kind() const { return static_cast<TcpCommand>(command); }
};
inline constexpr std::uint32_t tcp_magic = 0x46494E53;
inline constexpr std::size_t tcp_header_octets = 16, tcp_length_end = 8;
/// A frame has 2,012 octets at most; what is longer than this has lost its framing.
inline constexpr std::uint32_t least_tcp_length = 8, most_tcp_length = 4096;
TcpHeader read_tcp_header(Reader& in);
bool known_tcp_command(std::uint32_t command);

/// Dissector::frame of the TCP row.
Frame frame(Bytes octets);

}  // namespace greywatch::agent::fins
