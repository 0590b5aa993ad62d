#pragma once
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::iec104 {

/// Information elements, by the abbreviations of IEC 60870-5-101:2003, 7.2.6 (F_SC_NB_1's from IEC 60870-5-104:2006).
enum class Element : std::uint8_t {
  // clang-format off
  none,
  siq, diq, vti, qds, bsi, nva, sva, flt, bcr, sep, spe, oci, qdp, scd,  // process information
  sco, dco, rco, qos, qoi, qcc, qrp, qpm, qpa, coi, fbp, tsc,            // commands, parameters, system
  cp16, cp24, cp56, cp56_start, cp56_stop,                               // time
  nof, nos, lof, los, chs, frq, srq, scq, lsq, afq, sof, segment,        // files
  // clang-format on
};

/// What the bits of a part mean.
enum class Kind : std::uint8_t { flag, unsigned_number, signed_number, normalized, ieee754 };

/// Part of an element: bits are numbered from 0, the lowest one of the first octet, as all elements are sent least
/// significant octet first (mode 1 of IEC 60870-5-4).
struct Part {
  std::string_view name;  ///< name of the field
  std::uint8_t first, bits;
  Kind kind;
};

/// One row of 7.2.6. The first part of an element that can be commanded is the commanded value.
struct ElementRow {
  Element element;
  std::span<Part const> parts;
};

ElementRow const& row(Element element);

/// Octets of an element; 0 for a segment, whose LOS says.
constexpr std::uint8_t octets(Element element) {
  constexpr std::uint8_t of[] = {0, 1, 1, 1, 1, 4, 2, 2, 4, 5, 1, 1, 1, 1, 4, 1, 1, 1, 1, 1, 1, 1,
                                 1, 1, 1, 2, 2, 2, 3, 7, 7, 7, 2, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0};
  static_assert(std::size(of) == static_cast<std::size_t>(Element::segment) + 1);
  return of[static_cast<std::size_t>(element)];
}

/// The element's octets as one number, least significant octet first; at most eight octets are looked at.
std::uint64_t little_endian(Bytes octets);

/// A part as a number: flags are 0 or 1, normalized values are -1 to 1 - 2^-15.
double number(Part const& part, std::uint64_t element);

/// Names all parts of the element; times come as text, too, when they name an instant.
void describe(Element element, Bytes octets, FieldSink& sink);

/// CP56Time2a as "2008-12-24T13:59:59.999Z", 24 characters into `out`. The standard leaves the time zone to the system:
/// the letter Z only says that nothing was added. False when day, month, hour, minute or second are out of range.
bool to_text(std::uint64_t cp56, char (&out)[24]);

}  // namespace greywatch::agent::iec104
