#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "collector/score/core.hpp"
#include "collector/score/profile.hpp"

namespace greywatch::collector {

namespace {

constexpr std::size_t most_findings = 32, most_techniques = 16;
constexpr std::size_t most_told = 24;  // nodes of a family
constexpr double least_told = 0.005;   // share of a node …
constexpr double least_nats = 0.01;    // … and what it adds: a quarter of a point at most
constexpr double worth_telling = 0.5;  // nats from which the events behind a family are named

void append(std::string& text, std::string_view sentence) {
  if (!text.empty()) text += ' ';
  text += sentence;
}

void gather(std::vector<std::string>& into, std::vector<std::string> const& from, std::size_t most) {
  for (auto const& text : from) {
    // What differs in most cases first.
    auto const same = [&](std::string const& known) {
      return known.size() == text.size() && (text.empty() || known.back() == text.back()) && known == text;
    };
    if (into.size() < most && std::ranges::none_of(into, same)) into.push_back(text);
  }
}

Contribution told(Account const& account, Models const& models, std::uint32_t scope, FamilyId family) {
  auto const& fleet = models.fleet;
  Contribution contribution{.family = std::string(family_names[static_cast<std::size_t>(family)])};
  double sum = 0;
  for (auto const& one : account.nodes) sum += one.nats;
  std::vector<std::pair<double, std::size_t>> order;  // of equals the one that comes first
  order.reserve(account.nodes.size());
  for (std::size_t i = 0; i < account.nodes.size(); ++i) order.emplace_back(-account.nodes[i].nats, i);
  std::ranges::sort(order, [](auto const& a, auto const& b) {
    return a.first < b.first || (a.first == b.first && a.second < b.second);
  });
  contribution.nodes.reserve(std::min(order.size(), most_told));
  for (auto const& [less, place] : order) {
    auto const& one = account.nodes[place];
    // Who has next to no share is in the sum, and no help to a reader.
    if (contribution.nodes.size() < most_told &&
        (one.nats > std::max(least_told * sum, least_nats) || contribution.nodes.empty()))
      contribution.nodes.push_back({fleet.nodes[one.node].name, one.nats / sum});
    if (!one.evidence || sum < worth_telling) continue;
    gather(contribution.findings, one.evidence->findings, most_findings);
    gather(contribution.techniques, one.evidence->techniques, most_techniques);
  }
  for (auto episode = account.episodes.rbegin(); episode != account.episodes.rend(); ++episode)
    append(contribution.text, models.tables.words.episode(scope, family, *episode));
  contribution.decibans = decibans_per_nat * sum;
  return contribution;
}

/// Points along the straight path from rest to the score are in proportion to each addend (Aumann-Shapley).
void share_points(Score& score, double rest, double above) {
  double const base = percent(rest);
  double const slope = std::abs(above) > 1e-12 ? (percent(rest + above) - base) / above : base * (100 - base) / 100;
  double sum = 0;
  for (auto& contribution : score.contributions) {
    if (contribution.family == "prior")
      contribution.points = base;
    else
      contribution.points = slope * contribution.decibans / decibans_per_nat;
    sum += contribution.points;
  }
  // The score is the sum as printed, so that whoever adds up gets it; rounding must not push it out of its range.
  auto& last = score.contributions.back().points;
  while (sum > 100 || sum < 0) {
    last = std::nextafter(last, sum > 100 ? -1e3 : 1e3);
    sum = 0;
    for (auto const& contribution : score.contributions) sum += contribution.points;
  }
  score.score = sum;
}

}  // namespace

Score tell(Core const& core, Models const& models, std::uint32_t index, Time time) {
  auto const& fleet = models.fleet;
  auto const& scope = fleet.scopes[index];
  auto const& state = core.scopes[index];
  auto const& table = models.tables.hazards[index];
  auto& words = models.tables.words;
  double const rest = table.rest;
  double const above = state.above();
  Score score{.time = time, .scope = scope.name};
  score.log_odds = rest + above;
  score.coverage = core.live.coverage_of(fleet, scope);
  score.evalue_log10 = state.log_e / std::numbers::ln10;

  Contribution prior{.family = "prior", .decibans = decibans_per_nat * rest};
  prior.text = words.prior(index, table.usual);
  if (score.coverage < 0.5)
    append(prior.text, fmt::format("Score not available, coverage {:.0f} %: too few of the expected nodes report, the "
                                   "figure stands on those that do.",
                                   100 * score.coverage));
  score.contributions.push_back(std::move(prior));

  double quiet = 0, unattributed = 0;
  for (std::size_t f = 0; f < family_count; ++f) {
    auto const& account = state.accounts[f];
    quiet += account.quiet;
    unattributed += account.unattributed;
    if (account.nodes.empty()) continue;
    score.contributions.push_back(told(account, models, index, FamilyId(f)));
  }
  if (unattributed != 0)
    score.contributions.push_back({.family = "unattributed coincidence",
                                   .decibans = decibans_per_nat * unattributed,
                                   .text = words.unattributed()});
  if (state.positive() > worth_telling) {
    Contribution label{.family = "profile"};
    label.text = words.profile(index, profile_of(state));
    score.contributions.push_back(std::move(label));
  }
  if (quiet != 0 || !state.discounts.empty()) {
    Contribution calm{.family = "quiet", .decibans = decibans_per_nat * quiet};
    calm.text = "Hours without a coincidence that benign causes leave unexplained.";
    for (auto discount = state.discounts.rbegin(); discount != state.discounts.rend(); ++discount)
      append(calm.text, words.discount(index, *discount));
    score.contributions.push_back(std::move(calm));
  }
  share_points(score, rest, above);

  std::array<double, particle_count> spread;
  for (std::size_t j = 0; j < particle_count; ++j)
    spread[j] = percent(table.particles[j].rest + state.particles[j].above);
  std::ranges::sort(spread);
  score.p05 = std::min(spread[1], score.score);
  score.p95 = std::max(spread[particle_count - 2], score.score);
  return score;
}

}  // namespace greywatch::collector
