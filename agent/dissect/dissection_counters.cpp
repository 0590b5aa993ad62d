#include "agent/dissect/dissection_counters.hpp"

#include <numeric>

namespace greywatch::agent {

void ProtocolCounters::count_unknown(std::string_view table) {
  for (auto& place : unknown) {
    if (place.table.empty()) place.table = &place == &unknown.back() ? std::string_view("other") : table;
    if (place.table != table && &place != &unknown.back()) continue;
    ++place.count;
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
