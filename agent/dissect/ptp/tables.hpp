#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::ptp {

/// Types of TLVs. IEEE 1588-2019, table 52.
inline constexpr std::uint16_t tlv_management = 1, tlv_management_error = 2, tlv_organization = 3,
                               tlv_request_unicast = 4, tlv_grant_unicast = 5, tlv_cancel_unicast = 6,
                               tlv_acknowledge_cancel = 7, tlv_path_trace = 8, tlv_alternate_offset = 9,
                               tlv_organization_propagate = 0x4000, tlv_organization_once = 0x8000;
bool is_known_tlv(std::uint16_t type);

/// actionField of management messages. IEEE 1588-2019, table 57.
inline constexpr std::uint8_t action_get = 0, action_set = 1, action_response = 2, action_command = 3,
                              action_acknowledge = 4;

inline constexpr std::uint16_t id_clock_description = 0x0001, id_time = 0x200F;

/// How one element of a management TLV's data is written.
enum class Element : std::uint8_t {
  u8,
  i8,
  u16,
  i16,
  i32,
  seconds,    ///< 48 bits
  clock,      ///< clockIdentity, eight octets
  interval,   ///< TimeInterval: 2^-16 ns in 64 bits
  timestamp,  ///< 48 bits of seconds, 32 of nanoseconds
  clocks,     ///< as many clockIdentities as there are
  text,       ///< PTPText: a length and that many letters
  octets,     ///< as many as the 16 bits before say
  three,
  six,      ///< so many octets
  skipped,  ///< a reserved octet
};
struct Part {
  Element element;
  std::string_view name;  ///< field; of a timestamp the seconds
};

/// A managementId and what its data hold. IEEE 1588-2019, table 59 and 15.5.3.
struct ManagementId {
  std::uint16_t id;
  std::span<Part const> parts;  ///< none where the data are not read
};
/// Null for ids that the standard does not have.
ManagementId const* find_management_id(std::uint16_t id);

}  // namespace greywatch::agent::ptp
