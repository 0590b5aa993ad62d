#pragma once
#include <cstdint>
#include <optional>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::ptp {

/// The header of IEEE 1588-2002, and of its Sync and Delay_Req what tells who is grandmaster. Borrows the message.
struct Version1 {
  std::uint16_t version = 0, version_network = 0;
  Bytes subdomain;                ///< a name, without the zeros that fill it
  std::uint8_t message_type = 0;  ///< 1 event, 2 general
  std::uint64_t source_uuid = 0;  ///< six octets
  std::uint16_t source_port = 0, sequence = 0;
  std::uint8_t control = 0;  ///< 0 Sync, 1 Delay_Req, 2 Follow_Up, 3 Delay_Resp, 4 Management
  std::uint16_t flags = 0;
  bool has_time = false;  ///< Sync and Delay_Req: the rest is there
  std::uint32_t seconds = 0, nanoseconds = 0;
  std::int16_t current_utc_offset = 0;
  std::uint64_t grandmaster_uuid = 0;
  std::uint8_t grandmaster_stratum = 0;
  Bytes grandmaster_identifier;  ///< "GPS", "NTP", …
  std::optional<Malformed> malformed;
};
bool is_version1(Bytes octets);
Version1 read_version1(Bytes octets);

/// Observation::describe of a Version1.
void describe_version1(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::ptp
