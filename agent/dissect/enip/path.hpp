#pragma once
#include <array>
#include <optional>

#include "common/bytes.hpp"

namespace greywatch::agent::enip {

/// Kinds of segments of a path, its upper three bits. CIP Networks Library volume 1, C-1.4.
enum class SegmentKind : std::uint8_t { port, logical, network, symbolic, data, type, elementary, reserved };
/// Of logical segments, the next three bits.
enum class Logical : std::uint8_t {
  class_id,
  instance_id,
  member_id,
  connection_point,
  attribute_id,
  special,
  service_id,
  extended
};

/// One segment. Borrows the path.
struct Segment {
  std::uint8_t first = 0;   ///< its first octet
  std::uint32_t value = 0;  ///< logical: the number; port: the port
  Bytes octets;             ///< port: link address; symbolic: the name; special: the electronic key; others: their data

  SegmentKind kind() const { return static_cast<SegmentKind>(first >> 5); }
  Logical logical() const { return static_cast<Logical>(first >> 2 & 7); }
  bool is(Logical logical_kind) const { return kind() == SegmentKind::logical && logical() == logical_kind; }
  /// ANSI extended symbols are among the data segments.
  bool is_symbol() const { return kind() == SegmentKind::symbolic || first == 0x91; }
};
/// The next segment of a padded path. Nothing, and a failed reader where it is cut off, when there is none or its kind
/// is not known.
std::optional<Segment> next_segment(Reader& in);

/// What a path leads to: the last class, and what of it. Borrows the path.
struct Place {
  std::uint16_t class_id = 0;
  std::uint16_t attribute = 0;
  std::uint32_t instance = 0;
  bool has_class = false, has_instance = false, has_attribute = false;
  Bytes path;         ///< all of it
  Bytes symbols;      ///< the path from its first symbol on; empty without one
  bool whole = true;  ///< every segment was read
};
Place read_place(Bytes path);

using Name = std::array<char, 96>;
/// "class 0x8e instance 1 attribute 5", or the tag's name: "Program:Main.Valve[3]". Empty for an empty path.
std::string_view name_of(Place const& place, Name& room);

}  // namespace greywatch::agent::enip
