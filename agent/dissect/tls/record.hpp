#pragma once
#include <cstdint>

#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::tls {

/// RFC 8446, B.1; RFC 6520 (24).
enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
  heartbeat = 24
};

inline constexpr std::size_t record_header = 5;
/// Octets of a record's fragment: 2^14 and what encryption adds at most. RFC 5246, 6.2.3.
inline constexpr std::size_t most_fragment = 16384 + 2048;

struct Record {
  ContentType type = ContentType::application_data;
  std::uint16_t version = 0, length = 0;
  Bytes fragment;  ///< of application data nothing
};
Record read_record(Bytes octets);

Frame frame(Bytes octets);
Likeness probe(Bytes octets, Direction way);

}  // namespace greywatch::agent::tls
