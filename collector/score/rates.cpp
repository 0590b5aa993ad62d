#include "collector/score/rates.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace greywatch::collector {

namespace {

constexpr double prior_onsets = 1;                   // shape of the Gamma prior: nodes differ by about as much
constexpr double usual_hours = 48;                   // of every node, until the fleet's own rates count half
constexpr double usual_most = 3;                     // times the mean: what a node may bring to the fleet's rate
constexpr double hour_shrinkage = 5;                 // onsets an hour of the week must show before it counts half
constexpr double unseen_most = 4, unseen_from = 20;  // an hour not seen yet: so much above 1; onsets for half of that
constexpr double growth_share = 0.1, growth_step = 0.1;                  // a day
constexpr double burst_half_life = 48;                                   // ticks
constexpr double stirred_from = 0.7;                                     // onsets of late
constexpr double burst_free = 2, burst_step = 0.004, burst_most = 0.02;  // chance of an onset, by those beyond the free
constexpr double most_waiting = 5;  // onsets: a burst is learned from, not for weeks

std::int64_t tick_of(Time time) {
  auto const ns = unix_ns(time);
  auto const length = tick_length.count();
  return ns / length - (ns % length < 0 ? 1 : 0);
}

}  // namespace

Rates::Rates(Fleet const& fleet, ScoreOptions const& options)
    : options_(&options), cells_(fleet.nodes.size() * finding_classes), exposure_(fleet.nodes.size()) {
  usual_.fill(options.onset_rate / finding_classes);
}

void Rates::learn_usual(std::int64_t tick) {
  double hours = 0;
  for (auto const& exposure : exposure_)
    hours += exposure.hours + (exposure.live ? static_cast<double>(tick - exposure.since) : 0);
  double const nodes = static_cast<double>(exposure_.size());
  for (std::size_t c = 0; c < finding_classes; ++c) {
    double sum = 0, capped = 0;
    for (std::size_t i = c; i < cells_.size(); i += finding_classes) sum += cells_[i].seen;
    // A few nodes that never stop must not make everybody else look noisy.
    double const most = std::max(1.0, usual_most * sum / std::max(1.0, nodes));
    for (std::size_t i = c; i < cells_.size(); i += finding_classes) capped += std::min(most, cells_[i].seen);
    double const before = options_->onset_rate / finding_classes;
    usual_[c] = (capped + before * usual_hours * nodes) / (hours + usual_hours * nodes);
  }
}

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

double Rates::factor(FindingClass kind, std::int64_t tick) const {
  auto const c = std::size_t(kind);
  auto const in_week = static_cast<std::size_t>((tick % week + week) % week), in_day = in_week % day;
  // An hour that the fleet has not lived through yet is not quiet, and who has shown much may show more then.
  double const unknown = share_by_day_[in_day] > 0 ? 1 : 1 + unseen_most * shown_ / (shown_ + unseen_from);
  double const by_day =
      (by_day_[in_day] + hour_shrinkage * unknown) / (shown_ * share_by_day_[in_day] + hour_shrinkage);
  return std::clamp((by_hour_[c][in_week] + hour_shrinkage * by_day) / (total_[c] * share_[in_week] + hour_shrinkage),
                    0.2, 5.0);
}

double Rates::predictive(std::uint32_t node, FindingClass kind, std::int64_t tick) const {
  auto const& state = cell(node, kind);
  auto const& exposure = exposure_[node];
  double const live = exposure.hours + (exposure.live ? static_cast<double>(tick - exposure.since) : 0);
  double const shape = prior_onsets + state.onsets;
  double const hours = prior_onsets / usual_[std::size_t(kind)] + std::max(0.0, live - state.blocked);
  // Gamma-Poisson: no event in one hour has probability (b / (b + f))^a.
  double const p = -std::expm1(-shape * std::log1p(factor(kind, tick) / hours));
  return std::clamp(p, options_->onset_floor, 1.0);
}

double Rates::burst(Exposure const& exposure, std::int64_t tick) {
  return exposure.burst * std::exp2(-static_cast<double>(tick - exposure.burst_at) / burst_half_life);
}

double Rates::in_burst(std::uint32_t node, FindingClass kind, std::int64_t tick) const {
  double const beyond = std::max(0.0, burst(exposure_[node], tick) - burst_free);
  return std::max(predictive(node, kind, tick), std::min(burst_most, burst_step * beyond));
}

bool Rates::stirred(std::uint32_t node, std::int64_t tick) const { return burst(exposure_[node], tick) > stirred_from; }

void Rates::grow(Cell& state) {
  double const morning = prior_onsets + state.onsets - state.grown;
  double const room = growth_share * morning + growth_step - state.grown;
  double const taken = std::clamp(room, 0.0, state.waiting);
  state.onsets += taken;
  state.grown += taken;
  state.waiting -= taken;
}

void Rates::learn(std::uint32_t node, FindingClass kind, std::int64_t tick, double weight) {
  auto& state = cell(node, kind);
  auto& exposure = exposure_[node];
  exposure.burst = burst(exposure, tick) + 1;
  exposure.burst_at = tick;
  ++state.seen;
  state.waiting = std::min(state.waiting + std::clamp(weight, 0.0, 1.0), most_waiting);
  grow(state);
  auto const c = std::size_t(kind);
  by_hour_[c][static_cast<std::size_t>((tick % week + week) % week)] += weight;
  total_[c] += weight;
  by_day_[static_cast<std::size_t>((tick % static_cast<std::int64_t>(day) + day) % day)] += weight;
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

void Rates::end_of_tick(std::int64_t tick) {
  double const live = static_cast<double>(std::ranges::count(exposure_, true, &Exposure::live));
  visits_[static_cast<std::size_t>((tick % static_cast<std::int64_t>(week) + week) % week)] +=
      live / std::max<double>(1, static_cast<double>(exposure_.size()));
  share_out();
  if (visits() <= usual_hours) learn_usual(tick + 1);
}

double Rates::visits() const { return std::accumulate(visits_.begin(), visits_.end(), 0.0); }

void Rates::share_out() {
  double const all = std::max(1.0, visits());
  share_by_day_.fill(0);
  for (std::size_t hour = 0; hour < week; ++hour) {
    share_[hour] = visits_[hour] / all;
    share_by_day_[hour % day] += share_[hour];
  }
  shown_ = std::accumulate(by_day_.begin(), by_day_.end(), 0.0);
}

void Rates::end_of_day(std::int64_t tick) {
  double const kept = std::exp2(-1 / options_->learn_half_life_days);
  for (auto& state : cells_) {
    state.onsets *= kept;
    state.seen *= kept;
    state.blocked *= kept;
    state.grown = 0;
    grow(state);
  }
  for (auto& exposure : exposure_) {
    if (exposure.live) exposure.hours += static_cast<double>(tick - exposure.since);
    exposure.since = tick;
    exposure.hours *= kept;
  }
  for (auto& hours : by_hour_)
    for (auto& onsets : hours) onsets *= kept;
  for (auto& onsets : total_) onsets *= kept;
  for (auto& onsets : by_day_) onsets *= kept;
  for (auto& visits : visits_) visits *= kept;
  share_out();
  learn_usual(tick);
}

void Rates::save(StateWriter& out, Fleet const& fleet) const {
  out.number(fleet.nodes.size());
  for (std::uint32_t i = 0; i < fleet.nodes.size(); ++i) {
    out.text(fleet.nodes[i].name);
    out.real(exposure_[i].hours);
    out.integer(exposure_[i].since);
    out.number(exposure_[i].live);
    out.real(exposure_[i].burst);
    out.integer(exposure_[i].burst_at);
    for (std::size_t c = 0; c < finding_classes; ++c) {
      auto const& state = cell(i, FindingClass(c));
      out.real(state.onsets);
      out.real(state.grown);
      out.real(state.waiting);
      out.real(state.seen);
      out.real(state.blocked);
      out.integer(state.blocked_to);
      out.integer(state.last_alarm);
    }
  }
  for (std::size_t c = 0; c < finding_classes; ++c) {
    out.real(total_[c]);
    out.real(usual_[c]);
    for (auto const onsets : by_hour_[c]) out.real(onsets);
  }
  for (auto const onsets : by_day_) out.real(onsets);
  for (auto const visits : visits_) out.real(visits);
}

void Rates::load(StateReader& in, Fleet const& fleet) {
  for (auto left = in.count(); in && left > 0; --left) {
    auto const known = fleet.index.find(in.text());
    Exposure exposure;
    exposure.hours = in.real();
    exposure.since = in.integer();
    exposure.live = in.number() != 0;
    exposure.burst = in.real();
    exposure.burst_at = in.integer();
    std::array<Cell, finding_classes> row;
    for (auto& state : row) {
      state.onsets = in.real();
      state.grown = in.real();
      state.waiting = in.real();
      state.seen = in.real();
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
    usual_[c] = in.real();
    for (auto& onsets : by_hour_[c]) onsets = in.real();
  }
  for (auto& onsets : by_day_) onsets = in.real();
  for (auto& visits : visits_) visits = in.real();
  share_out();
}

}  // namespace greywatch::collector
