#include "agent/dissect/ptp/session.hpp"

#include <type_traits>
#include <utility>

namespace greywatch::agent::ptp {
namespace {

static_assert(std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) <= 120);

/// A clock that moved by more than this against the capture's between two messages was stepped: masters are right to
/// microseconds, the capture's own clock and the way leave no doubt only well above.
constexpr std::int64_t step_ns = 1'000'000'000;

/// Seconds of 48 bits that a time of ours can hold.
constexpr std::uint64_t most_seconds = std::uint64_t{1} << 33;

std::optional<Counted> counted(Header const& header) {
  switch (static_cast<MessageType>(header.type)) {
    case MessageType::announce:
      return Counted::announce;
    case MessageType::sync:
      return Counted::sync;
    case MessageType::follow_up:
      return Counted::follow_up;
    default:
      return std::nullopt;
  }
}

/// Of what stands behind the header and before the TLVs (FNV-1a): corrections are left out, for clocks on the way
/// change them, so that one message seen at two places is the same.
std::uint32_t digest(Message const& said, Bytes octets) {
  std::uint32_t value = 2'166'136'261;
  auto const body = octets.first(least_octets(said.header.type)).subspan(header_octets);
  for (auto octet : body) value = (value ^ octet) * 16'777'619;
  return value;
}

}  // namespace

Source& Session::source(Header const& header) {
  for (auto& one : sources_)
    if (one.used && one.clock == header.source.clock && one.port == header.source.port && one.domain == header.domain)
      return one;
  auto& fresh = sources_[next_];
  next_ = static_cast<std::uint8_t>((next_ + 1) % most_sources);
  fresh = {};
  fresh.clock = header.source.clock;
  fresh.port = header.source.port;
  fresh.domain = header.domain;
  fresh.used = true;
  return fresh;
}

void Session::judge(Message const& said, Bytes octets, Time seen, Violations& violations) {
  auto const type = counted(said.header);
  if (!type || (said.header.flags & flag_alternate_master) != 0) return;
  auto& from = source(said.header);
  judge_sequence(from, *type, said, octets, violations);
  if (said.announce)
    judge_announce(from, said, violations);
  else
    judge_time(from, said, seen, violations);
}

void Session::judge_sequence(Source& from, Counted type, Message const& said, Bytes octets, Violations& violations) {
  auto const at = static_cast<std::size_t>(type);
  auto const now = said.header.sequence;
  auto const content = digest(said, octets);
  auto const known = std::exchange(from.counted[at], true);
  auto const before = std::exchange(from.sequence[at], now);
  auto const before_content = std::exchange(from.digest[at], content);
  if (!known) return;
  auto const step = static_cast<std::int16_t>(now - before);
  auto const expected = static_cast<std::uint16_t>(before + 1);
  if (step == 0 && content != before_content)
    violations.add({"ptp.message.conflicting", "ptp.sequence_id", expected, now});
  if (step < 0) violations.add({"ptp.sequence.backward", "ptp.sequence_id", expected, now});
  if (step > 1) violations.add({"ptp.sequence.gap", "ptp.sequence_id", expected, now});
}

void Session::judge_announce(Source& from, Message const& said, Violations& violations) {
  auto const& announce = *said.announce;
  auto const flags = said.header.flags;
  bool const valid = (flags & flag_utc_offset_valid) != 0;
  if (!from.announced) {
    for (auto const& other : sources_)
      if (other.used && other.announced && other.domain == from.domain && other.clock != from.clock) {
        violations.add({"ptp.announce.second_source", "ptp.clock_identity", static_cast<std::int64_t>(other.clock),
                        static_cast<std::int64_t>(from.clock)});
        break;
      }
  } else {
    bool const same = from.grandmaster == announce.grandmaster;
    if (!same)
      violations.add({"ptp.grandmaster.changed", "ptp.grandmaster_identity",
                      static_cast<std::int64_t>(from.grandmaster), static_cast<std::int64_t>(announce.grandmaster)});
    if (same && announce.clock_class > from.clock_class)
      violations.add(
          {"ptp.grandmaster.degraded", "ptp.grandmaster_clock_class", from.clock_class, announce.clock_class});
    if (valid && from.utc_valid && !from.leaps && announce.current_utc_offset != from.utc_offset)
      violations.add(
          {"ptp.utc_offset.changed", "ptp.current_utc_offset", from.utc_offset, announce.current_utc_offset});
  }
  from.announced = true;
  from.grandmaster = announce.grandmaster;
  from.clock_class = announce.clock_class;
  from.utc_offset = announce.current_utc_offset;
  from.utc_valid = valid;
  from.leaps = (flags & (flag_leap_59 | flag_leap_61)) != 0;
}

void Session::judge_time(Source& from, Message const& said, Time seen, Violations& violations) {
  auto const& told = *said.timestamp;
  // What a two-step Sync tells is its follow-up's to tell.
  if (said.header.is(MessageType::sync) && (said.header.flags & flag_two_step) != 0) return;
  if (told.seconds == 0 || told.seconds >= most_seconds) return;
  auto const offset = static_cast<std::int64_t>(told.seconds) * 1'000'000'000 + told.nanoseconds - unix_ns(seen);
  auto const known = std::exchange(from.measured, true);
  auto const moved = offset - std::exchange(from.offset, offset);
  if (known && (moved > step_ns || moved < -step_ns))
    violations.add(
        {"ptp.time.stepped",
         said.header.is(MessageType::sync) ? "ptp.origin_timestamp.seconds" : "ptp.precise_origin_timestamp.seconds", 0,
         moved});
}

void Session::gap() {
  for (auto& one : sources_) {
    one.counted = {};
    one.measured = false;
  }
}

}  // namespace greywatch::agent::ptp
