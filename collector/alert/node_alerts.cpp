#include "collector/alert/node_alerts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "collector/alert/explain.hpp"

namespace greywatch::collector {

namespace {

constexpr double declared_floor = 0.15;  // as the score has it
constexpr std::size_t most_listed = 32;

void add(std::vector<std::string>& list, std::string const& text) {
  if (!text.empty() && list.size() < most_listed && std::ranges::find(list, text) == list.end()) list.push_back(text);
}

bool is_update(Finding const& finding) {
  return std::ranges::find(finding.fields, "greywatch.update_of", &Field::name) != finding.fields.end();
}

}  // namespace

NodeAlerts::NodeAlerts(Inventory const& inventory, NodeAlertOptions const& options) : options_(options) {
  for (auto const& node : inventory.nodes) {
    auto& made = nodes_[node.name];
    made.node = node;
    made.bucket = TokenBucket(options_.node.burst);
    region(node.region);
  }
}

NodeAlerts::PerRegion& NodeAlerts::region(std::string const& name) {
  auto const found = regions_.find(name);
  if (found != regions_.end()) return found->second;
  return regions_
      .emplace(name, PerRegion{ELond(options_.fdr, options_.half_life), TokenBucket(options_.region.burst), {}, 0})
      .first->second;
}

void NodeAlerts::declare(Declared const& cause) {
  if (!options_.enabled) return;
  if (declared_.size() >= most_declared) {
    std::erase_if(declared_, [this](Declared const& one) { return one.end <= now_; });
    if (declared_.size() >= most_declared) return;
  }
  declared_.push_back(cause);
}

void NodeAlerts::on_finding(Finding const& finding, std::vector<Alert>& out) {
  if (!options_.enabled || finding.kind != FindingKind::alert || is_update(finding)) return;
  auto const known = nodes_.find(finding.node);
  if (known == nodes_.end() || (unix_ns(now_) != 0 && finding.time > now_ + furthest)) {
    ++counters_.refused;
    return;
  }
  auto& node = known->second;
  auto& alarmed = node.alarmed[static_cast<std::size_t>(finding.classification)];
  bool const repeat = unix_ns(alarmed) != 0 && finding.time - alarmed < options_.refractory;
  alarmed = std::max(alarmed, finding.time);
  auto const standing = standing_.find(finding.node);
  if (standing != standing_.end()) standing->second.last = std::max(standing->second.last, finding.time);
  if (repeat) {
    ++counters_.repeats;
    return;
  }
  auto p = std::min(1.0, finding.p * options_.looks);
  if (std::ranges::any_of(declared_, [&](Declared const& cause) {
        return explains(cause, node.node, finding.classification, finding.time);
      })) {
    ++counters_.expected;
    p = std::max(p, declared_floor);
  }
  auto& here = region(node.node.region);
  auto const e = calibrated_e(p);
  auto const verdict = here.stream.test(e, finding.time);
  ++counters_.tests;
  if (!verdict.told) return;
  ++counters_.found;
  Found found{.node = finding.node,
              .code = finding.code,
              .message = finding.message,
              .finding = finding.id,
              .classification = finding.classification,
              .techniques = finding.techniques,
              .time = finding.time,
              .p = p,
              .e = e,
              .threshold = verdict.threshold,
              .told_before = verdict.told_before,
              .test = verdict.test};
  if (standing != standing_.end()) {
    ++counters_.joined;
    return join(standing->second, found);
  }
  if (node.bucket.has(finding.time, options_.node) && here.bucket.take(finding.time, options_.region)) {
    node.bucket.take(finding.time, options_.node);
    return tell(here, found, out);
  }
  ++counters_.deferred;
  if (here.waiting.size() >= most_waiting) {
    ++here.overflow;
    auto const least = std::ranges::min_element(here.waiting, {}, &Found::e);
    if (least->e < found.e) *least = std::move(found);
    return;
  }
  here.waiting.push_back(std::move(found));
}

void NodeAlerts::join(Standing& standing, Found const& found) {
  standing.last = std::max(standing.last, found.time);
  auto& alert = standing.alert;
  alert.updated = alert.score.time = std::max(alert.updated, found.time);
  add(alert.findings, found.finding);
  for (auto const& technique : found.techniques) add(alert.techniques, technique);
}

void NodeAlerts::tell(PerRegion& here, Found const& found, std::vector<Alert>& out) {
  auto const& node = nodes_.at(found.node).node;
  Alert alert{.scope = "node:" + found.node, .severity = options_.severity, .since = found.time, .updated = found.time};
  alert.id = alert_id(alert.scope, std::chrono::floor<std::chrono::hours>(found.time));
  alert.nodes = {found.node};
  add(alert.operators, node.operator_name);
  add(alert.regions, node.region);
  alert.title = fmt::format("{}: {} at {}", options_.severity, found.code, found.node);
  alert.text = fmt::format(
      "{}\nThis stands out by itself, at one node; it says nothing about a campaign. p {:.2g} at {:g} looks for each "
      "chance "
      "alarm, e-value {:.3g}; {:.3g} were needed: it is test {} of this month in {}, {:.1f} were told before, and of "
      "all "
      "told {:g} % may be false.",
      found.message, found.p, options_.looks, found.e, found.threshold, found.test,
      node.region.empty() ? std::string("nodes without a region") : "region " + node.region, found.told_before,
      100 * options_.fdr);
  if (!here.waiting.empty() || here.overflow) {
    alert.text +=
        fmt::format("\n{} more alarms of this region wait for the budget:", here.waiting.size() + here.overflow);
    for (std::size_t i = 0; i < std::min<std::size_t>(here.waiting.size(), 8); ++i)
      alert.text += fmt::format("{} {} at {}", i ? "," : "", here.waiting[i].code, here.waiting[i].node);
    here.overflow = 0;
  }
  alert.score = {.time = found.time, .scope = alert.scope, .evalue_log10 = std::log10(found.e)};
  alert.score.contributions.push_back({.family = "node",
                                       .decibans = 10 * std::log10(found.e),
                                       .points = 0,
                                       .nodes = {{found.node, 1}},
                                       .text = found.message});
  alert.score.alert = AlertMark{alert.id, true, alert.since};
  Standing standing{.alert = std::move(alert), .last = found.time};
  join(standing, found);
  ++counters_.told;
  out.push_back(standing.alert);
  standing_.insert_or_assign(found.node, std::move(standing));
}

void NodeAlerts::advance(Time now, std::vector<Alert>& out) {
  if (!options_.enabled) return;
  now_ = std::max(now_, now);
  for (auto at = standing_.begin(); at != standing_.end();) {
    auto& standing = at->second;
    if (now_ - standing.last < options_.quiet) {
      ++at;
      continue;
    }
    auto alert = std::move(standing.alert);
    alert.firing = alert.score.alert->firing = false;
    alert.updated = alert.score.time = standing.last + options_.quiet;
    alert.title = fmt::format("resolved: {} has been quiet for {} hours", at->first,
                              std::chrono::duration_cast<std::chrono::hours>(options_.quiet).count());
    out.push_back(std::move(alert));
    ++counters_.resolved;
    at = standing_.erase(at);
  }
  for (auto& [_, here] : regions_) {
    std::ranges::stable_sort(here.waiting, std::greater{}, &Found::e);
    for (std::size_t i = 0; i < here.waiting.size();) {
      auto const standing = standing_.find(here.waiting[i].node);
      auto const known = nodes_.find(here.waiting[i].node);
      bool const joins = standing != standing_.end();
      bool const affordable =
          !joins && known->second.bucket.has(now_, options_.node) && here.bucket.has(now_, options_.region);
      if (!joins && !affordable) {
        ++i;
        continue;
      }
      auto const found = std::move(here.waiting[i]);
      here.waiting.erase(here.waiting.begin() + static_cast<std::ptrdiff_t>(i));
      if (joins) {
        join(standing->second, found);
        continue;
      }
      known->second.bucket.take(now_, options_.node);
      here.bucket.take(now_, options_.region);
      tell(here, found, out);
    }
  }
}

std::vector<Alert> NodeAlerts::firing() const {
  std::vector<Alert> alerts;
  for (auto const& [_, standing] : standing_) alerts.push_back(standing.alert);
  return alerts;
}

}  // namespace greywatch::collector
