#pragma once
#include <cstdint>

#include "agent/net/load.hpp"
#include "common/bytes.hpp"
#include "common/hash.hpp"

namespace greywatch::agent {

/// Keyed digest of octets that were on the wire, several times faster than SipHash on long ones. Outsiders see no
/// digest and do not know the key, so they cannot aim for a collision; it is no message authentication code.
/// Multiply-and-fold as in Wang Yi's wyhash, with secret multipliers.
class Digest {
 public:
  explicit Digest(HashKey const& key)
      : a_(siphash_words(key, 1) | 1), b_(siphash_words(key, 2) | 1), c_(siphash_words(key, 3) | 1) {}

  std::uint64_t mix(std::uint64_t x, std::uint64_t y) const { return fold(x ^ a_, y ^ b_); }

  /// Of two words alone, with nothing of their product lost: short keys of tables.
  std::uint64_t pair(std::uint64_t x, std::uint64_t y) const {
    __extension__ using Wide = unsigned __int128;
    Wide const product = static_cast<Wide>(x ^ a_) * (y ^ b_);
    return fold(static_cast<std::uint64_t>(product) ^ c_, static_cast<std::uint64_t>(product >> 64) ^ b_);
  }

  std::uint64_t operator()(Bytes octets, std::uint64_t seed = 0) const {
    return octets.size() > 16 ? of_many(octets, seed) : of_few(octets, seed);
  }

  /// The same for who knows that there are more than 16 octets.
  std::uint64_t of_many(Bytes octets, std::uint64_t seed = 0) const {
    auto const* at = octets.data();
    auto const* const last = at + octets.size() - 16;
    std::uint64_t state = seed ^ c_;
    if (octets.size() > 64) {
      std::uint64_t other = state;
      for (; at < last - 16; at += 32) {
        state = fold(load_raw<std::uint64_t>(at) ^ a_, load_raw<std::uint64_t>(at + 8) ^ state);
        other = fold(load_raw<std::uint64_t>(at + 16) ^ b_, load_raw<std::uint64_t>(at + 24) ^ other);
      }
      state ^= other;
    }
    for (; at < last; at += 16) state = fold(load_raw<std::uint64_t>(at) ^ a_, load_raw<std::uint64_t>(at + 8) ^ state);
    return finish(octets.size(), load_raw<std::uint64_t>(last), load_raw<std::uint64_t>(last + 8), state);
  }

 private:
  /// Of up to 16 octets.
  std::uint64_t of_few(Bytes octets, std::uint64_t seed) const {
    auto const* at = octets.data();
    auto const size = octets.size();
    std::uint64_t x = 0, y = 0;
    if (size >= 8) {
      x = load_raw<std::uint64_t>(at);
      y = load_raw<std::uint64_t>(at + size - 8);
    } else if (size >= 4) {
      x = load_raw<std::uint32_t>(at);
      y = load_raw<std::uint32_t>(at + size - 4);
    } else if (size > 0) {
      x = std::uint64_t{at[0]} << 16 | std::uint64_t{at[size / 2]} << 8 | at[size - 1];
    }
    return finish(size, x, y, seed ^ c_);
  }

  std::uint64_t finish(std::uint64_t size, std::uint64_t x, std::uint64_t y, std::uint64_t state) const {
    return fold(size ^ a_, fold(x ^ b_, y ^ state));
  }

  static std::uint64_t fold(std::uint64_t x, std::uint64_t y) {
    __extension__ using Wide = unsigned __int128;
    Wide const product = static_cast<Wide>(x) * y;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t a_, b_, c_;
};

}  // namespace greywatch::agent
