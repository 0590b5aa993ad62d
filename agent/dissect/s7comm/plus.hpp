#pragma once
#include <optional>

#include "common/bytes.hpp"

namespace greywatch::agent::s7comm {

constexpr std::uint8_t plus_protocol_id = 0x72;

/// Of a PDU that does not go on with another one.
constexpr std::uint8_t plus_request = 0x31, plus_response = 0x32, plus_notification = 0x33;

/// The header of S7comm-plus, and of what it carries the part that all functions share. Written from public analyses:
/// the vendor publishes nothing.
struct Plus {
  std::uint8_t version = 0;  ///< 1 connection, 2 data, 3 data with a digest, 254 and 255 of the system
  std::uint16_t length = 0;  ///< octets that follow, without the trailer
  bool has_trailer = false;  ///< without one the PDU goes on in the next message
  std::uint8_t opcode = 0;   ///< one of the three above; 0 in what only goes on
  std::uint16_t function = 0;
  std::uint16_t sequence = 0;
  std::uint32_t session = 0;  ///< of requests; of notifications the subscription
  std::uint8_t flags = 0;     ///< of the transport
  Bytes digest;               ///< version 3
  Bytes opaque;               ///< what is not read
  std::optional<Malformed> malformed;
};

/// `goes_on`: the sender's message before had no trailer, so this one has no header of its own.
Plus read_plus(Bytes octets, bool goes_on);

/// Whether the octets begin a PDU of S7comm-plus whose length is `length`.
bool looks_like_plus(Bytes octets, std::size_t length);
/// … and have an opcode.
bool has_opcode(Bytes octets);

}  // namespace greywatch::agent::s7comm
