#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/text/text.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::ssh {

inline constexpr std::uint32_t most_packet = 35'000;  ///< RFC 4253, 6.1
inline constexpr std::size_t most_line = 255;         ///< RFC 4253, 4.2
inline constexpr std::uint8_t kexinit = 20, newkeys = 21, disconnect = 1;

/// SSH_MSG_KEXINIT: name-lists, each a text with commas. RFC 4253, 7.1. Borrows the packet.
struct KeyExchange {
  std::string_view kex, host_key, encryption_to_server, encryption_to_client, mac_to_server, mac_to_client,
      compression_to_server, compression_to_client;
};

/// One message, as far as it is in clear.
struct Message {
  bool from_client = true;
  std::string_view identification;  ///< "SSH-2.0-…"
  std::optional<std::uint8_t> code;
  std::uint32_t length = 0;
  std::uint8_t padding = 0;
  std::optional<KeyExchange> exchange;
  std::optional<std::uint32_t> reason;  ///< of SSH_MSG_DISCONNECT
  std::size_t encrypted = 0;            ///< octets that nobody can read
};

/// Parts of "SSH-protoversion-softwareversion SP comments". RFC 4253, 4.2.
std::string_view version_of(std::string_view identification);
std::string_view software_of(std::string_view identification);

Result<void> read_packet(Bytes octets, Message& message);

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::ssh
