#include "agent/dissect/mms/value.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::mms {

namespace {

constexpr std::size_t most_octets = 256;

double floating(Bytes contents) {
  Reader in(contents);
  in.skip(1);
  return contents.size() == 9 ? std::bit_cast<double>(in.be64()) : static_cast<double>(in.be_float());
}

void tell_instant(std::string_view field, std::int64_t unix_seconds, std::uint32_t nanoseconds, FieldSink& sink) {
  sink.field(field, rfc3339(from_unix_ns(unix_seconds * 1'000'000'000 + nanoseconds)).view());
}

/// TimeOfDay: milliseconds since midnight, days since 1984-01-01. Without days the time alone is told, in ms.
void tell_binary_time(std::string_view field, Bytes contents, FieldSink& sink) {
  constexpr std::int64_t days_to_1984 = 5113, seconds_of_day = 86'400;
  Reader in(contents);
  std::uint32_t const milliseconds = in.be32();
  if (contents.size() == 4) return sink.field(field, std::uint64_t{milliseconds});
  auto const day = days_to_1984 + in.be16();
  tell_instant(field, day * seconds_of_day + milliseconds / 1000, milliseconds % 1000 * 1'000'000, sink);
}

/// Seconds since 1970, a fraction of 2^-24 s, and the quality that `tell` names apart.
void tell_utc_time(std::string_view field, Bytes contents, FieldSink& sink) {
  Reader in(contents);
  auto const seconds = in.be32();
  std::uint64_t const fraction = in.be24();
  tell_instant(field, seconds, static_cast<std::uint32_t>(fraction * 1'000'000'000 >> 24), sink);
  if (field == "mms.data.utc_time") sink.field("mms.data.utc_time_quality", std::uint64_t{in.u8()});
}

}  // namespace

std::optional<double> number(Kind kind, Bytes contents) {
  switch (kind) {
    case Kind::boolean:
      return contents.empty() ? std::nullopt : std::optional<double>(contents[0] != 0);
    case Kind::integer:
      if (auto const value = asn1::read_signed(contents)) return static_cast<double>(*value);
      return std::nullopt;
    case Kind::natural:
      if (auto const value = asn1::read_unsigned(contents)) return static_cast<double>(*value);
      return std::nullopt;
    case Kind::floating: {
      if (contents.size() != 5 && contents.size() != 9) return std::nullopt;
      auto const value = floating(contents);
      return std::isfinite(value) ? std::optional(value) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<double> number(asn1::Element const& datum) {
  auto element = datum;
  for (int level = 0; level < 3 && element.is_context(2); ++level) {
    auto const inside = asn1::BerReader(element).next();
    if (!inside) return std::nullopt;
    element = *inside;
  }
  constexpr struct {
    std::uint32_t tag;
    Kind kind;
  } kinds[] = {{3, Kind::boolean}, {5, Kind::integer}, {6, Kind::natural}, {7, Kind::floating}, {13, Kind::integer}};
  for (auto const& row : kinds)
    if (element.is_context(row.tag)) return number(row.kind, element.contents);
  return std::nullopt;
}

void tell_octets(std::string_view field, Bytes octets, FieldSink& sink) {
  sink.field(field, text::hex<most_octets>(octets).view());
}

void tell_oid(std::string_view field, Bytes contents, FieldSink& sink) {
  char text[128];
  if (!contents.empty()) sink.field(field, asn1::write_oid(contents, text));
}

void tell(std::string_view field, Kind kind, Bytes contents, FieldSink& sink) {
  switch (kind) {
    case Kind::boolean:
      return sink.field(field, !contents.empty() && contents[0] != 0);
    case Kind::integer:
      if (auto const value = asn1::read_signed(contents)) sink.field(field, *value);
      return;
    case Kind::natural:
      if (auto const value = asn1::read_unsigned(contents)) sink.field(field, *value);
      return;
    case Kind::bits:
      return tell_octets(field, contents.empty() ? contents : contents.subspan(1), sink);
    case Kind::octets:
      return tell_octets(field, contents, sink);
    case Kind::volume:
      return sink.field(field, std::uint64_t{contents.size()});
    case Kind::text:
      return sink.field(field, as_text(contents.first(std::min(contents.size(), most_octets))));
    case Kind::oid:
      return tell_oid(field, contents, sink);
    case Kind::floating:
      if (contents.size() == 5 || contents.size() == 9) sink.field(field, floating(contents));
      return;
    case Kind::binary_time:
      if (contents.size() == 4 || contents.size() == 6) tell_binary_time(field, contents, sink);
      return;
    case Kind::utc_time:
      if (contents.size() == 8) tell_utc_time(field, contents, sink);
      return;
    default:
      return;
  }
}

}  // namespace greywatch::agent::mms
