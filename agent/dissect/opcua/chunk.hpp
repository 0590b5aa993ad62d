#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::opcua {

/// Octets of a chunk that are read; of longer ones the end is passed over, unread.
inline constexpr std::size_t most_read = 48 * 1024;

enum class MessageType : std::uint8_t { hello, acknowledge, error, reverse_hello, open, message, close };
std::string_view name(MessageType type);  ///< "HEL", …

/// Security header of OPN. OPC 10000-6, 6.7.2.3.
struct AsymmetricHeader {
  Bytes policy_uri, sender_certificate, receiver_thumbprint;
};

/// One chunk with its headers. OPC 10000-6, 6.7.2 and 7.1.2. Borrows it.
struct Chunk {
  MessageType type = MessageType::hello;
  char final = 'F';  ///< F: the last one; C: more follow; A: the message is given up
  std::uint32_t size = 0;
  std::uint32_t channel = 0;                   ///< SecureChannelId of OPN, MSG, CLO
  std::optional<std::uint32_t> token;          ///< of MSG and CLO
  std::optional<AsymmetricHeader> asymmetric;  ///< of OPN
  Bytes rest;              ///< behind the security header: sequence header and body, perhaps encrypted
  std::size_t offset = 0;  ///< of `rest` in the chunk
};

Frame frame(Bytes octets);
Result<Chunk> read_chunk(Bytes octets);
Likeness probe(Bytes octets, Direction way);

/// String and ByteString: an Int32 of octets, -1 for none (6.2.1). Fails the reader where the length lies.
Bytes read_string(Reader& in);

}  // namespace greywatch::agent::opcua
