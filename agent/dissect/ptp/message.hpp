#pragma once
#include <cstdint>
#include <optional>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::ptp {

/// messageType. IEEE 1588-2019, table 36; the values between are free.
enum class MessageType : std::uint8_t {
  sync = 0x0,
  delay_req = 0x1,
  pdelay_req = 0x2,
  pdelay_resp = 0x3,
  follow_up = 0x8,
  delay_resp = 0x9,
  pdelay_resp_follow_up = 0xA,
  announce = 0xB,
  signaling = 0xC,
  management = 0xD
};

/// flagField, both octets. IEEE 1588-2019, table 37.
inline constexpr std::uint16_t flag_alternate_master = 0x0100, flag_two_step = 0x0200, flag_unicast = 0x0400,
                               flag_profile_1 = 0x2000, flag_profile_2 = 0x4000, flag_security = 0x8000,
                               flag_leap_61 = 0x0001, flag_leap_59 = 0x0002, flag_utc_offset_valid = 0x0004,
                               flag_ptp_timescale = 0x0008, flag_time_traceable = 0x0010,
                               flag_frequency_traceable = 0x0020, flag_uncertain = 0x0040;

inline constexpr std::size_t header_octets = 34;

struct PortIdentity {
  std::uint64_t clock = 0;
  std::uint16_t port = 0;
  bool operator==(PortIdentity const&) const = default;
};
PortIdentity read_port_identity(Reader& in);

struct Timestamp {
  std::uint64_t seconds = 0;  ///< 48 bits
  std::uint32_t nanoseconds = 0;
};
Timestamp read_timestamp(Reader& in);

/// IEEE 1588-2019, table 35.
struct Header {
  std::uint8_t major_sdo_id = 0, type = 0, minor_version = 0, version = 0;
  std::uint16_t length = 0;
  std::uint8_t domain = 0, minor_sdo_id = 0;
  std::uint16_t flags = 0;
  std::int64_t correction = 0;  ///< 2^-16 ns
  std::uint32_t type_specific = 0;
  PortIdentity source;
  std::uint16_t sequence = 0;
  std::uint8_t control = 0;
  std::int8_t log_interval = 0;

  bool is(MessageType one) const { return type == static_cast<std::uint8_t>(one); }
};

/// IEEE 1588-2019, table 43.
struct Announce {
  std::int16_t current_utc_offset = 0;
  std::uint8_t priority1 = 0, clock_class = 0, clock_accuracy = 0;
  std::uint16_t variance = 0;  ///< offsetScaledLogVariance
  std::uint8_t priority2 = 0;
  std::uint64_t grandmaster = 0;
  std::uint16_t steps_removed = 0;
  std::uint8_t time_source = 0;
};

/// IEEE 1588-2019, table 56, without its TLV.
struct Management {
  std::uint8_t starting_hops = 0, hops = 0, action = 0;
};

/// One message of version 2 as far as it could be read. Borrows it.
struct Message {
  Header header;
  bool whole = false;                  ///< the header is there
  std::optional<Timestamp> timestamp;  ///< the one that its type has, see `describe`
  std::optional<PortIdentity> port;    ///< requesting or target port
  std::optional<Announce> announce;
  std::optional<Management> management;
  Bytes tlvs;              ///< whole ones
  std::size_t behind = 0;  ///< octets behind messageLength
  std::optional<Malformed> malformed;
};
Message read_message(Bytes octets);

/// One TLV; a length that goes beyond the octets gives none. IEEE 1588-2019, table 51.
struct Tlv {
  std::uint16_t type = 0;
  Bytes value;
};
std::optional<Tlv> next_tlv(Bytes& left);

/// Octets of a message of the type without TLVs; 0 for free types.
std::size_t least_octets(std::uint8_t type);

}  // namespace greywatch::agent::ptp
