#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/text/text.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::bacnet {

/// The application tags of ASHRAE 135, 20.2.1.4, and what has a context tag, whose type its octets do not tell.
enum class Type : std::uint8_t {
  null,
  boolean,
  unsigned_integer,
  signed_integer,
  real,
  double_real,
  octet_string,
  character_string,
  bit_string,
  enumerated,
  date,
  time,
  object_identifier,
  untold = 16
};

/// A primitive value. Borrows the message.
struct Value {
  Type type = Type::untold;
  Bytes octets;
  bool truth = false;  ///< of an application-tagged boolean, whose tag is all there is

  /// Unsigned integers and enumerations: the number. 20.2.4.
  std::uint64_t number() const;
  std::int64_t integer() const;
  bool boolean() const { return truth || (!octets.empty() && octets.back() != 0); }
  /// What detectors compare; nothing of what is no number.
  std::optional<double> as_double() const;
};
/// May a value of this type have so many octets, and such ones?
bool fits(Type type, Bytes octets);

using Text = text::Fixed<512>;
/// Characters as UTF-8; hexadecimal digits of DBCS and JIS, after their octet of the character set. 20.2.9.
Text text_of(Bytes octets);
Text bits_of(Bytes octets);  ///< "0101"; 20.2.10
Text date_of(Bytes octets);  ///< "2026-11-27", "*" for what is not told; 20.2.12
Text time_of(Bytes octets);  ///< "23:40:00.00"; 20.2.13
Text hex_of(Bytes octets);   ///< 256 octets at most

}  // namespace greywatch::agent::bacnet
