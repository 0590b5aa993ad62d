#include "collector/score/marks.hpp"

#include <algorithm>
#include <cmath>

namespace greywatch::collector {

namespace {

constexpr double most = 8;           // factor
constexpr double remembered = 2000;  // alarms of one detector, then half of all is forgotten

}  // namespace

std::size_t Marks::bin(double p) {
  double const decades = p > 0 ? -std::log10(p) : static_cast<double>(bins);
  return static_cast<std::size_t>(std::clamp(4 * decades, 0.0, static_cast<double>(bins - 1)));
}

double Marks::factor(std::string_view detector, double p) const {
  auto const found = histories_.find(detector);
  if (p >= 1 || found == histories_.end()) return 1;
  auto const& [count, total] = found->second;
  // Its rank lies anywhere among those of its bin: the bet is the mean over these, so that ties cost nothing.
  auto const own = bin(p);
  double rarer = 0;
  for (auto i = own + 1; i < bins; ++i) rarer += count[i];
  double const from = rarer / (total + 1), to = (rarer + count[own] + 1) / (total + 1);
  return std::min(most, 0.5 + 0.5 * (std::sqrt(to) - std::sqrt(from)) / (to - from));
}

void Marks::learn(std::string_view detector, double p) {
  if (p >= 1) return;
  auto found = histories_.find(detector);
  if (found == histories_.end()) {
    if (histories_.size() == most_detectors) return;
    found = histories_.emplace(detector, History{}).first;
  }
  auto& history = found->second;
  ++history.count[bin(p)];
  if (++history.total < remembered) return;
  for (auto& count : history.count) count /= 2;
  history.total /= 2;
}

void Marks::save(StateWriter& out) const {
  out.number(histories_.size());
  for (auto const& [detector, history] : histories_) {
    out.text(detector);
    for (auto const count : history.count) out.real(count);
  }
}

void Marks::load(StateReader& in) {
  for (auto left = in.count(); in && left > 0; --left) {
    auto detector = in.text();
    History history;
    for (auto& count : history.count) history.total += count = in.real();
    if (histories_.size() < most_detectors) histories_.emplace(std::move(detector), history);
  }
}

}  // namespace greywatch::collector
