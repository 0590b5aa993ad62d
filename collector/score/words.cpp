#include "collector/score/words.hpp"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "collector/score/shock.hpp"
#include "common/time.hpp"

namespace greywatch::collector {

namespace {

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
  auto more = fmt::format("{} more likely under a coordinated campaign than under the modelled benign causes",
                          times(std::max(episode.modelled, episode.log_ratio)));
  // A ratio that nobody would check against the model's ignorance is no help at night.
  if (episode.modelled > episode.log_ratio + 0.5)
    more += fmt::format(" (counted as {}, as this fleet may see such hours for reasons that nobody modelled)",
                        times(episode.log_ratio));
  more += '.';
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
  constexpr std::array<std::string_view, group_kinds> of{"region ",       "operator ", "vendor ",   "carrier ",
                                                         "clock domain ", "sector ",   "the fleet", "the fleet",
                                                         "the fleet",     "the fleet"};
  return fmt::format("{}: {} of {}{} alarmed together ({}): explained by one {}.", moment(discount.tick),
                     counted(one.nodes, "node"), of[static_cast<std::size_t>(group.kind)], group.name,
                     words(one.classes), cause.name);
}

bool same_episode(Episode const& a, Episode const& b) {
  auto const content = [](Episode const& one) {
    return std::tie(one.tick, one.log_ratio, one.modelled, one.nodes, one.operators, one.regions, one.classes,
                    one.ticks, one.trait);
  };
  return content(a) == content(b);
}

bool same_discount(Discount const& a, Discount const& b) {
  auto const content = [](Discount const& one) {
    return std::tie(one.tick, one.explained.group, one.explained.nodes, one.explained.classes);
  };
  return content(a) == content(b);
}

std::string label(Profile const& shares) {
  std::string text;
  for (std::size_t k = 0; k < shares.size(); ++k)
    text += fmt::format("{} {:.0f} %{} ", profile_names[k], 100 * shares[k], k + 1 < shares.size() ? "," : ":");
  return text + "what the acts look like by their classes. A label, no evidence, and never who.";
}

}  // namespace

Words::Words(Fleet const& fleet, ScoreOptions const& options)
    : fleet_(fleet),
      unattributed_(fmt::format("Of the same hours, what is beyond {} decibans a node: it counts, but no single node "
                                "answers for it.",
                                std::lround(decibans_per_nat * options.node_cap))),
      scopes_(fleet.scopes.size()) {}

std::string const& Words::prior(std::uint32_t scope, Hazards const& hazards) {
  auto& text = scopes_[scope].prior;
  if (text.empty())
    text = fmt::format("Before any evidence: a campaign starts once in {:.0f} days and lasts {:.0f} days.",
                       1 / hazards.start / 24, 1 / hazards.end / 24);
  return text;
}

std::string const& Words::episode(std::uint32_t scope, FamilyId family, Episode const& episode) {
  return scopes_[scope].episodes[static_cast<std::size_t>(family)].get(episode, same_episode,
                                                                       [&] { return sentence(family, episode); });
}

std::string const& Words::discount(std::uint32_t scope, Discount const& discount) {
  return scopes_[scope].discounts.get(discount, same_discount, [&] { return sentence(discount, fleet_); });
}

std::string const& Words::profile(std::uint32_t scope, Profile const& shares) {
  return scopes_[scope].profile.get(shares, std::equal_to{}, [&] { return label(shares); });
}

}  // namespace greywatch::collector
