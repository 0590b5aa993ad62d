#pragma once
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::dnp3 {

/// What objects are made of. IEEE 1815-2012, clause 11 and annex A.
enum class Element : std::uint8_t {
  // clang-format off
  none,
  // Flags: 11.6 and the descriptions of the groups.
  binary_flags, double_bit_flags, output_flags, counter_flags, analog_flags, analog_output_flags, statistic_flags,
  // Values.
  count16, count32, analog16, analog32, analog_float, analog_double,
  setpoint16, setpoint32, setpoint_float, setpoint_double,
  deadband16, deadband32, deadband_float, bcd16, bcd32, bcd64, unsigned8,
  // Commands: groups 12, 13, 41, 43.
  crob_code, crob_count, crob_on_time, crob_off_time, control_status, commanded_status,
  // Time: groups 50, 51, 52; times of events.
  time48, relative_time, interval32, interval_units, delay_coarse, delay_fine,
  // Files: group 70.
  name_offset, name_size, password_offset, password_size, file_time, file_type, permissions, authentication_key,
  file_size, file_mode, block_size, request_id, file_handle, block_number, file_status,
  // Storage, private registration, data sets, active configuration: groups 81, 83, 86, 91.
  fill_state, group8, variation8, vendor32, object_id, data_length, object_count, characteristics,
  activate_delay, activate_status,
  // Secure authentication: groups 120 to 122.
  sequence32, user, mac_algorithm, reason, key_wrap_algorithm, key_status, challenge_length, association_id,
  error_code, key_change_method, certificate_type, user_operation, status_change_sequence, user_role, role_expiry,
  user_name_length, public_key_length, certification_length, update_key_length, statistic32,
  // What takes the octets that are left.
  credentials, file_name, file_data, plain_text, opaque, authentication_data,
  // Several of these, each with its length first, take the octets that are left: groups 85 to 88.
  descriptor_list, value_list,
  // clang-format on
};

/// What the bits of a part mean.
enum class Kind : std::uint8_t {
  flag,
  unsigned_number,
  signed_number,
  ieee754,
  text,
  octets,
  count,
  descriptors,
  values
};

/// Part of an element: bits are numbered from 0, the lowest one of the first octet, as all is sent least significant
/// octet first.
struct Part {
  std::string_view name;  ///< name of the field
  std::uint8_t first, bits;
  Kind kind;
};

struct ElementRow {
  Element element;
  std::span<Part const> parts;
};
ElementRow const& row(Element element);

/// Octets of an element; 0 for those that take what is left.
constexpr std::uint8_t octets(Element element) {
  constexpr std::uint8_t of[] = {0, 1, 1, 1, 1, 1, 1, 1, 2, 4, 2, 4, 4, 8, 2, 4, 4, 8, 2, 4, 4, 2, 4,
                                 8, 1, 1, 1, 4, 4, 1, 1, 6, 2, 4, 1, 2, 2, 2, 2, 2, 2, 6, 2, 2, 4, 4,
                                 2, 2, 2, 4, 4, 1, 1, 1, 1, 4, 2, 2, 2, 1, 4, 1, 4, 2, 1, 1, 1, 1, 2,
                                 2, 1, 1, 1, 1, 4, 2, 2, 2, 2, 2, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0};
  static_assert(std::size(of) == static_cast<std::size_t>(Element::value_list) + 1);
  return of[static_cast<std::size_t>(element)];
}

/// At most eight octets as one number, least significant octet first.
std::uint64_t little_endian(Bytes octets);

/// A part of a number as a number.
double number(Part const& part, std::uint64_t element);

/// Names all parts of an element.
void describe(Element element, Bytes octets, FieldSink& sink);

/// Octets as hexadecimal digits, 256 octets at most.
void describe_octets(std::string_view name, Bytes octets, FieldSink& sink);

}  // namespace greywatch::agent::dnp3
