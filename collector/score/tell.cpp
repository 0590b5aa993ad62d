#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "collector/score/core.hpp"
#include "collector/score/profile.hpp"

namespace greywatch::collector {

namespace {

constexpr double decibans_per_nat = 10 / std::numbers::ln10;
constexpr std::size_t most_findings = 32, most_techniques = 16;
constexpr std::size_t most_told = 24;  // nodes of a family
constexpr double least_told = 0.005;   // share of a node …
constexpr double least_nats = 0.01;    // … and what it adds: a quarter of a point at most
constexpr double worth_telling = 0.5;  // nats from which the events behind a family are named

/// "2026-11-22 10:00 UTC"
std::string moment(std::int64_t tick) {
  auto const text = to_rfc3339(from_unix_ns(tick * tick_length.count()));
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

/// "recon, access and command"
std::string words(ClassMask mask) {
  std::vector<std::string_view> names;
  for (std::size_t c = 0; c < finding_classes; ++c)
    if (mask >> c & 1) names.push_back(name(FindingClass(c)));
  if (names.empty()) return "no";
  std::string text(names.front());
  for (std::size_t i = 1; i < names.size(); ++i)
    text += fmt::format("{}{}", i + 1 == names.size() ? " and " : ", ", names[i]);
  return text;
}

/// "3 nodes", "1 node"
std::string counted(std::uint32_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string times(double log_ratio) {
  if (log_ratio < std::log(1e6)) return fmt::format("{:.0f} times", std::exp(log_ratio));
  return fmt::format("10^{:.0f} times", log_ratio / std::numbers::ln10);
}

/// "2026-11-22 10:00 UTC: command onsets at 9 nodes of 9 operators in 2 regions within 6 h"
std::string what(Episode const& episode) {
  return fmt::format("{}: {} onsets at {} of {} in {} within {} h", moment(episode.tick - episode.ticks + 1),
                     words(episode.classes), counted(episode.nodes, "node"), counted(episode.operators, "operator"),
                     counted(episode.regions, "region"), episode.ticks);
}

std::string sentence(FamilyId family, Episode const& episode) {
  auto const more = fmt::format("{} more likely under a coordinated campaign than under the modelled benign causes.",
                                times(episode.log_ratio));
  switch (family) {
    case FamilyId::coincidence:
      return fmt::format("{}, {}", what(episode), more);
    case FamilyId::stages:
      return fmt::format("{}, at nodes that showed access between a day and two weeks before, {}", what(episode), more);
    case FamilyId::market:
      return fmt::format("{}, after the market moved in the six hours before, {}", what(episode), more);
    case FamilyId::diversion:
      return fmt::format("{}, away from a region that is loud at the same time, {}", what(episode), more);
    case FamilyId::flood:
      return fmt::format("{}, beside nodes that make noise in several classes, {}", what(episode), more);
    case FamilyId::traits:
      return fmt::format(
          "{}: {} was seen at {} in {} within 48 h of each other ({}), {:.1f} times more likely if a "
          "campaign shares it than by what this fleet has seen before.",
          moment(episode.tick), episode.trait, counted(episode.operators, "operator"),
          counted(episode.regions, "region"), words(episode.classes), std::exp(episode.log_ratio));
    case FamilyId::slow:
      return fmt::format(
          "{}: the day of {} of {} in {} was more unusual than chance makes it, without any alarm, {} "
          "more likely under a slow campaign than under benign drift.",
          moment(episode.tick), counted(episode.nodes, "node"), counted(episode.operators, "operator"),
          counted(episode.regions, "region"), times(episode.log_ratio));
  }
  return {};
}

std::string sentence(Discount const& discount, Fleet const& fleet) {
  auto const& one = discount.explained;
  auto const& group = fleet.groups[one.group];
  auto const& cause = causes[static_cast<std::size_t>(group.kind)];
  constexpr std::array<std::string_view, group_kinds> of{
      "region ", "operator ", "vendor ", "carrier ", "clock domain ", "sector ", "the fleet", "the fleet", "the fleet"};
  return fmt::format("{}: {} of {}{} alarmed together ({}): explained by one {}.", moment(discount.tick),
                     counted(one.nodes, "node"), of[static_cast<std::size_t>(group.kind)], group.name,
                     words(one.classes), cause.name);
}

void append(std::string& text, std::string_view sentence) {
  if (!text.empty()) text += ' ';
  text += sentence;
}

void gather(std::vector<std::string>& into, std::vector<std::string> const& from, std::size_t most) {
  for (auto const& text : from)
    if (into.size() < most && std::ranges::find(into, text) == into.end()) into.push_back(text);
}

Contribution told(Account const& account, Fleet const& fleet, FamilyId family) {
  Contribution contribution{.family = std::string(family_names[static_cast<std::size_t>(family)])};
  double sum = 0;
  for (auto const& one : account.nodes) sum += one.nats;
  std::vector<Attribution const*> order;
  order.reserve(account.nodes.size());
  for (auto const& one : account.nodes) order.push_back(&one);
  std::ranges::sort(order, [](Attribution const* a, Attribution const* b) {
    return a->nats != b->nats ? a->nats > b->nats : a < b;  // of equals the one that came first
  });
  for (auto const* node : order) {
    auto const& one = *node;
    // Who has next to no share is in the sum, and no help to a reader.
    if (contribution.nodes.size() < most_told &&
        (one.nats > std::max(least_told * sum, least_nats) || contribution.nodes.empty()))
      contribution.nodes.push_back({fleet.nodes[one.node].name, one.nats / sum});
    if (!one.evidence || sum < worth_telling) continue;
    gather(contribution.findings, one.evidence->findings, most_findings);
    gather(contribution.techniques, one.evidence->techniques, most_techniques);
  }
  for (auto episode = account.episodes.rbegin(); episode != account.episodes.rend(); ++episode)
    append(contribution.text, sentence(family, *episode));
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
  auto const& options = models.options;
  auto const& scope = fleet.scopes[index];
  auto const& state = core.scopes[index];
  auto const& table = models.tables.hazards[index];
  auto const& hazards = table.usual;
  double const rest = table.rest;
  double const above = state.above();
  Score score{.time = time, .scope = scope.name};
  score.log_odds = rest + above;
  score.coverage = core.live.coverage_of(fleet, scope);
  score.evalue_log10 = state.log_e / std::numbers::ln10;

  Contribution prior{.family = "prior", .decibans = decibans_per_nat * rest};
  prior.text = fmt::format("Before any evidence: a campaign starts once in {:.0f} days and lasts {:.0f} days.",
                           1 / hazards.start / 24, 1 / hazards.end / 24);
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
    score.contributions.push_back(told(account, fleet, FamilyId(f)));
  }
  if (unattributed != 0)
    score.contributions.push_back(
        {.family = "unattributed coincidence",
         .decibans = decibans_per_nat * unattributed,
         .text =
             fmt::format("Of the same hours, what is beyond {} decibans a node: it counts, but no single node answers "
                         "for it.",
                         std::lround(decibans_per_nat * options.node_cap))});
  if (state.positive() > worth_telling) {
    Contribution label{.family = "profile"};
    auto const shares = profile_of(state);
    for (std::size_t k = 0; k < shares.size(); ++k)
      append(label.text,
             fmt::format("{} {:.0f} %{}", profile_names[k], 100 * shares[k], k + 1 < shares.size() ? "," : ":"));
    append(label.text, "what the acts look like by their classes. A label, no evidence, and never who.");
    score.contributions.push_back(std::move(label));
  }
  if (quiet != 0 || !state.discounts.empty()) {
    Contribution calm{.family = "quiet", .decibans = decibans_per_nat * quiet};
    calm.text = "Hours without a coincidence that benign causes leave unexplained.";
    for (auto discount = state.discounts.rbegin(); discount != state.discounts.rend(); ++discount)
      append(calm.text, sentence(*discount, fleet));
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
