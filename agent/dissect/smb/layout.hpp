#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::smb {

/// How many octets a value has, and how it is told. Little endian all of them.
enum class Type : std::uint8_t { u8, u16, u32, u64, time, guid, gap1, gap2, gap4, gap8, gap16 };

/// One value of a fixed part; a `gap` has no name and is not told.
struct Column {
  std::string_view name;
  Type type;
};
using Columns = std::span<Column const>;

std::size_t octets_of(Columns columns);
/// Tells the values of a fixed part, as far as its octets go.
void describe(Columns columns, Bytes octets, FieldSink& sink);

/// The fixed part of an SMB 2 message behind StructureSize, by command and role. MS-SMB2, 2.2.3 to 2.2.44.
struct Layout2 {
  std::uint8_t command;
  bool response;
  std::uint16_t structure_size;
  Columns columns;
};
/// Null where no layout has this structure size. `any` tells whether there is one of another size.
Layout2 const* find_layout2(std::uint16_t command, bool response, std::uint16_t structure_size, bool& any);

/// The parameter words of an SMB 1 message, by command, role and how many there are. MS-CIFS, 2.2.4; MS-SMB, 2.2.4.
struct Layout1 {
  std::uint8_t command;
  bool response;
  std::uint8_t words;  ///< at least
  Columns columns;
};
/// The row with most words that the message has enough for; null without one. `any` as above.
Layout1 const* find_layout1(std::uint8_t command, bool response, std::uint8_t words, bool& any);
/// Whether its parameters begin with AndXCommand, AndXReserved and AndXOffset.
bool is_chained(std::uint8_t command);

/// Octets as a GUID is written: "00112233-4455-6677-8899-aabbccddeeff".
struct Guid {
  char text[36];
  std::string_view view() const { return {text, sizeof text}; }
};
Guid guid(Bytes sixteen);
/// A FILETIME, 100 ns since 1601, as RFC 3339; empty for 0 and what lies before 1970 or behind 2262.
struct FileTime {
  char text[28];
  std::size_t length;
  std::string_view view() const { return {text, length}; }
};
FileTime file_time(std::uint64_t ticks);

}  // namespace greywatch::agent::smb
