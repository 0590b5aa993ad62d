#include "common/rule/item.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

namespace greywatch::rules {

bool holds(Comparison comparison, double left, double right) {
  switch (comparison) {
    case Comparison::gt:
      return left > right;
    case Comparison::gte:
      return left >= right;
    case Comparison::lt:
      return left < right;
    case Comparison::lte:
      return left <= right;
    case Comparison::eq:
      return left == right;
    case Comparison::neq:
      return left != right;
  }
  return false;
}

namespace {

/// A number, or a text that is one from end to end.
std::optional<double> as_number(Value const& value) {
  if (auto const* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (auto const* natural = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*natural);
  if (auto const* real = std::get_if<double>(&value)) return *real;
  if (auto const* text = std::get_if<std::string_view>(&value)) {
    double read = 0;
    auto const end = std::from_chars(text->data(), text->data() + text->size(), read);
    if (end.ec == std::errc() && end.ptr == text->data() + text->size()) return read;
  }
  return std::nullopt;
}

bool equal(Number const& number, Value const& value) {
  if (auto const* text = std::get_if<std::string_view>(&value)) return *text == number.text;
  if (auto const* wanted = std::get_if<std::int64_t>(&number.value)) {
    if (auto const* whole = std::get_if<std::int64_t>(&value)) return *whole == *wanted;
    if (auto const* natural = std::get_if<std::uint64_t>(&value)) return std::cmp_equal(*natural, *wanted);
    if (auto const* real = std::get_if<double>(&value))
      return *real == static_cast<double>(*wanted) && std::fabs(*real) < 9.2e18 &&
             static_cast<std::int64_t>(*real) == *wanted;
    return false;
  }
  if (std::holds_alternative<bool>(value)) return false;
  auto const read = as_number(value);
  return read && *read == std::get<double>(number.value);
}

bool same_text(std::string_view left, std::string_view right, bool cased) {
  if (cased) return left == right;
  return std::ranges::equal(left, right, {}, [](char c) { return fold(c); }, [](char c) { return fold(c); });
}

/// The part of a time as it is written: "2026-11-22T14:05:00+02:00" has hour 14. Weeks are those of ISO 8601.
std::optional<double> part_of(TimePart::Part part, std::string_view text) {
  using namespace std::chrono;
  auto const number = [&](std::size_t at, std::size_t digits) {
    int value = -1;
    if (at + digits <= text.size()) {
      auto const end = std::from_chars(text.data() + at, text.data() + at + digits, value);
      if (end.ptr != text.data() + at + digits) value = -1;
    }
    return value;
  };
  int const y = number(0, 4), m = number(5, 2), d = number(8, 2), hour = number(11, 2), minute = number(14, 2);
  if (text.size() < 16 || text[4] != '-' || text[7] != '-' || text[13] != ':' || hour < 0 || minute < 0)
    return std::nullopt;
  year_month_day const date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!date.ok()) return std::nullopt;
  switch (part) {
    case TimePart::Part::minute:
      return minute;
    case TimePart::Part::hour:
      return hour;
    case TimePart::Part::day:
      return d;
    case TimePart::Part::month:
      return m;
    case TimePart::Part::year:
      return y;
    case TimePart::Part::week: {
      auto const weekday_number = static_cast<int>(weekday(sys_days(date)).iso_encoding());
      auto const thursday = sys_days(date) + days(4 - weekday_number);  // its year is the week's
      auto const first = sys_days(year_month_day(thursday).year() / January / 1);
      auto const whole_weeks = (thursday - first).count() / 7;
      return static_cast<double>(whole_weeks + 1);
    }
  }
  return std::nullopt;
}

struct Matches {
  EventCache& event;
  FieldId field;

  template <class Test>
  bool any(Test test) const {
    auto const& values = event.values(field);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (test(values[i])) return true;
    return false;
  }

  bool operator()(IsNull const&) const {
    return !any([](Value const& value) { return !std::holds_alternative<std::monostate>(value); });
  }
  bool operator()(Exists const& test) const { return event.values(field).empty() != test.wanted; }
  bool operator()(Flag const& flag) const {
    return any([&](Value const& value) {
      if (auto const* held = std::get_if<bool>(&value)) return *held == flag.value;
      auto const* text = std::get_if<std::string_view>(&value);
      return text && same_text(*text, flag.value ? "true" : "false", false);
    });
  }
  bool operator()(Number const& number) const {
    return any([&](Value const& value) { return equal(number, value); });
  }
  bool operator()(Compare const& test) const {
    return any([&](Value const& value) {
      auto const number = as_number(value);
      return number && holds(test.how, *number, test.value);
    });
  }
  bool operator()(Regex const& regex) const {
    return std::ranges::any_of(event.texts(field), [&](std::string_view text) {
      return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex.pattern);
    });
  }
  bool operator()(Cidr const& cidr) const {
    return any([&](Value const& value) {
      auto const* text = std::get_if<std::string_view>(&value);
      auto const address = text ? parse_ip(*text) : std::nullopt;
      return address && cidr.prefix.contains(*address);
    });
  }
  bool operator()(TimePart const& test) const {
    return std::ranges::any_of(event.texts(field), [&](std::string_view text) {
      auto const part = part_of(test.part, text);
      return part && holds(test.how, *part, test.value);
    });
  }
  bool operator()(SameAs const& reference) const {
    auto const others = event.texts(reference.other);
    return std::ranges::any_of(event.texts(field), [&](std::string_view text) {
      return std::ranges::any_of(others,
                                 [&](std::string_view other) { return same_text(text, other, reference.cased); });
    });
  }
  bool operator()(Pattern const& pattern) const {
    if (pattern.cased())
      return std::ranges::any_of(event.texts(field), [&](std::string_view text) { return pattern.matches(text); });
    return std::ranges::any_of(event.folded(field), [&](std::string const& text) { return pattern.matches(text); });
  }
};

}  // namespace

bool Item::matches(EventCache& event) const {
  auto const one = [&](Operand const& operand) { return std::visit(Matches{event, field}, operand); };
  auto from = operands.begin();
  auto const value = [&](std::uint32_t end) {
    auto const begin = std::exchange(from, operands.begin() + end);
    return std::any_of(begin, from, one);
  };
  bool found = all ? std::ranges::all_of(ends, value) : std::ranges::any_of(operands, one);
  if (!found && !any_of.empty())
    found = std::ranges::any_of(event.folded(field),
                                [&](std::string const& text) { return std::ranges::binary_search(any_of, text); });
  return found != negate;
}

}  // namespace greywatch::rules
