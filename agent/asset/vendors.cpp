#include "agent/asset/vendors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

namespace greywatch::agent {

namespace {

constexpr std::size_t most_entries = 200'000, most_name = 128;

std::uint64_t number(Mac const& mac) {
  std::uint64_t value = 0;
  for (auto octet : mac.octets) value = value << 8 | octet;
  return value;
}

bool hexadecimal(std::string_view text, std::uint64_t& value) {
  auto const end = text.data() + text.size();
  return std::from_chars(text.data(), end, value, 16).ptr == end && !text.empty();
}

}  // namespace

Result<Vendors, Refusal> Vendors::load(std::filesystem::path const& folder) {
  Vendors vendors;
  if (!vendors.read(folder / "oui.txt"))
    return refuse(fmt::format("{}: cannot be read; install the package ieee-data", (folder / "oui.txt").string()));
  for (auto const* name : {"mam.txt", "oui36.txt", "iab.txt"}) vendors.read(folder / name);
  std::ranges::sort(vendors.entries_);
  return vendors;
}

/// Lines such as "00-22-72   (hex)\t\tName" give 24 bits; where "F2F000-F2FFFF     (base 16)\t\tName" follows, its
/// equal digits in front are the further bits.
bool Vendors::read(std::filesystem::path const& file) {
  std::ifstream in(file);
  if (!in) return false;
  std::uint64_t block = 0;
  for (std::string line; std::getline(in, line) && entries_.size() < most_entries;) {
    if (line.size() > 8 && line[2] == '-' && line[5] == '-' && line.find("(hex)") != std::string::npos) {
      std::string const digits = line.substr(0, 2) + line.substr(3, 2) + line.substr(6, 2);
      if (!hexadecimal(digits, block)) block = 0;
      continue;
    }
    auto const mark = line.find("(base 16)");
    if (mark == std::string::npos || line.size() < 6) continue;
    std::uint64_t from = 0;
    std::uint8_t bits = 24;
    std::uint64_t prefix = block << 24;
    if (line[6] == '-' && line.size() > 13) {
      if (!hexadecimal(std::string_view(line).substr(0, 6), from)) continue;
      std::size_t same = 0;
      while (same < 6 && line[same] == line[7 + same]) ++same;
      bits = static_cast<std::uint8_t>(24 + 4 * same);
      prefix |= from;
    } else if (!hexadecimal(std::string_view(line).substr(0, 6), prefix)) {
      continue;
    } else {
      prefix <<= 24;
    }
    auto const begin = line.find_first_not_of(" \t", mark + 9);
    if (begin == std::string::npos) continue;
    auto const end = line.find_last_not_of(" \t\r");
    auto const name = std::string_view(line).substr(begin, std::min(end + 1 - begin, most_name));
    entries_.push_back(
        {prefix, bits, static_cast<std::uint32_t>(names_.size()), static_cast<std::uint32_t>(name.size())});
    names_ += name;
  }
  return true;
}

std::string_view Vendors::find(Mac const& mac) const {
  if ((mac.octets[0] & 3) != 0) return {};
  auto const address = number(mac);
  for (std::uint8_t bits : {36, 28, 24}) {
    auto const prefix = address >> (48 - bits) << (48 - bits);
    auto const found = std::ranges::lower_bound(entries_, std::pair(prefix, bits), {},
                                                [](Entry const& entry) { return std::pair(entry.prefix, entry.bits); });
    if (found != entries_.end() && found->prefix == prefix && found->bits == bits)
      return std::string_view(names_).substr(found->name, found->length);
  }
  return {};
}

}  // namespace greywatch::agent
