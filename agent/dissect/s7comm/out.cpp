#include "agent/dissect/s7comm/out.hpp"

#include <cstdio>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::s7comm {
namespace {

std::string_view without_filling(Bytes octets) { return text::without_filling(as_text(octets)); }

unsigned bcd(std::uint8_t octet) { return (octet >> 4) * 10u + (octet & 15u); }

}  // namespace

void Out::text(std::string_view name, Bytes octets) {
  if (auto const text = without_filling(octets); !text.empty()) sink_.field(name, text);
}

void Out::padded(std::string_view name, Bytes octets) { sink_.field(name, without_filling(octets)); }

void Out::opaque(std::string_view name, Bytes octets) {
  if (!octets.empty()) sink_.field(name, text::hex<1024>(octets).view());
}

void Out::clock(Bytes octets) {
  Reader in(octets);
  auto const next = [&] { return bcd(in.u8()); };
  unsigned const year = next(), month = next(), day = next(), hour = next(), minute = next(), second = next();
  auto const tail = in.be16();
  if (!in) return;
  unsigned const milliseconds = bcd(static_cast<std::uint8_t>(tail >> 8)) * 10u + (tail >> 4 & 15u);
  number("s7comm.clock.year", year);
  number("s7comm.clock.month", month);
  number("s7comm.clock.day", day);
  number("s7comm.clock.hour", hour);
  number("s7comm.clock.minute", minute);
  number("s7comm.clock.second", second);
  number("s7comm.clock.millisecond", milliseconds);
  number("s7comm.clock.weekday", tail & 15u);
  bool const sane = year < 100 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 &&
                    second < 60 && milliseconds < 1000;
  if (!sane) return;
  char text[40];
  // Two digits: 90 to 99 are of the last century.
  int const length = std::snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                                   (year < 90 ? 2000u : 1900u) + year, month, day, hour, minute, second, milliseconds);
  sink_.field("s7comm.clock.time", std::string_view(text, static_cast<std::size_t>(length)));
}

}  // namespace greywatch::agent::s7comm
