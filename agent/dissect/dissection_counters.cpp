#include "agent/dissect/dissection_counters.hpp"

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

DissectionCounters::DissectionCounters(std::span<Dissector const* const> rows) : protocols_(rows.size()) {
  for (std::size_t row = 0; row < rows.size(); ++row) protocols_[row].protocol = rows[row]->name;
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
