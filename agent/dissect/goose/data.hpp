#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/asn1/ber.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::goose {

/// Data of a data set. IEC 61850-8-1:2011, annex A, and ISO 9506-2:2003, 14.4.2: its alternatives are context tags.
enum DataTag : std::uint32_t {
  array = 1,
  structure = 2,
  boolean = 3,
  bit_string = 4,
  integer = 5,
  unsigned_integer = 6,
  floating_point = 7,
  real = 8,
  octet_string = 9,
  visible_string = 10,
  generalized_time = 11,
  binary_time = 12,
  bcd = 13,
  boolean_array = 14,
  obj_id = 15,
  mms_string = 16,
  utc_time = 17,
};

/// Structures and arrays in each other beyond this are malformed.
inline constexpr unsigned deepest_data = 12;

struct DataSummary {
  std::uint32_t entries = 0;                 ///< of the data set: elements of the outermost level
  std::optional<std::uint32_t> unknown_tag;  ///< the first one that is in no table
  std::optional<Malformed> malformed;
};
/// Goes through all data and checks each one's form. `offset` is where `octets` begin in the message.
DataSummary check_data(Bytes octets, std::size_t offset);

/// Names every value, up to what is malformed.
void describe_data(Bytes octets, FieldSink& sink);

}  // namespace greywatch::agent::goose
