#pragma once
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "common/result.hpp"

namespace greywatch {

/// Octets that somebody else owns.
using Bytes = std::span<std::uint8_t const>;

/// Forward-only view of untrusted octets. A read past the end gives zero and fails the reader for good, so ask once,
/// after the last field. Never allocates; what it returns borrows the input.
class Reader {
 public:
  explicit Reader(Bytes input) : input_(input) {}

  std::uint8_t u8() { return big<std::uint8_t>(); }
  std::uint16_t be16() { return big<std::uint16_t>(); }
  std::uint32_t be24() { return big<std::uint32_t, 3>(); }
  std::uint32_t be32() { return big<std::uint32_t>(); }
  std::uint64_t be64() { return big<std::uint64_t>(); }
  std::uint16_t le16() { return little<std::uint16_t>(); }
  std::uint32_t le24() { return little<std::uint32_t, 3>(); }
  std::uint32_t le32() { return little<std::uint32_t>(); }
  std::uint64_t le64() { return little<std::uint64_t>(); }
  float le_float() { return std::bit_cast<float>(le32()); }
  float be_float() { return std::bit_cast<float>(be32()); }

  /// The next `octets` octets, or none of them and a failed reader.
  Bytes take(std::size_t octets) {
    if (input_.size() - at_ < octets) {
      failed_ = true;
      at_ = input_.size();
      return {};
    }
    return input_.subspan(std::exchange(at_, at_ + octets), octets);
  }
  void skip(std::size_t octets) { take(octets); }
  /// All that is left.
  Bytes rest() { return take(left()); }

  std::size_t left() const { return input_.size() - at_; }
  std::size_t at() const { return at_; }
  explicit operator bool() const { return !failed_; }
  Malformed error(std::string_view field = {}) const { return {Defect::truncated, at_, field}; }

 private:
  template <std::unsigned_integral T, std::size_t octets = sizeof(T)>
  T big() {
    T value = 0;
    for (auto octet : take(octets)) value = static_cast<T>(static_cast<std::uint64_t>(value) << 8 | octet);
    return value;
  }
  template <std::unsigned_integral T, std::size_t octets = sizeof(T)>
  T little() {
    T value = 0;
    unsigned shift = 0;
    for (auto octet : take(octets)) {
      value = static_cast<T>(value | static_cast<T>(octet) << shift);
      shift += 8;
    }
    return value;
  }

  Bytes input_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes octets) { return {reinterpret_cast<char const*>(octets.data()), octets.size()}; }

}  // namespace greywatch
