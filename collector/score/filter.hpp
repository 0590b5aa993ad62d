#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/score.hpp"
#include "collector/score/coincidence.hpp"

namespace greywatch::collector {

/// The two-state filter "is a campaign under way": hazards per tick.
struct Hazards {
  double start, end;
  /// Log odds that quiet leads to: ln(start / end).
  double rest() const;
  /// Time update, exact: the factor in (0, 1] by which every contribution shrinks when log odds stand `above` rest.
  double shrink(double above) const { return shrink(above, rest()); }
  double shrink(double above, double rest) const;  ///< with `rest()` given
};

/// ln(1 - a + a exp(log_ratio)): evidence when the campaign acts in only a share `a` of its ticks.
double diluted(double activity, double log_ratio);

/// The tiles of family A as one e-process, the mean of theirs.
struct Tiles {
  std::array<double, tile_count> weight{};  ///< log weights, the largest 0
  /// Nats that a tick would add.
  double gain(std::array<double, tile_count> const& nats) const;
  /// Nats that this tick adds, from those of all tiles (0 for one that does not end with it).
  double add(std::array<double, tile_count> const& nats);
  void take(std::array<double, tile_count> const& nats);  ///< the same, without asking for the nats
  void fade(double kept);
};

/// The slow channel as one e-process that is mixed with "no slow signs at all": campaigns need not have any, and days
/// without must not speak against those that act fast.
struct SlowProcess {
  double log = 0;  ///< of the product of the days' ratios, not below a floor: what is new must not wait for old quiet
  /// Nats that a day adds.
  double add(double log_ratio);
};

/// Chances, by group, that it drifts as a whole (slow.hpp).
using Drifts = std::map<std::uint32_t, double>;

/// Parameters vary together over three levels of start hazard, end hazard, activity and strength: an orthogonal array
/// of strength three (27 runs), in which each three of them meet in every combination once.
inline constexpr std::size_t particle_count = 27;
struct Particle {
  double above = 0;  ///< log odds above the particle's own rest
  Tiles tiles;
  SlowProcess slow;
};
inline constexpr std::size_t activity_levels = 3;
struct ParticleLevels {
  double start, end, activity;  ///< factors on the options
  std::size_t strength;         ///< index into `strengths`
  std::size_t activity_level;   ///< which of `activity_levels` factors `activity` is
};
ParticleLevels const& levels_of(std::size_t particle);
double activity_factor(std::size_t activity_level);

/// Hazards of a scope and of its particles, with their rests.
struct HazardTable {
  explicit HazardTable(Hazards const& hazards);
  Hazards usual;
  double rest;
  struct Varied {
    Hazards hazards;
    double rest;
  };
  std::array<Varied, particle_count> particles;
};

/// The events and techniques behind a node's onset; shared because copies of the state must be cheap.
struct Evidence {
  std::vector<std::string> findings, techniques;
};

struct Attribution {
  std::uint32_t node = 0;
  double nats = 0;
  std::shared_ptr<Evidence const> evidence;
};

/// A tick whose evidence raised the score, for the explanation.
struct Episode {
  std::int64_t tick = 0;
  double nats = 0;       ///< at that tick
  double log_ratio = 0;  ///< likelihood ratio of the tile, or of the day in the slow channel
  double modelled = 0;   ///< of a tile, before the fleet's record limited it (record.hpp)
  std::uint32_t nodes = 0, operators = 0, regions = 0;
  ClassMask classes = 0;
  std::int64_t ticks = 1;  ///< length of the tile
  std::string trait;       ///< that is shared
};

/// A tick whose hits a benign cause explained, for the explanation.
struct Discount {
  std::int64_t tick = 0;
  Explained explained;
};

/// The families of evidence, in the order in which contributions are told; the first ones are those of `Act`.
enum class FamilyId : std::uint8_t { coincidence, stages, market, diversion, flood, traits, slow };
inline constexpr std::array<std::string_view, 7> family_names{"coincidence", "stages", "market", "diversion",
                                                              "flood",       "traits", "slow"};
inline constexpr std::size_t family_count = family_names.size();

/// What one family has brought to a scope. The sum of `nodes`, `unattributed` and `quiet` is its contribution.
struct Account {
  std::vector<Attribution> nodes;  ///< ordered by node, bounded
  double unattributed = 0;         ///< beyond the cap of each node
  double quiet = 0;                ///< ticks that spoke against a campaign
  std::vector<Episode> episodes;   ///< the latest last, bounded

  double positive() const;
  double total() const { return positive() + quiet; }
};

/// The posterior of one scope: log odds are the rest of the hazards plus the totals of all accounts, by construction.
struct ScopeState {
  std::array<Account, family_count> accounts;
  Tiles tiles;       ///< of the acts
  SlowProcess slow;  ///< of family E
  Drifts drifts;     ///< of family E
  double log_e = 0;  ///< e-detector, nats: restarted at 1 whenever it falls below
  std::array<Particle, particle_count> particles;
  std::vector<Discount> discounts;  ///< the latest last, bounded

  double above() const;     ///< rest
  double positive() const;  ///< what speaks for a campaign
};

/// What a family adds to a scope in one tick.
struct Increment {
  double nats = 0;
  std::array<double, particle_count> particle_nats{};
  std::vector<NodeWeight> nodes;  ///< whom positive nats go to, in these proportions
  std::vector<Explained> explained;
  Episode episode;
};

/// Time update of all that a scope holds.
void predict(ScopeState& state, HazardTable const& hazards);

inline constexpr std::size_t most_attributed = 64;
inline constexpr std::size_t most_episodes = 4;
inline constexpr std::size_t most_discounts = 4;

/// Gives nats to a node, up to `cap` in all; what is beyond goes to `unattributed`.
void credit(Account& account, std::uint32_t node, double nats, double cap, std::shared_ptr<Evidence const> evidence);

/// Measurement update. `evidence_of(node)` is asked for nodes that gain nats.
void update(ScopeState& state, FamilyId family, Increment const& increment, double node_cap,
            std::function<std::shared_ptr<Evidence const>(std::uint32_t)> const& evidence_of);

}  // namespace greywatch::collector
