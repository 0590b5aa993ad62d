#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "collector/score/filter.hpp"
#include "collector/state.hpp"

namespace greywatch::collector {

/// A rare thing (address, hash, tool, account) that one alarm showed; traits go by their hash.
struct TraitSign {
  std::uint64_t trait = 0;
  std::uint32_t node = 0;
  FindingClass kind = FindingClass::recon;
  bool declared = false;  ///< a declared cause makes the alarm expected
  auto operator<=>(TraitSign const&) const = default;
};
std::uint64_t trait_key(std::string_view trait);

/// Family B: one rare trait at several operators. Each trait carries a bet that one more operator shows it within 48
/// hours: likely when a campaign brought it, and else as likely as the fleet's own history says for a trait that was
/// seen at so many operators, with such classes, of one vendor or several, and as its own past frequency makes it by
/// chance. So a scanner that all see, a vendor's roll-out and an address that is always about win nothing. An alarm
/// with several traits bets on the best known one only.
class Traits {
 public:
  /// What a tick brings to a scope.
  struct Gain {
    double nats = 0;
    std::vector<NodeWeight> nodes;
    std::vector<std::uint32_t> found;  ///< nodes, one of each operator, at which the trait that gained most was seen
    ClassMask classes = 0;             ///< with which it was seen
    std::string trait;                 ///< its name
  };

  /// Judges the signs of a tick in `scope` (sorted, each once) and settles the bets that ran out. `names` says what
  /// keys stand for. Learns what is usual at `weight`.
  Gain judge(Fleet const& fleet, std::uint32_t scope, std::int64_t tick, std::span<TraitSign const> signs,
             std::map<std::uint64_t, std::string> const& names, double weight);

  void end_of_day(std::int64_t tick);  ///< forgets what was not seen for long

  void save(StateWriter& out, Fleet const& fleet) const;
  void load(StateReader& in, Fleet const& fleet);

 private:
  /// An open bet on a trait in one scope, or in the fleet's what is known of one without.
  struct Known {
    double seen = 0;                   ///< operators' sightings before the open bet, fading; the fleet's book only
    std::int64_t last = 0;             ///< tick of the last sighting
    double w = 0;                      ///< chance that a campaign shares it
    ClassMask classes = 0;             ///< since the bet opened
    std::vector<std::uint32_t> nodes;  ///< one of each operator since the bet opened; none without a bet
    std::int64_t bet_until = 0;        ///< the tick after which the bet is lost
  };
  /// How often a bet of a kind is won when nothing is wrong.
  struct Usual {
    double won = 0, settled = 0;
  };
  /// Kinds of bets: operators so far x classes x one vendor or several x seen before.
  static constexpr std::size_t contexts = 4 * 3 * 2 * 2;
  struct Book {
    std::map<std::uint64_t, Known> traits;
    std::set<std::pair<std::int64_t, std::uint64_t>> due;  ///< open bets by their last tick
  };
  std::size_t context(Fleet const& fleet, Known const& known, double seen) const;
  double chance(double seen, std::size_t context) const;
  void settle(Known& known, double h0, bool won, std::size_t context, double weight, Gain& gain);
  void extend(Book& book, std::uint64_t trait, Known& known, std::int64_t tick);
  double seen_before(std::uint64_t trait) const;
  void expire(Fleet const& fleet, std::uint32_t scope, Book& book, std::int64_t tick, double weight, Gain& gain);

  std::map<std::uint32_t, Book> books_;  ///< by scope; 0 is the fleet's
  std::array<Usual, contexts> usual_{};  ///< learned in the fleet's scope only
  double sightings_ = 0, fresh_ = 0;     ///< of the fleet, fading: sightings, and bets opened
  std::int64_t at_ = 0;                  ///< tick of both
};

}  // namespace greywatch::collector
