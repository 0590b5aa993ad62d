#pragma once
#include <optional>
#include <string_view>

#include "agent/observation.hpp"

/// What TASE.2 (ICCP; IEC 60870-6-503 and -802) makes of MMS, as far as names tell.
namespace greywatch::agent::mms::tase2 {

/// An object whose name the standard fixes, by which an association is known for TASE.2.
struct Object {
  std::string_view name;
  std::string_view kind;  ///< "version", "bilateral_table", "transfer_set", "information_message"
};
/// Of a VMD's or a domain's item, or null.
Object const* find_object(std::string_view item);

/// What an access means on an association that is TASE.2.
struct Meaning {
  Operation operation;
  std::string_view action;  ///< "select", "operate", "set_point", "tag", "transfer_set"
};
/// Of a read (write false) or write of the item; `plain_integer`: the data are one integer; `plain_float`: one float.
std::optional<Meaning> meaning_of(std::string_view item, bool write, bool plain_integer, bool plain_float);

}  // namespace greywatch::agent::mms::tase2
