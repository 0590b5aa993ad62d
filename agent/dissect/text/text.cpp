#include "agent/dissect/text/text.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace greywatch::agent::text {

Address ip(Bytes octets) {
  Address out;
  char letters[INET6_ADDRSTRLEN];
  bool const known = octets.size() == 4 || octets.size() == 16;
  if (known && inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), letters, sizeof letters) != nullptr)
    out.put(std::string_view(letters));
  else
    for (auto octet : octets) out.put_octet(octet);
  return out;
}

Address mac(Bytes octets) {
  Address out;
  for (auto octet : octets) {
    if (!out.empty()) out.put(':');
    out.put_octet(octet);
  }
  return out;
}

bool is_digit(std::uint8_t letter) { return letter >= '0' && letter <= '9'; }
bool is_printable(std::uint8_t letter) { return letter >= 0x20 && letter < 0x7f; }
std::uint8_t lower(std::uint8_t letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<std::uint8_t>(letter + ('a' - 'A')) : letter;
}

bool equal_ignoring_case(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](char a, char b) {
    return lower(static_cast<std::uint8_t>(a)) == lower(static_cast<std::uint8_t>(b));
  });
}

std::string_view trimmed(std::string_view text) {
  auto const from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string_view up_to_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

std::string_view without_filling(std::string_view text) {
  text = up_to_nul(text);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> number(std::string_view digits, int base) {
  std::uint64_t value = 0;
  auto const end = digits.data() + digits.size();
  auto const [at, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

std::size_t line_length(Bytes octets, std::size_t most) {
  auto const some = octets.first(std::min(most, octets.size()));
  auto const at = std::ranges::find(some, std::uint8_t{'\n'});
  return at == some.end() ? 0 : static_cast<std::size_t>(at - some.begin()) + 1;
}

std::optional<std::string_view> take_line(Bytes& left) {
  auto const length = line_length(left, left.size());
  if (length == 0) return std::nullopt;
  auto line = as_text(left.first(length - 1));
  left = left.subspan(length);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view take_word(std::string_view& left) {
  auto const end = std::min(left.find(' '), left.size());
  auto const word = left.substr(0, end);
  left.remove_prefix(std::min(left.find_first_not_of(' ', end), left.size()));
  return word;
}

}  // namespace greywatch::agent::text
