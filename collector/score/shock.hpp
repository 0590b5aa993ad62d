#pragma once
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "collector/score/hits.hpp"

namespace greywatch::collector {

/// A benign cause that a whole group shares: what it looks like, how often it starts and how long it lasts.
struct Cause {
  GroupKind kind;
  std::string_view name;  ///< "regional cause", as explanations say it
  ClassShares shares;     ///< a class with share 0 is one that it cannot produce
  double start;           ///< per hour and group
  double hours;           ///< mean duration
  /// Whether it reaches some operators whole and others not at all, as what they depend on in common does: an expired
  /// certificate, a cloud that is down, a clock change. A campaign chooses few nodes of each.
  bool by_operator = false;
  std::size_t least = 2;  ///< nodes with hits: fewer are no such cause
  /// Share of the live nodes that must show it, and of their operators at two nodes or more, before it is known to be
  /// at work.
  double least_share = 0;
};
inline constexpr std::size_t hit_levels = 3;         ///< how much of its group such a cause may reach
inline constexpr std::size_t reach_levels = 4;       ///< how many operators and how much of each such a cause may reach
extern std::array<Cause, group_kinds> const causes;  ///< in the order of GroupKind

/// A group of hits that one benign cause explains.
struct Explained {
  std::uint32_t group = none;
  std::uint32_t nodes = 0;
  ClassMask classes = 0;
  double log_gain = 0;  ///< nats by which the null explains them better with the cause than without
  double log_odds = 0;  ///< that the cause is at work, given them
};

/// Whether each group's cause is at work: one two-state filter a group. `on` is the chance before this tick's evidence.
struct Shocks {
  explicit Shocks(Fleet const& fleet);
  void predict(Fleet const& fleet);
  /// Takes what the null explained in this tick; a group with two live nodes that showed nothing becomes less likely
  /// on.
  void commit(Fleet const& fleet, Live const& live, std::span<Explained const> explained);
  std::vector<double> on;
};

/// Likelihood of hits under "no campaign", relative to independent onsets, with greedy explaining-away: in each round
/// all groups bid for the hits left over, the factor is the mixture over the bids, and the best bidder takes its hits.
/// A group explains two nodes or more; a single node's onset is covered by its own learned rate, shocks included.
class Null {
 public:
  explicit Null(Fleet const& fleet)
      : fleet_(fleet),
        bid_of_(fleet.groups.size(), none),
        reaches_(fleet.scopes.size()),
        worth_of_(fleet.groups.size(), none) {}

  /// The tile that is asked about from now on. `slot` is the kind of scope all hits are in, `ticks` the length of the
  /// tile. Borrows all it is given until the next call.
  void over(std::span<Hit const> hits, ScopeKind slot, Live const& live, Shocks const& shocks, std::int64_t ticks);

  /// Log factor for the classes in `masks[i]` of hit i. `explained` (may be null) gets who took what. Uses scratch
  /// space: one thread. What a bid for the same classes of the same hits was worth is reckoned once.
  double log(std::span<ClassMask const> masks, std::vector<Explained>* explained);

 private:
  /// The hits left over that one group may explain, and what its bid for them is worth.
  struct Bid {
    std::uint32_t group = none;
    std::uint32_t alive = 0;             ///< live nodes of the group in the scope
    std::vector<std::uint32_t> members;  ///< indices of hits
    bool stale = true;                   ///< members changed since it was reckoned
    double log_ratio = 0;                ///< of its hits with the cause on against off
    double gain = minus_infinity;
  };
  void bids();
  /// Reckons `log_ratio` and `gain` from what the members have left.
  void value(Bid& bid);
  double log_ratio(Cause const& cause, std::span<Hit const> hits, std::span<std::uint32_t const> members,
                   std::uint32_t alive);
  double log_ratio_by_operator(Cause const& cause, std::span<Hit const> hits, std::span<std::uint32_t const> members);
  /// The classes that are left of a hit and that `mask` holds.
  ClassMask left(std::uint32_t hit, ClassMask mask) const { return static_cast<ClassMask>(left_[hit] & mask); }
  /// The normalisers of a cause that goes by operators: log of "two operators or more" before anything was seen.
  struct Reach {
    std::uint64_t version = ~std::uint64_t{0};
    std::array<double, reach_levels> log_expected{};
  };
  Reach const& reach_of(std::uint32_t scope);
  /// What depends on the number of live nodes only, of a group or of an operator.
  struct Units {
    std::array<double, hit_levels> log_expected;  ///< `log_at_least_two` at each share of a cause's nodes
    std::array<double, hit_levels> log_idle;      ///< of no node hit, at each share
    /// Of a class that does not show, by kind of group.
    std::array<std::array<double, finding_classes>, group_kinds> log_hidden;
    std::array<double, reach_levels> log_silent;  ///< of an operator that is reached and of which nothing is seen
    std::array<double, reach_levels> log_unseen;  ///< of an operator of which nothing is seen
  };
  Units const& units(std::uint32_t alive);
  /// How unusual the alarms of a bid are, as a product of at least one class of each node.
  double marks_of(std::span<std::uint32_t const> members, ClassMask mask) const;
  struct Operators {
    int all = 0;
    int whole = 0;  ///< with two hits or more
  };
  /// Of `members`, which stand in the order of Fleet::rank.
  Operators operators(std::span<std::uint32_t const> members) const;
  bool wide_enough(Cause const& cause, Bid const& bid) const;

  /// What a bid was worth.
  struct Worth {
    std::uint32_t group, next;  ///< the one before of the same group
    std::size_t first, count;   ///< its members in `worth_members_`
    double log_ratio, gain;
  };
  Worth const* find(Bid const& bid, ClassMask mask) const;
  static std::uint64_t member(std::uint32_t hit, ClassMask left) { return std::uint64_t{hit} << 8 | left; }

  Fleet const& fleet_;
  std::vector<std::uint32_t> bid_of_;  // scratch: group to bid
  std::vector<Bid> bids_;              // scratch: the first `used_` count
  std::size_t used_ = 0;
  std::vector<ClassMask> left_;                // scratch: classes not yet explained
  std::vector<Hit> marked_;                    // scratch: hits whose chances are divided by their marks
  std::vector<double> ratios_;                 // scratch: of the members of one bid
  std::vector<Reach> reaches_;                 // by scope
  std::vector<std::unique_ptr<Units>> units_;  // by number, once asked for
  std::vector<std::uint32_t> worth_of_;        // the latest of a group
  std::vector<Worth> worths_;                  // of this tile
  std::vector<std::uint64_t> worth_members_;   // of those
  // The tile:
  std::span<Hit const> hits_;
  ScopeKind slot_ = ScopeKind::fleet;
  Live const* live_ = nullptr;
  Shocks const* shocks_ = nullptr;
  std::int64_t ticks_ = 1;
};

}  // namespace greywatch::collector
