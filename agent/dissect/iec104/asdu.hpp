#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>

#include "agent/dissect/iec104/asdu_type.hpp"
#include "common/bytes.hpp"
#include "common/result.hpp"

namespace greywatch::agent::iec104 {

/// Octets of the fields whose size IEC 60870-5-101 leaves to the system (7.2.3 to 7.2.5).
struct FieldSizes {
  std::uint8_t cause = 2;           ///< 1, or 2 with the originator address
  std::uint8_t common_address = 2;  ///< 1 or 2
  std::uint8_t object_address = 3;  ///< 1 to 3
  bool operator==(FieldSizes const&) const = default;
};

/// IEC 60870-5-104 fixes them (2006, clause 5 and 7: "maximum sizes").
inline constexpr FieldSizes standard_sizes{};

/// Application service data unit. IEC 60870-5-101:2003, 7.2. Borrows the message.
struct Asdu {
  std::uint8_t type_id = 0;
  AsduType const* type = nullptr;  ///< null: opaque
  bool sequence = false;           ///< SQ
  std::uint8_t count = 0;          ///< number of objects or elements: 0 to 127
  std::uint8_t cause = 0;          ///< 0 to 63
  bool negative = false;           ///< P/N
  bool test = false;               ///< T
  std::optional<std::uint8_t> originator_address;
  std::uint16_t common_address = 0;
  FieldSizes sizes;
  std::uint8_t known = 0;  ///< octets of the identifier that are there: fewer than all only where it was cut off
  Bytes objects;           ///< from the first information object address to the end
  bool without_addresses = false;  ///< the objects of this type have no address
};

/// Octets of the data unit identifier.
constexpr std::size_t identifier_octets(FieldSizes const& sizes) {
  return std::size_t{2} + sizes.cause + sizes.common_address;
}

/// Reads the data unit identifier behind the control field, as far as it goes, without the rules. In place: an ASDU is
/// not moved about while its octets are still on their way to memory.
inline void peek_asdu(Bytes octets, FieldSizes const& sizes, Asdu& asdu) {
  auto const at = [&](std::size_t n) { return n < octets.size() ? octets[n] : std::uint8_t{0}; };
  asdu.type_id = at(0);
  asdu.sizes = sizes;
  asdu.known = static_cast<std::uint8_t>(std::min(octets.size(), identifier_octets(sizes)));
  asdu.type = find_type(asdu.type_id);
  asdu.without_addresses = without_object(asdu.type_id);
  asdu.sequence = (at(1) & 0x80) != 0;
  asdu.count = at(1) & 0x7f;
  asdu.cause = at(2) & 0x3f;
  asdu.negative = (at(2) & 0x40) != 0;
  asdu.test = (at(2) & 0x80) != 0;
  if (sizes.cause == 2) asdu.originator_address = at(3);
  std::size_t const address = 2u + sizes.cause;
  asdu.common_address = at(address);
  if (sizes.common_address == 2) {
    asdu.common_address = static_cast<std::uint16_t>(asdu.common_address | at(address + 1) << 8);
  }
  asdu.objects = octets.subspan(asdu.known);
}

/// Why the ASDU that `octets` hold is refused: its objects must fill it to the octet when the type is known; too few
/// octets are `truncated`, too many `trailing`.
std::optional<Malformed> broken_rule(Bytes octets, Asdu const& asdu);

/// Both together.
Result<Asdu> read_asdu(Bytes octets, FieldSizes const& sizes);

/// The field sizes of a usual profile of IEC 60870-5-101 that make the ASDU fit its type to the octet with a permitted
/// cause: a station configured as one of -101, or an ASDU of which one to three octets are missing. Nothing where none
/// fits.
std::optional<FieldSizes> deviating_sizes(Bytes octets);

/// One information object.
struct Object {
  std::uint32_t address = 0;
  Bytes elements;  ///< as many as the type asks for; for opaque types, all the rest
};

/// Walks the objects of an ASDU, as far as its octets go. Never reads past them, whatever the count says.
class Objects {
 public:
  explicit Objects(Asdu const& asdu) : asdu_(asdu), left_(asdu.count), in_(asdu.objects) {}

  /// The next object, or nothing at the end or where octets are missing.
  std::optional<Object> next();

  /// An address was there without its elements; `next` then gave nothing.
  std::optional<std::uint32_t> lone_address() const { return lone_address_; }
  std::size_t missing() const { return left_; }      ///< objects that are counted but not there
  std::size_t unread() const { return in_.left(); }  ///< octets behind the last object

 private:
  std::size_t element_octets() const;

  Asdu const& asdu_;
  std::size_t left_;
  Reader in_;
  std::uint32_t address_ = 0;
  bool first_ = true;
  std::optional<std::uint32_t> lone_address_;
};

}  // namespace greywatch::agent::iec104
