#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.hpp"

namespace greywatch {

/// Event time: UTC, nanoseconds since 1970-01-01, no leap seconds. Never wall time.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;
using Duration = std::chrono::nanoseconds;

constexpr Time from_unix_ns(std::int64_t nanoseconds) { return Time{Duration{nanoseconds}}; }
constexpr std::int64_t unix_ns(Time time) { return time.time_since_epoch().count(); }
constexpr double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// RFC 3339 UTC with nanoseconds, always 30 characters: "2026-11-22T09:46:14.000000000Z".
std::string to_rfc3339(Time time);

/// The same without an allocation.
struct Rfc3339 {
  std::array<char, 30> text;
  std::string_view view() const { return {text.data(), text.size()}; }
};
Rfc3339 rfc3339(Time time);

/// Reads RFC 3339 with any offset and up to nine fractional digits (more are cut off).
Result<Time, Refusal> parse_rfc3339(std::string_view text);

/// Reads "90s", "15m", "12h", "7d", "4w", "250ms", sums such as "1h30m"; refuses negative, empty and bare numbers.
Result<Duration, Refusal> parse_duration(std::string_view text);

}  // namespace greywatch
