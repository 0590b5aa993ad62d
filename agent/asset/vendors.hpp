#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/address.hpp"
#include "common/result.hpp"

namespace greywatch::agent {

/// Who made a network interface, by the prefix of its MAC address. Read from the registries of the IEEE as Debian's
/// package ieee-data lays them down: oui.txt (MA-L, 24 bits), mam.txt (MA-M, 28 bits), oui36.txt and iab.txt (36 bits).
class Vendors {
 public:
  static constexpr char const* usual_folder = "/usr/share/ieee-data";

  /// Refused when there is no oui.txt; the others may be missing.
  static Result<Vendors, Refusal> load(std::filesystem::path const& folder = usual_folder);

  /// Of the longest prefix that is registered; empty when none is, and for addresses that are locally administered or
  /// of a group.
  std::string_view find(Mac const& mac) const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t prefix;  ///< shifted to 48 bits
    std::uint8_t bits;
    std::uint32_t name, length;  ///< in names_
    auto operator<=>(Entry const&) const = default;
  };
  bool read(std::filesystem::path const& file);

  std::vector<Entry> entries_;  ///< by prefix and bits
  std::string names_;
};

}  // namespace greywatch::agent
