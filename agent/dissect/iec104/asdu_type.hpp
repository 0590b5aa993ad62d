#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "agent/dissect/iec104/element.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::iec104 {

/// Causes of transmission that code has to tell apart. IEC 60870-5-101:2003, 7.2.3, table 14.
enum class Cause : std::uint8_t {
  periodic = 1,
  background = 2,
  spontaneous = 3,
  initialized = 4,
  request = 5,
  activation = 6,
  activation_con = 7,
  deactivation = 8,
  deactivation_con = 9,
  activation_term = 10,
  return_remote = 11,
  return_local = 12,
  file = 13,
  interrogated_by_station = 20,
  counters_by_group_4 = 41,
  unknown_type = 44,
  unknown_cause = 45,
  unknown_common_address = 46,
  unknown_object_address = 47,
};

/// Which variable structure qualifiers a type permits. IEC 60870-5-101:2003, 7.3.
enum class Structure : std::uint8_t {
  single,               ///< one object, SQ = 0
  objects,              ///< several objects, each with its address, SQ = 0
  objects_or_sequence,  ///< either that or a sequence of elements behind one address, SQ = 1
  sequence,             ///< SQ = 1 only
};

/// One type identification: IEC 60870-5-101:2003, table 8 to 13 and 7.3; types 58 to 64, 107 and 127 from
/// IEC 60870-5-104:2006, clause 8.
struct AsduType {
  std::uint8_t id;
  std::string_view name;
  Operation operation;
  Structure structure;
  std::uint64_t causes;              ///< bit n: cause n is permitted, in either direction
  std::array<Element, 4> elements;   ///< of one object, in order; ends with `none`
  std::uint8_t octets = 0;           ///< of the elements, worked out; a segment's own come on top
  std::uint8_t select_at = nowhere;  ///< which of them has S/E as its highest bit, worked out
  static constexpr std::uint8_t nowhere = 255;

  bool segmented() const { return elements[3] == Element::segment; }
};

/// The row of a type identification, or null: reserved, private (128 to 255), or of another standard.
AsduType const* find_type(std::uint8_t id);

/// The whole table, in the order of ids.
std::span<AsduType const> asdu_types();

/// Types 81 to 95 belong to IEC TS 60870-5-7 (secure authentication); their ASDUs carry no information object address.
constexpr bool without_object(std::uint8_t id) { return id >= 81 && id <= 95; }

/// Is the cause permitted for the type? Also true for what is common practice: a time tag on interrogated, cyclic or
/// background information, and return information of any kind (docs/protocols/iec104.md, "Deviations tolerated").
bool permits(AsduType const& type, std::uint8_t cause);

/// Does table 14 define the cause at all?
bool defined_cause(std::uint8_t cause);

}  // namespace greywatch::agent::iec104
