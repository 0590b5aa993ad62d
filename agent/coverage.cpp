#include "agent/coverage.hpp"

#include <algorithm>
#include <cmath>

namespace greywatch::agent {

namespace {

double kept(std::uint64_t good, std::uint64_t lost) {
  auto const all = static_cast<double>(good) + static_cast<double>(lost);
  return all > 0 ? static_cast<double>(good) / all : 1;
}

}  // namespace

std::optional<double> Coverage::sample(Time now, CoverageTotals const& totals) {
  due_ = now + window;
  if (totals.packets == 0) return std::nullopt;
  bool const heard = totals.packets != last_.packets;
  if (heard) last_packet_ = now;
  double present = told_.value_or(1);
  if (heard || totals.packets_lost != last_.packets_lost)
    present = kept(totals.packets - last_.packets, totals.packets_lost - last_.packets_lost) *
              kept(totals.messages - last_.messages, totals.messages_lost - last_.messages_lost);
  if (!heard && now - last_packet_ >= silence) present = 0;
  last_ = totals;
  present = std::clamp(present, 0.0, 1.0);
  bool const back = present == 1 && told_ && *told_ < 1;
  if (told_ && !back && std::abs(present - *told_) < step) return std::nullopt;
  told_ = present;
  return present;
}

}  // namespace greywatch::agent
