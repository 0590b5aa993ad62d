#include "collector/alert/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/hash.hpp"

namespace greywatch::collector {

namespace {

constexpr std::size_t most = 32;

void add(std::vector<std::string>& list, std::string const& text) {
  if (!text.empty() && list.size() < most && std::ranges::find(list, text) == list.end()) list.push_back(text);
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string moment(Time time) {
  auto const text = to_rfc3339(time);
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

/// The score without evidence of so many decibans. About: its hours would be judged anew without it.
double without(Score const& score, double decibans) { return percent(score.log_odds - decibans / decibans_per_nat); }

/// What a shift engineer can find out that would lower the score, the most first.
std::string what_would_change(Score const& score, std::map<std::string, Node> const& nodes) {
  std::map<std::string, double> operators;
  Contribution const* family = nullptr;
  for (auto const& contribution : score.contributions) {
    if (contribution.decibans <= 0 || contribution.nodes.empty()) continue;
    if (!family || contribution.decibans > family->decibans) family = &contribution;
    for (auto const& share : contribution.nodes)
      if (auto const known = nodes.find(share.name); known != nodes.end() && !known->second.operator_name.empty())
        operators[known->second.operator_name] += share.share * contribution.decibans;
  }
  if (!family) return {};
  auto text =
      fmt::format("What would change it: without {} about {:.0f}", family->family, without(score, family->decibans));
  auto const weightiest = std::ranges::max_element(operators, {}, &std::pair<std::string const, double>::second);
  if (weightiest != operators.end())
    text += fmt::format("; if what {} shows has a cause of its own, about {:.0f}: ask there first, declare what it was",
                        weightiest->first, without(score, weightiest->second));
  return text + ". With no more such hours it halves in about a week.\n";
}

}  // namespace

void explain(Alert& alert, std::map<std::string, Node> const& nodes) {
  struct Weighted {
    std::string name;
    double decibans;
  };
  std::vector<Weighted> order;
  for (auto const& contribution : alert.score.contributions) {
    if (contribution.decibans <= 0) continue;
    for (auto const& share : contribution.nodes) order.push_back({share.name, share.share * contribution.decibans});
    for (auto const& technique : contribution.techniques) add(alert.techniques, technique);
    for (auto const& finding : contribution.findings) add(alert.findings, finding);
  }
  std::ranges::stable_sort(order, std::greater{}, &Weighted::decibans);
  for (auto const& one : order) {
    add(alert.nodes, one.name);
    auto const known = nodes.find(one.name);
    if (known == nodes.end()) continue;
    add(alert.operators, known->second.operator_name);
    add(alert.regions, known->second.region);
  }

  auto const& score = alert.score;
  auto const where = alert.scope == "fleet" ? std::string("the fleet") : alert.scope;
  alert.title = alert.firing ? fmt::format("{}: coordinated activity in {} at {} of {} in {}, score {:.0f}",
                                           alert.severity, where, counted(alert.nodes.size(), "node"),
                                           counted(alert.operators.size(), "operator"),
                                           counted(alert.regions.size(), "region"), score.score)
                             : fmt::format("resolved: coordinated activity in {}, score {:.0f}", where, score.score);
  alert.text = fmt::format(
      "Score {:.1f} (5 to 95 %: {:.1f} to {:.1f}), coverage {:.0f} %, since {}.\n"
      "The score is the probability in percent that onsets at different operators belong to one coordinated campaign; "
      "it "
      "says nothing about who is behind it.\n",
      score.score, score.p05, score.p95, 100 * score.coverage, moment(alert.since));
  for (auto const& contribution : score.contributions) {
    alert.text += fmt::format("{:+.1f} points ({:+.0f} decibans), {}: {}", contribution.points, contribution.decibans,
                              contribution.family, contribution.text);
    for (std::size_t i = 0; i < std::min<std::size_t>(contribution.nodes.size(), 10); ++i) {
      auto const& share = contribution.nodes[i];
      auto const known = nodes.find(share.name);
      alert.text += fmt::format("{} {} ({:.0f} %{}{}{}{})", i ? "," : " Nodes:", share.name, 100 * share.share,
                                known == nodes.end() || known->second.operator_name.empty() ? "" : ", ",
                                known == nodes.end() ? "" : known->second.operator_name,
                                known == nodes.end() || known->second.region.empty() ? "" : ", ",
                                known == nodes.end() ? "" : known->second.region);
    }
    if (contribution.nodes.size() > 10) alert.text += fmt::format(" and {} more", contribution.nodes.size() - 10);
    alert.text += '\n';
  }
  if (alert.firing) alert.text += what_would_change(score, nodes);
  alert.text.pop_back();
}

std::string alert_id(std::string const& scope, Time hour) {
  std::string id;
  for (char const c : scope) id += std::isalnum(static_cast<unsigned char>(c)) ? c : '-';
  // Two scopes may differ in what became a hyphen.
  auto const sum = static_cast<std::uint16_t>(siphash({}, as_bytes(scope)));
  auto const time = to_rfc3339(hour);
  return fmt::format("{}-{}{}{}T{}Z-{:04x}", id, time.substr(0, 4), time.substr(5, 2), time.substr(8, 2),
                     time.substr(11, 2), sum);
}

}  // namespace greywatch::collector
