#include "common/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace greywatch {

namespace chrono = std::chrono;

Rfc3339 rfc3339(Time time) {
  auto const day = chrono::floor<chrono::days>(time);
  chrono::year_month_day const date{day};
  auto const clock = chrono::hh_mm_ss<chrono::nanoseconds>{time - day};
  Rfc3339 written;
  std::ranges::copy(std::string_view("0000-00-00T00:00:00.000000000Z"), written.text.begin());
  auto const put = [&](std::size_t end, std::int64_t value) {  // the last digit of what stands before `end`
    for (; value > 0; value /= 10) written.text[--end] = static_cast<char>('0' + value % 10);
  };
  put(4, static_cast<int>(date.year()));
  put(7, static_cast<unsigned>(date.month()));
  put(10, static_cast<unsigned>(date.day()));
  put(13, clock.hours().count());
  put(16, clock.minutes().count());
  put(19, clock.seconds().count());
  put(29, clock.subseconds().count());
  return written;
}

std::string to_rfc3339(Time time) { return std::string(rfc3339(time).view()); }

namespace {

/// Digits at the front of `text`, removed from it; -1 when fewer than `count` are there.
int digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view accepted) {
  if (text.empty() || accepted.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Result<Time, Refusal> parse_rfc3339(std::string_view text) {
  auto const whole = text;
  auto const bad = [&] {
    return refuse(fmt::format("\"{}\" is not an RFC 3339 time such as 2026-11-22T09:46:14Z", whole));
  };
  int const year = digits(text, 4);
  if (year < 0 || !take(text, "-")) return bad();
  int const month = digits(text, 2);
  if (month < 0 || !take(text, "-")) return bad();
  int const day = digits(text, 2);
  if (day < 0 || !take(text, "Tt ")) return bad();
  int const hour = digits(text, 2);
  if (hour < 0 || !take(text, ":")) return bad();
  int const minute = digits(text, 2);
  if (minute < 0 || !take(text, ":")) return bad();
  int const second = digits(text, 2);
  if (second < 0) return bad();
  std::int64_t fraction = 0;
  if (take(text, ".")) {
    std::size_t read = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++read)
      if (read < 9) fraction = fraction * 10 + (text.front() - '0');
    if (read == 0) return bad();
    for (; read < 9; ++read) fraction *= 10;
  }
  int offset_minutes = 0;
  if (!take(text, "Zz")) {
    bool const west = !text.empty() && text.front() == '-';
    if (!take(text, "+-")) return bad();
    int const offset_hours = digits(text, 2);
    if (offset_hours < 0 || offset_hours > 23 || !take(text, ":")) return bad();
    int const rest = digits(text, 2);
    if (rest < 0 || rest > 59) return bad();
    offset_minutes = (west ? -1 : 1) * (offset_hours * 60 + rest);
  }
  chrono::year_month_day const date{chrono::year{year}, chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  // Nanoseconds in 64 bits reach from 1677 to 2262; a margin keeps the arithmetic below from overflowing.
  if (!text.empty() || !date.ok() || year < 1678 || year > 2261 || hour > 23 || minute > 59 || second > 60)
    return bad();
  return Time{chrono::sys_days{date}} + chrono::hours{hour} + chrono::minutes{minute - offset_minutes} +
         chrono::seconds{second} + chrono::nanoseconds{fraction};
}

Result<Duration, Refusal> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
  };
  static constexpr std::array units{Unit{"ms", 1'000'000},         Unit{"us", 1'000},
                                    Unit{"s", 1'000'000'000},      Unit{"m", 60'000'000'000},
                                    Unit{"h", 3'600'000'000'000},  Unit{"d", 86'400'000'000'000},
                                    Unit{"w", 604'800'000'000'000}};
  auto const whole = text;
  auto const bad = [&] { return refuse(fmt::format("\"{}\" is not a duration such as 90s, 15m, 12h or 7d", whole)); };
  if (text.empty()) return bad();
  std::int64_t sum = 0;
  while (!text.empty()) {
    std::int64_t value = 0;
    std::size_t read = 0;
    for (; read < text.size() && text[read] >= '0' && text[read] <= '9'; ++read) {
      if (read == 12) return bad();
      value = value * 10 + (text[read] - '0');
    }
    if (read == 0) return bad();
    text.remove_prefix(read);
    Unit const* found = nullptr;
    for (auto const& unit : units)
      if (text.starts_with(unit.name)) {
        found = &unit;
        break;
      }
    if (!found || value > std::numeric_limits<std::int64_t>::max() / found->nanoseconds - sum / found->nanoseconds - 1)
      return bad();
    text.remove_prefix(found->name.size());
    sum += value * found->nanoseconds;
  }
  return Duration{sum};
}

}  // namespace greywatch
