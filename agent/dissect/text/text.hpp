#pragma once
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/bytes.hpp"

namespace greywatch::agent::text {

/// Text of at most `N` characters that owns them and never allocates; what does not fit is left out.
template <std::size_t N>
class Fixed {
 public:
  void put(char letter) {
    if (length_ < N) letters_[length_++] = letter;
  }
  void put(std::string_view some) {
    for (char letter : some) put(letter);
  }
  void put_number(std::uint64_t value, int base = 10) {
    char digits[20];
    auto const end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
    put(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  /// Two hexadecimal digits.
  void put_octet(std::uint8_t octet) {
    put("0123456789abcdef"[octet >> 4]);
    put("0123456789abcdef"[octet & 15]);
  }
  void clear() { length_ = 0; }
  bool empty() const { return length_ == 0; }
  std::size_t size() const { return length_; }
  std::string_view view() const { return {letters_.data(), length_}; }

 private:
  std::array<char, N> letters_;
  std::size_t length_ = 0;
};

/// Hexadecimal digits of octets, of the first `most` of them.
template <std::size_t most = 256>
Fixed<2 * most> hex(Bytes octets) {
  Fixed<2 * most> digits;
  for (auto octet : octets.first(std::min(octets.size(), most))) digits.put_octet(octet);
  return digits;
}

using Address = Fixed<64>;

/// Four octets as a dotted quad, sixteen as RFC 5952 writes them; hexadecimal where they are neither.
Address ip(Bytes octets);
/// "00:1b:1b:0a:0b:0c"; of any length.
Address mac(Bytes octets);

bool is_digit(std::uint8_t letter);
bool is_printable(std::uint8_t letter);  ///< of ASCII, the blank included
std::uint8_t lower(std::uint8_t letter);
bool equal_ignoring_case(std::string_view one, std::string_view other);
std::string_view trimmed(std::string_view text);  ///< without blanks and tabs at both ends
/// What a field of fixed size holds: text up to its first NUL, or all of it.
std::string_view up_to_nul(std::string_view text);
/// The same without the blanks at its end, which fill such fields, too.
std::string_view without_filling(std::string_view text);

/// A decimal number that is the whole of `digits`; nothing when it is none, or too great.
std::optional<std::uint64_t> number(std::string_view digits, int base = 10);

/// Octets of the first line with its end, which is LF or CR LF; 0 when there is none in the first `most` octets.
std::size_t line_length(Bytes octets, std::size_t most);
/// Takes the first line off `left`: without its end; nothing when there is no end.
std::optional<std::string_view> take_line(Bytes& left);
/// Takes the first word off `left`, and the blanks behind it.
std::string_view take_word(std::string_view& left);

}  // namespace greywatch::agent::text
