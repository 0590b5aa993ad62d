#include "collector/score/rates.hpp"

#include <algorithm>
#include <cmath>

namespace greywatch::collector {

namespace {

constexpr double prior_onsets = 0.5;                     // shape of the Gamma prior
constexpr double hour_shrinkage = 5;                     // onsets an hour of the week must show before it counts half
constexpr double growth_share = 0.1, growth_step = 0.1;  // a day

std::int64_t tick_of(Time time) {
  auto const ns = unix_ns(time);
  auto const length = tick_length.count();
  return ns / length - (ns % length < 0 ? 1 : 0);
}

}  // namespace

Rates::Rates(Fleet const& fleet, ScoreOptions const& options)
    : options_(&options), cells_(fleet.nodes.size() * finding_classes), exposure_(fleet.nodes.size()) {}

bool Rates::onset(std::uint32_t node, FindingClass kind, Time first, Time last) {
  auto& state = cell(node, kind);
  bool const fresh = state.last_alarm == never || unix_ns(first) - state.last_alarm >= options_->refractory.count();
  state.last_alarm = std::max(state.last_alarm, unix_ns(last));
  auto const from = std::max(state.blocked_to, tick_of(first));
  auto const to = tick_of(last) + options_->refractory / tick_length;
  if (to > from) {
    state.blocked += static_cast<double>(to - from);
    state.blocked_to = to;
  }
  return fresh;
}

double Rates::predictive(std::uint32_t node, FindingClass kind, std::int64_t tick) const {
  auto const& state = cell(node, kind);
  auto const& exposure = exposure_[node];
  double const live = exposure.hours + (exposure.live ? static_cast<double>(tick - exposure.since) : 0);
  double const shape = prior_onsets + state.onsets;
  double const prior_hours = prior_onsets * finding_classes / options_->onset_rate;
  double const hours = prior_hours + std::max(0.0, live - state.blocked);
  auto const c = std::size_t(kind);
  auto const hour = static_cast<std::size_t>((tick % week + week) % week);
  double const factor =
      std::clamp((by_hour_[c][hour] + hour_shrinkage) / (total_[c] / week + hour_shrinkage), 0.2, 5.0);
  // Gamma-Poisson: no event in one hour has probability (b / (b + f))^a.
  double const p = -std::expm1(-shape * std::log1p(factor / hours));
  return std::clamp(p, options_->onset_floor, 1.0);
}

void Rates::learn(std::uint32_t node, FindingClass kind, std::int64_t tick, double weight) {
  auto& state = cell(node, kind);
  double const morning = prior_onsets + state.onsets - state.grown;
  double const room = growth_share * morning + growth_step - state.grown;
  double const taken = std::clamp(weight, 0.0, std::max(room, 0.0));
  state.onsets += taken;
  state.grown += taken;
  auto const c = std::size_t(kind);
  by_hour_[c][static_cast<std::size_t>((tick % week + week) % week)] += taken;
  total_[c] += taken;
}

void Rates::set_live(std::uint32_t node, bool live, std::int64_t tick) {
  auto& exposure = exposure_[node];
  if (exposure.live == live) return;
  if (exposure.live) exposure.hours += static_cast<double>(tick - exposure.since);
  exposure.since = tick;
  exposure.live = live;
}

void Rates::start(std::int64_t tick) {
  for (auto& exposure : exposure_) exposure.since = tick;
}

void Rates::end_of_day(std::int64_t tick) {
  double const kept = std::exp2(-1 / options_->learn_half_life_days);
  for (auto& state : cells_) {
    state.onsets *= kept;
    state.blocked *= kept;
    state.grown = 0;
  }
  for (auto& exposure : exposure_) {
    if (exposure.live) exposure.hours += static_cast<double>(tick - exposure.since);
    exposure.since = tick;
    exposure.hours *= kept;
  }
  for (auto& hours : by_hour_)
    for (auto& onsets : hours) onsets *= kept;
  for (auto& onsets : total_) onsets *= kept;
}

void Rates::save(StateWriter& out, Fleet const& fleet) const {
  out.number(fleet.nodes.size());
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i) {
    out.text(fleet.nodes[i].name);
    out.real(exposure_[i].hours);
    out.integer(exposure_[i].since);
    out.number(exposure_[i].live);
    for (std::size_t c = 0; c < finding_classes; ++c) {
      auto const& state = cell(i, FindingClass(c));
      out.real(state.onsets);
      out.real(state.grown);
      out.real(state.blocked);
      out.integer(state.blocked_to);
      out.integer(state.last_alarm);
    }
  }
  for (std::size_t c = 0; c < finding_classes; ++c) {
    out.real(total_[c]);
    for (auto const onsets : by_hour_[c]) out.real(onsets);
  }
}

void Rates::load(StateReader& in, Fleet const& fleet) {
  for (auto left = in.count(); in && left > 0; --left) {
    auto const known = fleet.index.find(in.text());
    Exposure exposure;
    exposure.hours = in.real();
    exposure.since = in.integer();
    exposure.live = in.number() != 0;
    std::array<Cell, finding_classes> row;
    for (auto& state : row) {
      state.onsets = in.real();
      state.grown = in.real();
      state.blocked = in.real();
      state.blocked_to = in.integer();
      state.last_alarm = in.integer();
    }
    if (!in || known == fleet.index.end()) continue;
    exposure_[known->second] = exposure;
    std::ranges::copy(row, cells_.begin() + known->second * finding_classes);
  }
  for (std::size_t c = 0; c < finding_classes; ++c) {
    total_[c] = in.real();
    for (auto& onsets : by_hour_[c]) onsets = in.real();
  }
}

}  // namespace greywatch::collector
