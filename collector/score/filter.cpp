#include "collector/score/filter.hpp"

#include <algorithm>
#include <cmath>

namespace greywatch::collector {

namespace {

constexpr double forgotten = 1e-6;  // nats of one node that are not worth an entry
constexpr std::array level{1.0, 0.5, 2.0};

constexpr auto all_levels = [] {
  std::array<ParticleLevels, particle_count> table{};
  for (std::size_t particle = 0; particle < particle_count; ++particle) {
    auto const i = particle % 3, j = particle / 3 % 3, k = particle / 9;
    table[particle] = {level[i], level[j], level[k], (i + j + k) % 3, k};
  }
  return table;
}();

}  // namespace

double Hazards::rest() const { return std::log(start / end); }

double Hazards::shrink(double above, double rest) const {
  if (std::abs(above) < 1e-9) return 1 - start - end;
  double const log_odds = rest + above;
  // Odds after the step, with the larger side divided out.
  double after = 0;
  if (log_odds > 0) {
    double const inverse = std::exp(-log_odds);
    after = std::log((1 - end + start * inverse) / (end + (1 - start) * inverse));
  } else {
    double const odds = std::exp(log_odds);
    after = std::log((odds * (1 - end) + start) / (odds * end + 1 - start));
  }
  return std::clamp((after - rest) / above, 0.0, 1.0);
}

double diluted(double activity, double log_ratio) {
  return log_add(std::log1p(-activity), std::log(activity) + log_ratio);
}

double Tiles::gain(std::array<double, tile_count> const& nats) const {
  auto after = weight;
  for (std::size_t k = 0; k < tile_count; ++k) after[k] += nats[k];
  auto const log_sum = [](std::array<double, tile_count> const& logs) {
    double const most = std::ranges::max(logs);
    double sum = 0;
    for (double const one : logs) sum += one == most ? 1 : std::exp(one - most);
    return most + std::log(sum);
  };
  return log_sum(after) - log_sum(weight);
}

double Tiles::add(std::array<double, tile_count> const& nats) {
  double const gained = gain(nats);
  take(nats);
  return gained;
}

void Tiles::take(std::array<double, tile_count> const& nats) {
  double most = minus_infinity;
  for (std::size_t k = 0; k < tile_count; ++k) most = std::max(most, weight[k] += nats[k]);
  // Bounded, so that no tile is ever ruled out for good.
  for (auto& one : weight) one = std::max(one - most, -30.0);
}

void Tiles::fade(double kept) {
  for (auto& one : weight) one *= kept;
}

double SlowProcess::add(double log_ratio) {
  constexpr double share = 0.3, floor = -2;
  auto const mixed = [](double of) { return log_add(std::log1p(-share), std::log(share) + of); };
  double const before = mixed(log);
  double const after = mixed(log + log_ratio);
  log = std::clamp(log + log_ratio, floor, 60.0);
  return after - before;
}

ParticleLevels const& levels_of(std::size_t particle) { return all_levels[particle]; }

double activity_factor(std::size_t activity_level) { return level[activity_level]; }

HazardTable::HazardTable(Hazards const& hazards) : usual(hazards), rest(hazards.rest()) {
  for (std::size_t j = 0; j < particle_count; ++j) {
    Hazards const varied{hazards.start * levels_of(j).start, hazards.end * levels_of(j).end};
    particles[j] = {varied, varied.rest()};
  }
}

double Account::positive() const {
  double sum = unattributed;
  for (auto const& one : nodes) sum += one.nats;
  return sum;
}

double ScopeState::above() const {
  double sum = 0;
  for (auto const& account : accounts) sum += account.total();
  return sum;
}

double ScopeState::positive() const {
  double sum = 0;
  for (auto const& account : accounts) sum += account.positive();
  return sum;
}

void predict(ScopeState& state, HazardTable const& hazards) {
  double const s = hazards.usual.shrink(state.above(), hazards.rest);
  for (auto& account : state.accounts) {
    for (auto& one : account.nodes) one.nats *= s;
    account.unattributed *= s;
    account.quiet *= s;
    for (auto& episode : account.episodes) episode.nats *= s;
    std::erase_if(account.nodes, [&](Attribution const& one) {
      if (one.nats > forgotten) return false;
      account.unattributed += one.nats;
      return true;
    });
    std::erase_if(account.episodes, [](Episode const& one) { return one.nats < 0.05; });
  }
  // What the slow channel has gathered fades as a campaign may end.
  state.slow.log *= 1 - hazards.usual.end;
  for (std::size_t j = 0; j < particle_count; ++j) {
    auto const& [varied, rest] = hazards.particles[j];
    auto& above = state.particles[j].above;
    above *= varied.shrink(above, rest);
    state.particles[j].slow.log *= 1 - varied.end;
  }
}

void credit(Account& account, std::uint32_t node, double nats, double cap, std::shared_ptr<Evidence const> evidence) {
  auto& nodes = account.nodes;
  auto at = std::ranges::lower_bound(nodes, node, {}, &Attribution::node);
  if (at == nodes.end() || at->node != node) at = nodes.insert(at, {node, 0, nullptr});
  double const taken = std::clamp(cap - at->nats, 0.0, nats);
  at->nats += taken;
  account.unattributed += nats - taken;
  if (evidence) at->evidence = std::move(evidence);
  if (nodes.size() <= most_attributed) return;
  auto const least = std::ranges::min_element(nodes, {}, &Attribution::nats);
  account.unattributed += least->nats;
  nodes.erase(least);
}

void update(ScopeState& state, FamilyId family, Increment const& increment, double node_cap,
            std::function<std::shared_ptr<Evidence const>(std::uint32_t)> const& evidence_of) {
  auto& account = state.accounts[static_cast<std::size_t>(family)];
  state.log_e = std::max(state.log_e, 0.0) + increment.nats;
  for (std::size_t j = 0; j < particle_count; ++j) state.particles[j].above += increment.particle_nats[j];
  double weights = 0;
  for (auto const& one : increment.nodes) weights += one.weight;
  if (!(increment.nats > 0 && weights > 0)) {
    account.quiet += increment.nats;
    return;
  }
  for (auto const& one : increment.nodes)
    credit(account, one.node, increment.nats * one.weight / weights, node_cap, evidence_of(one.node));
  // The weakest goes: the explanation is for what moved the score.
  if (account.episodes.size() == most_episodes)
    account.episodes.erase(std::ranges::min_element(account.episodes, {}, &Episode::nats));
  account.episodes.push_back(increment.episode);
}

}  // namespace greywatch::collector
