#pragma once
#include <optional>
#include <span>

#include "agent/dissect/fins/area.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::fins {

/// How octets of a command's or an answer's body are read.
enum class Kind : std::uint8_t {
  number,
  digits,       ///< binary-coded decimal: two digits an octet
  text,         ///< filled up with blanks or zeros
  place,        ///< area, address and bit, each a field of its own
  numbered,     ///< area, and address and bit as one number of `field`
  items,        ///< how many elements of the place; data behind them must be as many
  count,        ///< how many times `unit` octets of data must follow; bit 15 may say that they are the last
  repetitions,  ///< how many times the group behind `group` must come; bit 15 may say that they are the last
  data,         ///< all that is left, as hexadecimal digits
  sized,        ///< an area, and an element of it
  octets,       ///< as hexadecimal digits
  filler,       ///< octets of no meaning
  secret,       ///< a password: all that is left, never said
  group,        ///< no octets: what stands behind it comes again until the end
  optional,     ///< no octets: the body may end here
};
/// What detectors must know of a part.
enum class Means : std::uint8_t { nothing, parameter_area, word, program, file, mode, specification, written };

struct Part {
  Kind kind;
  std::string_view field = {};
  std::uint8_t octets = 0;  ///< of number, digits, text, count, repetitions, octets, filler
  std::uint8_t unit = 1;    ///< of count
  Means means = Means::nothing;
};
using Layout = std::span<Part const>;

/// Takes the parts of a body in order, octets as they came.
class PartSink {
 public:
  virtual ~PartSink() = default;
  virtual void part(Part const& part, Bytes octets) = 0;
};

/// Goes through `body` as `layout` says. The first rule that is broken is returned, its offset counted from the body's
/// first octet; parts are told as far as they are whole.
std::optional<Malformed> walk(Layout layout, Bytes body, PartSink& sink);

std::uint32_t number_of(Bytes octets);
Place place_of(Bytes octets);  ///< of four octets
/// Text without the blanks and zeros behind it.
std::string_view text_of(Bytes octets);

}  // namespace greywatch::agent::fins
