#include "agent/dissect/dissection_counters.hpp"

#include <algorithm>
#include <numeric>

namespace greywatch::agent {

void NamedCounts::add(std::string_view name) {
  for (std::size_t place = 0; place < entries_.size(); ++place) {
    auto& entry = entries_[place];
    auto const last = place + 1 == entries_.size();
    if (entry.name.empty()) entry.name = last ? std::string_view("other") : name;
    if (entry.name != name && !last) continue;
    ++entry.count;
    return;
  }
}

DissectionCounters::DissectionCounters(std::span<Dissector const* const> rows) {
  for (auto const* row : rows) {
    auto const known = std::ranges::find(protocols_, row->name, &ProtocolCounters::protocol);
    place_.push_back(static_cast<std::uint8_t>(known - protocols_.begin()));
    if (known == protocols_.end()) protocols_.emplace_back().protocol = row->name;
  }
}

std::uint64_t DissectionCounters::messages() const {
  return std::accumulate(protocols_.begin(), protocols_.end(), std::uint64_t{0},
                         [](auto sum, auto const& of) { return sum + of.messages; });
}

std::uint64_t DissectionCounters::malformed() const {
  return std::accumulate(protocols_.begin(), protocols_.end(), std::uint64_t{0}, [](auto sum, auto const& of) {
    return std::accumulate(of.malformed.begin(), of.malformed.end(), sum);
  });
}

}  // namespace greywatch::agent
