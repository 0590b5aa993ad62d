#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/indicator.hpp"
#include "collector/inventory.hpp"
#include "collector/score.hpp"
#include "collector/score/options.hpp"
#include "common/result.hpp"

namespace greywatch::collector {

/// What happened to everything the scorer was given. `taken` + the others = all indicators (one per node named).
struct ScorerCounters {
  std::uint64_t taken = 0;
  std::uint64_t merged = 0;        ///< of them: same node, class and tick as one before (resends, updates)
  std::uint64_t unknown_node = 0;  ///< not in the inventory
  std::uint64_t late = 0;          ///< its tick is closed
  std::uint64_t future = 0;        ///< beyond the ticks that are held open
  std::uint64_t summaries = 0;     ///< daily summaries, which no family reads
  std::uint64_t rules = 0;         ///< of a rule: adds techniques only, its findings were counted
  std::uint64_t declared = 0;
  std::uint64_t declared_dropped = 0;  ///< beyond the bound
  std::uint64_t ticks = 0;             ///< closed
};

/// Where an indicator went.
enum class Taken : std::uint8_t { yes, unknown_node, late, future, ignored };

/// The score of every scope on event time (docs/scoring.md). Ticks are whole hours. A tick closes `lateness` after its
/// end, so that data which is late by less changes nothing; a score already given is never taken back. The same input
/// gives the same bits in any order within the lateness and however often an indicator is resent. All state is bounded
/// by the inventory and the options. One thread.
class Scorer {
 public:
  Scorer(Inventory const& inventory, ScoreOptions const& options = {});
  ~Scorer();
  Scorer(Scorer&&) noexcept;
  Scorer& operator=(Scorer&&) noexcept;

  /// Scoring begins with the tick of `time` at the latest; without it with the first indicator's. No effect once begun.
  void start(Time time);

  /// An alarm or a coverage record of each node the indicator names; of a rule's indicator the techniques only. The
  /// first result that is not `yes` is returned.
  Taken on_indicator(Indicator const& indicator);

  /// Takes effect from its `published` time and within [start, end), on ticks that are not closed.
  void on_declared(Declared const& declared);

  /// Closes every tick that ended `lateness` or longer before `watermark` and gives its scores at its end, tick by
  /// tick, the fleet first; other scopes while anything speaks for a campaign there.
  std::vector<Score> advance(Time watermark);

  /// The scores as they would be if the ticks up to that of `now` closed with what has arrived, at `now`. Changes
  /// nothing. Cost: a copy of the state, 40 octets a node and class.
  std::vector<Score> provisional(Time now) const;

  /// All state but the parameters; an inventory that changed meanwhile keeps what it still names.
  std::string save() const;
  Result<void, Refusal> load(std::string_view saved);

  ScorerCounters const& counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace greywatch::collector
