#pragma once
#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/hash.hpp"

namespace greywatch::collector {

/// State that outlives a restart, as octets: whole numbers little-endian, doubles by their bits, so that what continues
/// continues to the same bits. `finish` seals it with a name, a version and a checksum against a torn write.
class StateWriter {
 public:
  void number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) out_ += static_cast<char>(value >> 8 * i & 0xFF);
  }
  void integer(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void real(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  /// `kind` has eight characters, the last ones a version: "gwscor01".
  std::string finish(std::string_view kind) const {
    std::string sealed(kind);
    StateWriter sum;
    sum.number(siphash({}, as_bytes(out_)));
    return sealed + sum.out_ + out_;
  }

 private:
  std::string out_;
};

/// Reads what `StateWriter` sealed. Whatever is wrong makes it false for good and its values zero.
class StateReader {
 public:
  StateReader(std::string_view sealed, std::string_view kind) {
    if (sealed.size() < 16 || sealed.substr(0, 8) != kind) return;
    in_ = sealed.substr(8, 8);
    good_ = true;
    auto const sum = number();
    in_ = sealed.substr(16);
    good_ = siphash({}, as_bytes(in_)) == sum;
  }
  std::uint64_t number() {
    if (!good_ || in_.size() < 8) return good_ = false, 0;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) value |= std::uint64_t{static_cast<unsigned char>(in_[i])} << 8 * i;
    in_.remove_prefix(8);
    return value;
  }
  std::int64_t integer() { return static_cast<std::int64_t>(number()); }
  double real() { return std::bit_cast<double>(number()); }
  std::string text() {
    auto const size = number();
    if (!good_ || size > in_.size()) return good_ = false, std::string();
    std::string value(in_.substr(0, size));
    in_.remove_prefix(size);
    return value;
  }
  /// How many entries follow; each takes at least `octets`, so a lie cannot make anybody reserve more than there is.
  std::size_t count(std::size_t octets = 8) {
    auto const value = number();
    if (value > in_.size() / octets) return good_ = false, 0;
    return static_cast<std::size_t>(value);
  }
  bool at_end() const { return in_.empty(); }
  explicit operator bool() const { return good_; }

 private:
  std::string_view in_;
  bool good_ = false;
};

}  // namespace greywatch::collector
