#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "agent/dissect/ptp/message.hpp"
#include "agent/dissect/violations.hpp"
#include "common/time.hpp"

namespace greywatch::agent::ptp {

using Violations = ViolationList<6>;

/// The messages that a master counts, each by itself. IEEE 1588-2019, 7.3.7.
enum class Counted : std::uint8_t { announce, sync, follow_up };
inline constexpr std::size_t counted_types = 3;

/// What one port of a clock said last in one domain.
struct Source {
  std::uint64_t clock, grandmaster;
  std::int64_t offset;  ///< its time less the capture's, ns
  std::array<std::uint32_t, counted_types> digest;
  std::array<std::uint16_t, counted_types> sequence;
  std::uint16_t port;
  std::int16_t utc_offset;
  std::uint8_t domain, clock_class;
  std::array<bool, counted_types> counted;  ///< its sequence and digest hold something
  bool used, announced, measured;
  bool utc_valid;  ///< the last announce vouched for utc_offset
  bool leaps;      ///< … and said that it is about to change
};

/// What a flow remembers between messages. Zeroed octets are a fresh one.
class Session {
 public:
  static constexpr std::size_t most_sources = 2;

  /// The rules that need what was said before. `octets` are the whole message.
  void judge(Message const& said, Bytes octets, Time seen, Violations& violations);
  void gap();

 private:
  Source& source(Header const& header);
  void judge_sequence(Source& source, Counted type, Message const& said, Bytes octets, Violations& violations);
  void judge_announce(Source& source, Message const& said, Violations& violations);
  void judge_time(Source& source, Message const& said, Time seen, Violations& violations);

  std::array<Source, most_sources> sources_;
  std::uint8_t next_;  ///< place that a new source takes
};

}  // namespace greywatch::agent::ptp
