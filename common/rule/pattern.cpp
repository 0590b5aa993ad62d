#include "common/rule/pattern.hpp"

#include <algorithm>
#include <array>

namespace greywatch::rules {

void fold(std::string_view text, std::string& into) {
  into.resize(text.size());
  std::transform(text.begin(), text.end(), into.begin(), [](char c) { return fold(c); });
}

SigmaString SigmaString::parse(std::string_view text) {
  SigmaString out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    char const next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
      out.append(static_cast<unsigned char>(next));
      ++i;
    } else if (c == '*') {
      if (out.symbols_.empty() || out.symbols_.back() != many) out.append(many);
    } else if (c == '?') {
      out.append(one);
    } else {
      out.append(static_cast<unsigned char>(c));
    }
  }
  return out;
}

SigmaString SigmaString::plain(std::string_view text) {
  SigmaString out;
  for (char const c : text) out.append(static_cast<unsigned char>(c));
  return out;
}

bool SigmaString::has_wildcards() const {
  return std::ranges::any_of(symbols_, [](Symbol symbol) { return symbol >= one; });
}

std::string SigmaString::octets() const {
  std::string out;
  for (auto const symbol : symbols_)
    if (symbol < one) out += static_cast<char>(symbol);
  return out;
}

Pattern::Pattern(SigmaString const& string, bool cased) : cased_(cased) {
  auto symbols = string.symbols();
  if (!cased)
    for (auto& symbol : symbols)
      if (symbol < 128) symbol = static_cast<unsigned char>(fold(static_cast<char>(symbol)));
  bool const open_front = !symbols.empty() && symbols.front() == SigmaString::many;
  bool const open_back = !symbols.empty() && symbols.back() == SigmaString::many;
  auto const from = symbols.begin() + (open_front ? 1 : 0);
  auto const to = open_back && symbols.size() > 1 ? symbols.end() - 1 : symbols.end();
  if (symbols.size() == 1 && open_front) {
    shape_ = Shape::anything;
    return;
  }
  if (std::any_of(from, to, [](auto symbol) { return symbol >= SigmaString::one; })) {
    shape_ = Shape::glob;
    std::string run;
    for (auto const symbol : symbols) {
      if (symbol < SigmaString::one) {
        run += static_cast<char>(symbol);
        if (run.size() > literal_.size()) literal_ = run;
      } else {
        run.clear();
      }
    }
    symbols_ = std::move(symbols);
    return;
  }
  for (auto at = from; at != to; ++at) literal_ += static_cast<char>(*at);
  shape_ = open_front ? (open_back ? Shape::contains : Shape::ends) : open_back ? Shape::starts : Shape::exact;
}

bool Pattern::matches(std::string_view text) const {
  switch (shape_) {
    case Shape::exact:
      return text == literal_;
    case Shape::contains:
      return text.find(literal_) != std::string_view::npos;
    case Shape::starts:
      return text.starts_with(literal_);
    case Shape::ends:
      return text.ends_with(literal_);
    case Shape::glob:
      return glob(text);
    case Shape::anything:
      return true;
  }
  return false;
}

/// Greedy with one point to return to: the last "*". At most |symbols| x |text| steps, no recursion.
bool Pattern::glob(std::string_view text) const {
  constexpr auto none = static_cast<std::size_t>(-1);
  std::size_t at = 0, symbol = 0, back_symbol = none, back_at = 0;
  while (at < text.size() || symbol < symbols_.size()) {
    if (symbol < symbols_.size()) {
      auto const wanted = symbols_[symbol];
      if (wanted == SigmaString::many) {
        back_symbol = symbol++;
        back_at = at;
        continue;
      }
      if (at < text.size() && wanted == SigmaString::one) {
        // One character of UTF-8, which is its first octet and those that continue it.
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
        ++symbol;
        continue;
      }
      if (at < text.size() && wanted == static_cast<unsigned char>(text[at])) {
        ++at, ++symbol;
        continue;
      }
    }
    if (back_symbol == none || back_at >= text.size()) return false;
    at = ++back_at;
    symbol = back_symbol + 1;
  }
  return true;
}

std::string base64(std::string_view octets) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    auto const octet = [&](std::size_t n) -> unsigned {
      return i + n < octets.size() ? static_cast<unsigned char>(octets[i + n]) : 0U;
    };
    unsigned const group = octet(0) << 16U | octet(1) << 8U | octet(2);
    out += digits[group >> 18U & 63U];
    out += digits[group >> 12U & 63U];
    out += i + 1 < octets.size() ? digits[group >> 6U & 63U] : '=';
    out += i + 2 < octets.size() ? digits[group & 63U] : '=';
  }
  return out;
}

std::vector<std::string> base64_offsets(std::string_view octets) {
  // With 0, 1 or 2 octets before it, the first 0, 2 or 3 digits also hold bits of those; at the end the last digits
  // hold bits of what follows unless the whole fills groups of three.
  constexpr std::array<std::size_t, 3> skipped{0, 2, 3};
  std::vector<std::string> out;
  for (std::size_t before = 0; before < 3; ++before) {
    auto const text = base64(std::string(before, ' ') + std::string(octets));
    std::size_t const whole_bits = (before + octets.size()) * 8;
    std::size_t const keep = whole_bits / 6;  // digits made of known bits only
    if (keep > skipped[before]) out.push_back(text.substr(skipped[before], keep - skipped[before]));
  }
  return out;
}

std::optional<std::string> utf16(std::string_view text, bool big_endian, bool byte_order_mark) {
  std::string out;
  auto const unit = [&](unsigned value) {
    auto const high = static_cast<char>(value >> 8U), low = static_cast<char>(value & 0xFFU);
    out += big_endian ? high : low;
    out += big_endian ? low : high;
  };
  if (byte_order_mark) unit(0xFEFF);
  for (std::size_t i = 0; i < text.size();) {
    auto const first = static_cast<unsigned char>(text[i]);
    std::size_t const length = first < 0x80        ? 1
                               : first >> 5U == 6  ? 2
                               : first >> 4U == 14 ? 3
                               : first >> 3U == 30 ? 4
                                                   : 0;
    if (length == 0 || i + length > text.size()) return std::nullopt;
    unsigned point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      auto const next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80) return std::nullopt;
      point = point << 6U | (next & 0x3FU);
    }
    i += length;
    if (point >= 0x10000) {
      unit(0xD800 + ((point - 0x10000) >> 10U));
      unit(0xDC00 + ((point - 0x10000) & 0x3FFU));
    } else {
      unit(point);
    }
  }
  return out;
}

}  // namespace greywatch::rules
