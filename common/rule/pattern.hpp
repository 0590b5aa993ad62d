#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greywatch::rules {

/// ASCII letters in lower case, other octets as they are: what "case-insensitive" means for rules here.
constexpr char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
void fold(std::string_view text, std::string& into);

/// A string of a rule: octets and wildcards. Sigma rules specification 2.0.0, "String Wildcard" and "Escaping".
class SigmaString {
 public:
  using Symbol = std::uint16_t;        ///< an octet, or one of the two below
  static constexpr Symbol one = 256;   ///< "?": exactly one character
  static constexpr Symbol many = 257;  ///< "*": any number of octets

  SigmaString() = default;
  /// Reads wildcards and backslash escapes of a rule's text.
  static SigmaString parse(std::string_view text);
  /// All of `text` as it stands.
  static SigmaString plain(std::string_view text);

  bool has_wildcards() const;
  /// The octets without regard to wildcards; meant for strings that have none.
  std::string octets() const;
  void prepend(Symbol symbol) { symbols_.insert(symbols_.begin(), symbol); }
  void append(Symbol symbol) { symbols_.push_back(symbol); }
  std::vector<Symbol> const& symbols() const { return symbols_; }
  bool operator==(SigmaString const&) const = default;

 private:
  std::vector<Symbol> symbols_;
};

/// A compiled SigmaString. Give it folded text unless it is cased.
class Pattern {
 public:
  enum class Shape : std::uint8_t { exact, contains, starts, ends, glob, anything };

  Pattern(SigmaString const& string, bool cased);
  bool matches(std::string_view text) const;
  Shape shape() const { return shape_; }
  /// The text of exact, contains, starts and ends; the longest run without wildcard of a glob.
  std::string const& literal() const { return literal_; }
  bool cased() const { return cased_; }

 private:
  bool glob(std::string_view text) const;
  std::vector<SigmaString::Symbol> symbols_;  ///< glob only
  std::string literal_;
  Shape shape_ = Shape::exact;
  bool cased_;
};

/// Standard base 64 with padding. RFC 4648, 4.
std::string base64(std::string_view octets);

/// The three forms that `octets` can take inside a base 64 text, cut to the part that does not depend on what stands
/// before and after it.
std::vector<std::string> base64_offsets(std::string_view octets);

/// UTF-16 of UTF-8 `text`; nullopt when it is no UTF-8.
std::optional<std::string> utf16(std::string_view text, bool big_endian, bool byte_order_mark);

}  // namespace greywatch::rules
