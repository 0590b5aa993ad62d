#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "common/event/finding.hpp"
#include "common/time.hpp"

namespace greywatch::collector {

/// Parameters of the score (docs/scoring.md). Rates and hazards are per hour, the length of a tick.
struct ScoreOptions {
  /// lambda: a campaign may start any week; hours without an act soon speak against it, so that it stays at a few per
  /// cent.
  double start_hazard = 1.0 / 200;
  /// Of the campaigns, those that keep to one region, one sector or one vendor, each: its scopes share them.
  double kept_to_part = 0.25;
  double under_way = 0.10;           ///< chance that a campaign is under way when scoring begins
  double end_hazard = 1.0 / 240;     ///< mu: a campaign lasts ten days
  double activity = 0.02;            ///< a: share of a campaign's hours in which it acts at several operators
  double visibility = 0.7;           ///< h: chance that an act shows as an onset
  double onset_rate = 1.0 / 240;     ///< prior onsets of one node, all classes together
  double onset_floor = 3e-4;         ///< no onset is taken as rarer than this
  double unknown_p = 0.01;           ///< floor of an alarm that came without a p-value (p = 1)
  double declared_floor = 0.15;      ///< floor where a declared cause applies
  double stress_factor = 3;          ///< factor on the activity at stress index 1
  double node_cap = 2;               ///< most nats ever attributed to one node in one scope
  double learn_half_life_days = 90;  ///< of learned rates
  Duration refractory = std::chrono::hours(12);  ///< quiet of a (node, class) before its next alarm is an onset
  Duration lateness = std::chrono::minutes(10);  ///< a tick closes this long after its end
  int future_ticks = 26;                         ///< ticks held open ahead of the watermark; beyond is refused
  std::size_t max_declared = 4096;
};

/// One tick of event time.
inline constexpr Duration tick_length = std::chrono::hours(1);

/// Spans of ticks over which coincidence is looked for, each aligned to 1970 (docs/decisions/score.md).
struct TileShape {
  std::int64_t ticks;
  std::int64_t shift = 0;  ///< ticks by which the span begins later than aligned
  bool ends_with(std::int64_t tick) const { return ((tick + 1 - shift) % ticks + ticks) % ticks == 0; }
};
inline constexpr std::array<TileShape, 3> tile_shapes{{{1}, {3}, {6}}};
inline constexpr std::size_t tile_count = tile_shapes.size();
inline constexpr std::int64_t longest_tile = tile_shapes.back().ticks;

/// Key of (node, class) in tables: classes of one node stand side by side.
constexpr std::uint32_t class_key(std::uint32_t node, FindingClass kind) {
  return node * static_cast<std::uint32_t>(finding_classes) + static_cast<std::uint32_t>(kind);
}

using ClassMask = std::uint8_t;
constexpr ClassMask bit(FindingClass value) { return static_cast<ClassMask>(1U << static_cast<unsigned>(value)); }
inline constexpr ClassMask all_classes = (1U << finding_classes) - 1;

}  // namespace greywatch::collector
