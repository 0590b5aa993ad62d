#include "agent/dissect/iec61850/values.hpp"

#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/text/text.hpp"
#include "common/time.hpp"

namespace greywatch::agent::iec61850 {

UtcTime read_utc_time(Bytes octets) {
  Reader in(octets);
  return {.seconds = in.be32(), .fraction = in.be24(), .quality = in.u8()};
}

void name_time(std::string_view name, UtcTime const& time, FieldSink& sink) {
  auto const nanoseconds = std::uint64_t{time.fraction} * 1'000'000'000 >> 24;
  sink.field(name, std::string_view(to_rfc3339(from_unix_ns(std::int64_t{time.seconds} * 1'000'000'000 +
                                                            static_cast<std::int64_t>(nanoseconds)))));
}

void describe(UtcTime const& time, UtcTimeNames const& names, FieldSink& sink) {
  name_time(names.time, time, sink);
  sink.field(names.leap_seconds_known, time.leap_seconds_known());
  sink.field(names.clock_failure, time.clock_failure());
  sink.field(names.clock_not_synchronized, time.clock_not_synchronized());
  sink.field(names.accuracy, std::uint64_t{time.accuracy()});
}

void name_octets(std::string_view name, Bytes octets, FieldSink& sink) {
  if (!octets.empty()) sink.field(name, text::hex(octets).view());
}

bool read_u32(Bytes contents, std::uint32_t& value) {
  auto const read = asn1::read_unsigned(contents);
  if (!read || *read > UINT32_MAX) return false;
  value = static_cast<std::uint32_t>(*read);
  return true;
}

}  // namespace greywatch::agent::iec61850
