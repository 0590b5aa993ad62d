#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/dissector.hpp"
#include "common/bytes.hpp"
#include "common/result.hpp"

namespace greywatch::agent::iec104 {

/// Formats of the control field, by the number that the two lowest bits of its first octet make (an I format has only
/// the lowest one fixed, to zero). IEC 60870-5-104:2006, 5.1, figures 6 to 8.
enum class Format : std::uint8_t { i = 0, s = 1, u = 3 };

/// Functions of an unnumbered control field, as bits 3 to 8 of its first octet. Exactly one is set.
enum class UFunction : std::uint8_t {
  startdt_act = 0x01,
  startdt_con = 0x02,
  stopdt_act = 0x04,
  stopdt_con = 0x08,
  testfr_act = 0x10,
  testfr_con = 0x20,
};

/// Application protocol control information. IEC 60870-5-104:2006, 5.1.
struct Apci {
  std::uint8_t length = 0;  ///< octets after the length octet: 4 to 253
  Format format = Format::i;
  std::uint8_t control = 0;     ///< first octet of the control field, raw
  std::uint16_t send = 0;       ///< N(S), I format: 0 to 32767
  std::uint16_t receive = 0;    ///< N(R), I and S format: 0 to 32767
  std::uint8_t u_function = 0;  ///< U format: bits 3 to 8, see UFunction
};

inline constexpr std::uint8_t start = 0x68;                 ///< first octet of every APDU
inline constexpr std::size_t apci_octets = 6;               ///< start, length, four octets of control field
inline constexpr std::size_t least_length = 4;              ///< smallest value of the length octet
inline constexpr std::size_t most_length = 253;             ///< largest value of the length octet
inline constexpr std::uint16_t sequence_modulus = 1 << 15;  ///< N(S) and N(R) count modulo this

/// The control information at the front of one framed APDU, without the rules; of fewer than `apci_octets` octets,
/// nothing.
inline Apci peek_apci(Bytes apdu) {
  if (apdu.size() < apci_octets) return {};
  auto const word = [&](std::size_t at) { return static_cast<std::uint16_t>(apdu[at] | apdu[at + 1] << 8); };
  auto const first = word(2), second = word(4);
  Apci apci{.length = apdu[1], .control = apdu[2]};
  if ((first & 1) == 0) {
    apci.format = Format::i;
    apci.send = first >> 1;
    apci.receive = second >> 1;
  } else if ((first & 2) == 0) {
    apci.format = Format::s;
    apci.receive = second >> 1;
  } else {
    apci.format = Format::u;
    apci.u_function = static_cast<std::uint8_t>((first & 0xff) >> 2);
  }
  return apci;
}

/// Why the APDU is refused whose control information is `apci`: a wrong start octet, a length that is not the
/// message's, an S or U format longer than its control field, reserved bits set, and any number of U functions but one.
std::optional<Malformed> broken_rule(Bytes apdu, Apci const& apci);

/// Both together.
Result<Apci> read_apci(Bytes apdu);

/// Dissector::frame.
Frame frame(Bytes octets);

/// Dissector::probe: U formats are certain (48 fixed bits), as is an I format whose ASDU fits its type to the octet;
/// S formats and other I formats of known type are plausible.
Likeness probe(Bytes octets, Direction way);

}  // namespace greywatch::agent::iec104
