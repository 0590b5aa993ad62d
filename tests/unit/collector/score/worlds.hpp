#pragma once
#include <cmath>
#include <random>
#include <vector>

#include "collector/score/coincidence.hpp"
#include "collector/score/filter.hpp"
#include "tests/unit/collector/score/fleets.hpp"

namespace greywatch::test {

using namespace greywatch::collector;

/// Mean and standard error of what is added.
struct Mean {
  void add(double value) {
    ++count;
    auto const step = value - mean;
    mean += step / static_cast<double>(count);
    squares += step * (value - mean);
  }
  double error() const { return std::sqrt(squares / static_cast<double>(count - 1) / static_cast<double>(count)); }
  std::size_t count = 0;
  double mean = 0, squares = 0;
};

/// Draws onsets exactly as the null model says, with known rates.
class World {
 public:
  World(collector::Inventory const& inventory, double p, std::uint64_t seed)
      : fleet(inventory),
        live(fleet),
        shocks(fleet),
        model(fleet, options),
        p_(p),
        random_(seed),
        on_(fleet.groups.size()) {}

  /// One tick: independent onsets, and those of the causes that are at work when `with_shocks`.
  std::vector<Hit> draw(bool with_shocks) {
    std::vector<Hit> hits(fleet.nodes.size());
    for (std::uint32_t i = 0; i < hits.size(); ++i) hits[fleet.rank[i]].node = i;
    for (auto& hit : hits)
      for (std::size_t c = 0; c < finding_classes; ++c)
        if (chance(p_)) mark(hit, c);
    if (with_shocks) {
      for (std::uint32_t g = 0; g < fleet.groups.size(); ++g) {
        auto const& cause = causes[static_cast<std::size_t>(fleet.groups[g].kind)];
        on_[g] = on_[g] ? !chance(1 / cause.hours) : chance(cause.start);
        if (!on_[g] || !chance(0.5)) continue;
        std::discrete_distribution<std::size_t> kind(cause.shares.begin(), cause.shares.end());
        if (cause.by_operator) {  // some operators whole, others not at all
          double const operators = random_() % 2 ? 0.15 : 0.5, nodes = random_() % 2 ? 0.4 : 0.8;
          std::vector<char> reached(fleet.groups.size());
          for (auto& one : reached) one = chance(operators);
          for (auto& hit : hits)
            if (reached[fleet.group_of(hit.node, GroupKind::operator_)] && chance(nodes)) mark(hit, kind(random_));
          continue;
        }
        constexpr std::array shares{0.07, 0.25, 0.6};
        double const q = shares[random_() % 3];
        for (auto& hit : hits)
          if (fleet.groups_of[hit.node][static_cast<std::size_t>(cause.kind)] == g && chance(q))
            mark(hit, kind(random_));
      }
    }
    std::erase_if(hits, [](Hit const& hit) { return hit.classes == 0; });
    return hits;
  }

  ScoreOptions options;
  Fleet fleet;
  Live live;
  Shocks shocks;
  CoincidenceModel model;

 private:
  bool chance(double p) { return std::uniform_real_distribution<double>(0, 1)(random_) < p; }
  void mark(Hit& hit, std::size_t kind) const {
    hit.classes |= bit(FindingClass(kind));
    hit.inverse[kind] = 1 / p_;
  }
  double p_;
  std::mt19937_64 random_;
  std::vector<char> on_;
};

}  // namespace greywatch::test
