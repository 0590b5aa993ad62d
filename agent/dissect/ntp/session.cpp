#include "agent/dissect/ntp/session.hpp"

#include <algorithm>
#include <type_traits>

namespace greywatch::agent::ntp {
namespace {

static_assert(std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) <= 96);

/// Nanoseconds since 1970 of a timestamp of the era that began in 1900, or of the next one (from 2036) when the first
/// bit is not set. RFC 5905, 6.
std::int64_t nanoseconds(Timestamp time) {
  constexpr std::int64_t from_1900_to_1970 = 2'208'988'800;
  auto seconds = static_cast<std::int64_t>(time >> 32) - from_1900_to_1970;
  if (time >> 63 == 0) seconds += std::int64_t{1} << 32;
  auto const fraction = static_cast<std::int64_t>((time & 0xffff'ffff) * 1'000'000'000 >> 32);
  return seconds * 1'000'000'000 + fraction;
}

}  // namespace

void Session::ask(TimeHeader const& header) {
  asked_[next_] = {header.transmit, header.receive};
  next_ = static_cast<std::uint8_t>((next_ + 1) % most_asked);
  count_ = static_cast<std::uint8_t>(std::min<std::size_t>(count_ + 1u, most_asked));
}

bool Session::answers(TimeHeader const& header) const {
  if (count_ == 0) return true;
  return std::any_of(asked_.begin(), asked_.begin() + count_, [&](Asked const& one) {
    return header.origin == one.transmit || (one.receive != 0 && header.origin == one.receive);
  });
}

std::optional<std::int64_t> Session::step(TimeHeader const& header, Time seen) {
  // A server that is not synchronised, or asks to go away, tells no time.
  if (header.stratum == 0 || header.stratum > 15 || header.transmit == 0) return std::nullopt;
  auto const offset = nanoseconds(header.transmit) - unix_ns(seen);
  auto const known = std::exchange(measured_, true);
  auto const before = std::exchange(offset_, offset);
  if (!known) return std::nullopt;
  return offset - before;
}

}  // namespace greywatch::agent::ntp
