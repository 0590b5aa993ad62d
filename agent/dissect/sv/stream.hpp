#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/iec61850/publications.hpp"
#include "agent/dissect/sv/pdu.hpp"

namespace greywatch::agent::sv {

/// What is remembered of a stream of samples between its messages. Zeroed octets are none.
struct Stream {
  std::uint64_t key = 0;
  std::uint64_t publisher = 0;
  std::int64_t heard = 0;  ///< ns since 1970: the last message that goes on with the stream
  std::uint64_t gm_identity = 0;
  std::uint32_t conf_rev = 0;
  std::uint32_t smp_cnt = 0;       ///< of its last sample
  std::uint32_t period = 0;        ///< samples until the count begins anew; 0 when that was not seen yet
  std::uint32_t astray_count = 0;  ///< smpCnt of the last message that did not go on with it …
  std::uint8_t astray = 0;         ///< … and how many such followed each other without one that did
  std::uint8_t smp_synch = 0;
  std::uint8_t padding[6] = {};

  bool is_quiet(Time now) const;
};
static_assert(sizeof(Stream) == 56);

using Streams = iec61850::Publications<Stream, 128>;

inline constexpr std::size_t most_broken = 5;  ///< rules that one message can break

/// Judges a message against what its stream said before, and remembers it. Fills `broken` and returns how many rules
/// were; nothing when there is no room to remember it. A message whose count steps back leaves the stream as it was,
/// unless four in a row go on with each other: then the merging unit has begun anew.
std::optional<std::size_t> judge(Pdu const& pdu, std::uint16_t appid, bool simulated, iec61850::Place const& place,
                                 Time now, Streams& streams, Violation* broken);

inline constexpr Rule rules[] = {
    {"sv.publisher.second", FindingClass::command, "T0830", "T1692.002"},
    {"sv.sequence.back", FindingClass::command, "T1692.002", "T0830"},
    {"sv.sequence.gap", FindingClass::loss, "T1691.002", "T0814"},
    {"sv.stream.interrupted", FindingClass::loss, "T1691.002", "T0814"},
    {"sv.synchronisation.lost", FindingClass::timing, "T1692.002", ""},
    {"sv.grandmaster.changed", FindingClass::timing, "T1692.002", ""},
    {"sv.configuration.changed", FindingClass::command, "T0836", ""},
    {"sv.simulation.started", FindingClass::command, "T1692.002", ""},
};

}  // namespace greywatch::agent::sv
