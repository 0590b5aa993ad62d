#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace greywatch {

/// Why octets from the network were refused.
enum class Defect : std::uint8_t { truncated, bad_value, bad_length, bad_checksum, too_deep, trailing };

/// The name of a defect as it appears in findings and metrics: "truncated", "bad_value", …
constexpr std::string_view name(Defect defect) {
  switch (defect) {
    case Defect::truncated:
      return "truncated";
    case Defect::bad_value:
      return "bad_value";
    case Defect::bad_length:
      return "bad_length";
    case Defect::bad_checksum:
      return "bad_checksum";
    case Defect::too_deep:
      return "too_deep";
    case Defect::trailing:
      return "trailing";
  }
  return "bad_value";
}

/// Why octets were refused; `offset` counts octets from the first one of the message, `field` is a literal.
struct Malformed {
  Defect defect = Defect::bad_value;
  std::size_t offset = 0;
  std::string_view field;
};

/// Why a file, a configuration or an argument was refused: one clear sentence that names file, line or offset.
struct Refusal {
  std::string text;
};

template <class T, class E = Malformed>
using Result = std::expected<T, E>;

inline std::unexpected<Malformed> fail(Malformed why) { return std::unexpected(why); }
inline std::unexpected<Refusal> refuse(std::string text) { return std::unexpected(Refusal{std::move(text)}); }

}  // namespace greywatch
