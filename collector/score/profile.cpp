#include "collector/score/profile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace greywatch::collector {

namespace {

/// What acts of each kind show: recon, access, command, market, timing, loss. A grey-zone campaign enters, tries and
/// holds back; criminals enter much and break what pays; an open attack commands and destroys.
constexpr std::array<ClassShares, profile_names.size()> shows{
    {{0.20, 0.35, 0.25, 0.07, 0.05, 0.08}, {0.25, 0.40, 0.05, 0.02, 0.03, 0.25}, {0.08, 0.15, 0.40, 0.02, 0.05, 0.30}}};
/// Their logarithms.
auto const log_shows = [] {
  auto logs = shows;
  for (auto& acts : logs)
    for (auto& one : acts) one = std::log(one);
  return logs;
}();
constexpr std::array at_first{0.5, 0.25, 0.25};
constexpr double most_acts = 8;  // that count: acts of one campaign are not independent

}  // namespace

Profile profile_of(ScopeState const& state) {
  std::array<double, finding_classes> acts{};
  double all = 0;
  for (auto const& account : state.accounts)
    for (auto const& episode : account.episodes) {
      if (episode.nats <= 0 || !episode.classes) continue;
      double const each = episode.nodes / static_cast<double>(std::popcount(episode.classes));
      for (std::size_t c = 0; c < finding_classes; ++c)
        if (episode.classes >> c & 1) acts[c] += each, all += each;
    }
  double const counts = all > most_acts ? most_acts / all : 1;
  Profile log{};
  for (std::size_t k = 0; k < log.size(); ++k) {
    log[k] = std::log(at_first[k]);
    for (std::size_t c = 0; c < finding_classes; ++c) log[k] += counts * acts[c] * log_shows[k][c];
  }
  double const most = *std::ranges::max_element(log);
  double sum = 0;
  for (auto& one : log) sum += one = std::exp(one - most);
  for (auto& one : log) one /= sum;
  return log;
}

}  // namespace greywatch::collector
