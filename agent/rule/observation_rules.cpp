#include "agent/rule/observation_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace greywatch::agent {

namespace {

constexpr Duration first_interval = std::chrono::minutes(1), longest_interval = std::chrono::hours(24);

/// The class of a rule that names none: by what the message asks the plant to do.
FindingClass class_of(Operation operation) {
  switch (operation) {
    case Operation::write:
    case Operation::control:
    case Operation::select:
    case Operation::configure:
    case Operation::program:
    case Operation::file:
      return FindingClass::command;
    case Operation::session:
      return FindingClass::access;
    case Operation::time:
      return FindingClass::timing;
    case Operation::trade:
      return FindingClass::market;
    default:
      return FindingClass::recon;
  }
}

std::string text(Endpoint const& endpoint) {
  if (endpoint.ip) return to_string(endpoint.ip);
  return endpoint.mac ? to_string(*endpoint.mac) : std::string("unknown");
}

}  // namespace

ObservationRules::ObservationRules(RuleOptions options, rules::RuleSet set, std::uint64_t version,
                                   CommunityId community_id, FindingSink& findings)
    : options_(std::move(options)),
      set_(std::move(set)),
      view_(options_.node, community_id),
      community_id_(community_id),
      findings_(findings) {
  counters_.version = version;
  budgets_.assign(set_.rules().size(), Budget{options_.burst, {}});
  open_.reserve(options_.most_open);
  for (std::size_t i = 0; i < set_.rules().size(); ++i) {
    auto const& rule = set_.rules()[i];
    bool const mine = rule.logsource.category == "observation" && rule.fed && set_.reports(i);
    evaluated_.push_back(mine);
    if (!mine) continue;
    ++counters_.rules;
    auto const& service = rule.logsource.service;
    any_service_ |= service.empty();
    if (!service.empty() && std::ranges::find(services_, service) == services_.end()) services_.push_back(service);
  }
}

bool ObservationRules::wanted(std::string_view protocol) const {
  return any_service_ || std::ranges::find(services_, protocol) != services_.end();
}

void ObservationRules::on_observation(Observation const& observation) {
  if (!wanted(observation.protocol)) return;
  ++counters_.observations;
  view_.start(observation);
  matches_.clear();
  set_.match(view_, matches_);
  for (auto const rule : matches_)
    if (evaluated_[rule]) matched(rule, observation);
}

bool ObservationRules::affordable(std::uint32_t rule, Time now) {
  auto& budget = budgets_[rule];
  if (unix_ns(budget.at) != 0 && now > budget.at)
    budget.tokens = std::min(options_.burst, budget.tokens + seconds(now - budget.at) * options_.per_day / 86'400);
  budget.at = std::max(budget.at, now);
  if (budget.tokens < 1) return false;
  budget.tokens -= 1;
  return true;
}

void ObservationRules::matched(std::uint32_t rule, Observation const& observation) {
  ++counters_.matches;
  auto const& source = observation.flow.sender(observation.way);
  auto const& destination = observation.flow.receiver(observation.way);
  auto const same = [&](Open const& open) {
    return open.rule == rule && open.finding.source.ip == source.ip && open.finding.source.mac == source.mac &&
           open.finding.destination.ip == destination.ip && open.finding.destination.mac == destination.mac;
  };
  auto found = std::ranges::find_if(open_, same);
  if (found != open_.end() && observation.time - found->finding.last <= options_.remember) {
    auto& finding = found->finding;
    ++finding.count;
    finding.first = std::min(finding.first, observation.time);
    finding.last = std::max(finding.last, observation.time);
    finding.frame = observation.frame;
    found->stale = true;
    if (finding.last - found->sent >= found->interval) update(*found);
    return;
  }
  if (!affordable(rule, observation.time)) {
    ++counters_.held;
    return;
  }
  if (found == open_.end()) {
    if (open_.size() < options_.most_open) {
      found = open_.emplace(open_.end());
    } else {
      found = std::ranges::min_element(open_, {}, [](Open const& open) { return open.finding.last; });
      if (found->stale) update(*found);
    }
  } else if (found->stale) {
    update(*found);
  }
  *found = Open{.rule = rule,
                .finding = begin(set_.rules()[rule], observation),
                .onset = {},
                .sent = observation.time,
                .interval = first_interval};
  ++counters_.onsets;
  found->onset = send(found->finding);
}

Finding ObservationRules::begin(rules::Rule const& rule, Observation const& observation) {
  auto const& header = rule.header;
  Finding finding;
  finding.time = finding.first = finding.last = observation.time;
  finding.code = "rule.observation.match";
  finding.source = observation.flow.sender(observation.way);
  finding.destination = observation.flow.receiver(observation.way);
  finding.vlan = observation.flow.vlan;
  finding.protocol = observation.protocol;
  if (community_id_) finding.community_id = community_id_(observation.flow);
  finding.techniques = header.techniques;
  if (!finding.techniques.empty()) finding.framework = "MITRE ATT&CK for ICS v19";
  finding.rule = header.id.empty() ? header.name : header.id;
  finding.detector = "rule";
  finding.classification = header.classification.value_or(class_of(observation.operation));
  finding.frame = observation.frame;
  finding.message = fmt::format("{}: {} by {} to {} ({})", header.title, agent::name(observation.operation),
                                text(finding.source), text(finding.destination), observation.protocol);
  finding.fields.push_back({"rule.name", header.title});
  if (header.level) finding.fields.push_back({"rule.level", std::string(rules::name(*header.level))});
  view_.copy_fields(finding.fields);
  return finding;
}

void ObservationRules::update(Open& open) {
  ++counters_.updates;
  open.interval = std::min(open.interval * 2, longest_interval);
  open.sent = std::max(open.sent, open.finding.last);
  open.stale = false;
  Finding copy = open.finding;
  copy.fields.push_back({"greywatch.update_of", open.onset});
  send(std::move(copy));
}

std::string ObservationRules::send(Finding finding) {
  if (sequence_++ == 0) epoch_ = unix_ns(finding.time) / 1'000'000'000;
  auto id = fmt::format("{}-rule-{}-{}", options_.node, epoch_, sequence_);
  finding.id = id;
  finding.node = options_.node;
  finding.time = finding.last;
  findings_.on_finding(std::move(finding));
  return id;
}

void ObservationRules::on_time(Time now) {
  for (auto& open : open_)
    if (open.stale && now - open.finding.last >= options_.quiet) update(open);
}

void ObservationRules::flush() {
  for (auto& open : open_)
    if (open.stale) update(open);
}

}  // namespace greywatch::agent
