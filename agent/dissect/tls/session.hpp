#pragma once
#include <cstdint>
#include <type_traits>

#include "agent/segment.hpp"

namespace greywatch::agent::tls {

/// What a connection remembers. Zeroed octets are a fresh one.
struct Session {
  struct End {
    std::uint32_t read;      ///< octets of what is kept of this direction's handshake that were read already
    std::uint8_t encrypted;  ///< the cipher was changed: what follows is not in clear
    std::uint8_t unsure;     ///< something was lost: handshake records may be encrypted, and begin anywhere
  };
  End ends[2];                   ///< by direction
  std::uint64_t offered;         ///< mark of the client's session identifier, 0 for none
  std::uint16_t client_version;  ///< the highest one it offered
  std::uint8_t asked;            ///< a client hello was read

  End& end(Direction way) { return ends[way == Direction::to_server ? 0 : 1]; }
};
static_assert(std::is_trivially_copyable_v<Session> && sizeof(Session) <= 64);

}  // namespace greywatch::agent::tls
