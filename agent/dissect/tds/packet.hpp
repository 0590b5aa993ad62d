#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::tds {

/// Packet types. MS-TDS, 2.2.3.1.1.
enum class Type : std::uint8_t {
  batch = 1,
  old_login = 2,
  rpc = 3,
  response = 4,
  attention = 6,
  bulk = 7,
  federated = 8,
  transaction = 14,
  login = 16,
  sspi = 17,
  prelogin = 18
};

inline constexpr std::size_t header_octets = 8;
/// Octets of a packet. Both ends agree on 512 to 32,767.
inline constexpr std::size_t most_octets = 32768;
inline constexpr std::uint8_t end_of_message = 1;

struct Header {
  std::uint8_t type = 0, status = 0;
  std::uint16_t length = 0, channel = 0;  ///< channel: SPID
  std::uint8_t number = 0, window = 0;
  Type kind() const { return static_cast<Type>(type); }
  bool last() const { return (status & end_of_message) != 0; }
};
Header read_header(Bytes octets);

/// Does a TLS record begin here, as it does inside PRELOGIN and, once the log-in is encrypted, in place of packets?
bool is_tls(Bytes octets);

/// Octets of ALL_HEADERS in front of batches, RPC and transactions of 7.2 and up; 0 where there are none. 2.2.5.3.
std::size_t all_headers(Bytes payload);

Frame frame(Bytes octets);
Likeness probe(Bytes octets, Direction way);

}  // namespace greywatch::agent::tds
