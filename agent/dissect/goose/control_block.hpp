#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/goose/pdu.hpp"
#include "agent/dissect/iec61850/publications.hpp"

namespace greywatch::agent::goose {

/// What is remembered of a control block between its messages: the state that its subscribers hold for true. Zeroed
/// octets are none.
struct ControlBlock {
  std::uint64_t key = 0;
  std::uint64_t publisher = 0;
  std::uint64_t t = 0;      ///< UtcTime::instant of the state
  std::int64_t heard = 0;   ///< ns since 1970: the last message that a subscriber would take
  std::int64_t spoken = 0;  ///< … and that came at all
  std::uint32_t st_num = 0, sq_num = 0, conf_rev = 0;
  std::uint32_t time_allowed_to_live = 0;  ///< ms
  std::uint32_t data = 0;                  ///< hash of allData
  std::uint32_t shape = 0;                 ///< hash of datSet, goID and numDatSetEntries

  /// `t` is when the message was sent, not when the state began, as some relays have it. Their data may also change
  /// without a new state.
  bool restamps = false;

  bool is_quiet(Time now) const { return !within(heard, now); }
  /// Was `since` no longer ago than the promise to speak again?
  bool within(std::int64_t since, Time now) const {
    return unix_ns(now) - since <= std::int64_t{time_allowed_to_live} * 1'000'000;
  }
};

using ControlBlocks = iec61850::Publications<ControlBlock, 256>;

inline constexpr std::size_t most_broken = 4;  ///< rules that one message can break

/// Judges a message against what its control block said before, and remembers it. `simulated` is what the header says.
/// Fills `broken` and returns how many rules were; nothing when there is no room to remember it. A message that a
/// subscriber would refuse (older, repeated, of a second publisher) leaves the block as it was, so that the genuine
/// ones go on being judged by their own.
std::optional<std::size_t> judge(Pdu const& pdu, std::uint16_t appid, bool simulated, iec61850::Place const& place,
                                 Time now, ControlBlocks& blocks, Violation* broken);

inline constexpr Rule rules[] = {
    {"goose.publisher.second", FindingClass::command, "T0830", "T1692.001"},
    {"goose.state.conflict", FindingClass::command, "T1692.001", "T0830"},
    {"goose.state.back", FindingClass::command, "T1692.001", "T0830"},
    {"goose.state.skipped", FindingClass::command, "T1692.001", "T0814"},
    {"goose.state.time_back", FindingClass::timing, "T1692.001", ""},
    {"goose.sequence.not_reset", FindingClass::command, "T1692.001", ""},
    {"goose.sequence.repeat", FindingClass::command, "T1692.001", "T0830"},
    {"goose.sequence.back", FindingClass::command, "T1692.001", "T0830"},
    {"goose.sequence.gap", FindingClass::loss, "T1691.002", ""},
    {"goose.time_allowed_to_live.exceeded", FindingClass::loss, "T1691.002", "T0814"},
    {"goose.configuration.changed", FindingClass::command, "T0836", ""},
    {"goose.data_set.changed", FindingClass::command, "T0836", "T1692.001"},
    {"goose.simulation.started", FindingClass::command, "T1692.001", "T1692.002"},
};

}  // namespace greywatch::agent::goose
