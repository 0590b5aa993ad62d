#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/dissect/dnp3/element.hpp"

namespace greywatch::agent::dnp3 {

/// How the objects of a group and variation lie in a message.
enum class Layout : std::uint8_t {
  nothing,    ///< no data: variation 0 ("any") and classes
  elements,   ///< the elements of the row, one after the other
  bits,       ///< one bit a point, packed
  bit_pairs,  ///< two bits a point, packed
  string,     ///< as many octets as the variation says: groups 110 to 113
  attribute,  ///< data type, length and value: group 0
};

/// One row of annex A (object group and variation). Groups 0 and 110 to 113 have one row for all variations.
struct ObjectType {
  std::uint8_t group, variation;
  std::string_view name;
  Layout layout;
  std::array<Element, 10> elements = {};  ///< in order; ends with `none`
  std::uint8_t octets = 0;                ///< of all elements of a fixed length, worked out
  bool open = false;                      ///< the last element takes what is left: only a size prefix says how much
};

/// The row, or null: reserved, or of a later edition.
ObjectType const* find_object_type(std::uint8_t group, std::uint8_t variation);

std::span<ObjectType const> object_types();

}  // namespace greywatch::agent::dnp3
