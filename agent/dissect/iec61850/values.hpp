#pragma once
#include <cstdint>
#include <string_view>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::iec61850 {

/// UtcTime of IEC 61850-8-1:2011, 8.1.3.6: seconds since 1970, a binary fraction, and how good they are.
struct UtcTime {
  std::uint32_t seconds = 0;
  std::uint32_t fraction = 0;  ///< 24 bits, in 2^-24 s
  std::uint8_t quality = 0;

  bool leap_seconds_known() const { return (quality & 0x80) != 0; }
  bool clock_failure() const { return (quality & 0x40) != 0; }
  bool clock_not_synchronized() const { return (quality & 0x20) != 0; }
  std::uint8_t accuracy() const { return quality & 0x1F; }  ///< bits of the fraction that count; 31 is unspecified
  /// Seconds and fraction as one number, in 2^-24 s.
  std::uint64_t instant() const { return std::uint64_t{seconds} << 24 | fraction; }
};
inline constexpr std::size_t utc_time_octets = 8;
/// `octets` are eight of them.
UtcTime read_utc_time(Bytes octets);

struct UtcTimeNames {
  std::string_view time, leap_seconds_known, clock_failure, clock_not_synchronized, accuracy;
};
/// Names the time as RFC 3339 and, apart from it, its quality.
void describe(UtcTime const& time, UtcTimeNames const& names, FieldSink& sink);
/// The time only.
void name_time(std::string_view name, UtcTime const& time, FieldSink& sink);

/// Names octets as hexadecimal digits, 256 of them at most; none when there are none.
void name_octets(std::string_view name, Bytes octets, FieldSink& sink);

/// An unsigned INTEGER of at most 32 bits, of as many octets as its sender likes.
bool read_u32(Bytes contents, std::uint32_t& value);

}  // namespace greywatch::agent::iec61850
