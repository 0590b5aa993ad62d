#pragma once
#include <cstdint>

#include "common/bytes.hpp"

namespace greywatch {

/// Secret of the keyed hashes of one process; outsiders must not be able to aim at a bucket.
struct HashKey {
  std::uint64_t k0 = 0, k1 = 0;
  /// From the kernel's random source. Throws std::system_error when there is none.
  static HashKey random();
};

/// SipHash-1-3 of `octets`: keyed, 64 bits. (Aumasson and Bernstein, 2012; 1-3 as in many hash tables.)
std::uint64_t siphash(HashKey const& key, Bytes octets);

/// SipHash-1-3 of a few whole words, for keys that are already numbers: the same strength, no length handling.
template <class... Words>
std::uint64_t siphash_words(HashKey const& key, Words... words);

namespace detail {
struct Sip {
  std::uint64_t v0, v1, v2, v3;
  explicit Sip(HashKey const& key)
      : v0(key.k0 ^ 0x736f6d6570736575),
        v1(key.k1 ^ 0x646f72616e646f6d),
        v2(key.k0 ^ 0x6c7967656e657261),
        v3(key.k1 ^ 0x7465646279746573) {}
  static std::uint64_t rotate(std::uint64_t x, int by) { return x << by | x >> (64 - by); }
  void round() {
    v0 += v1, v1 = rotate(v1, 13), v1 ^= v0, v0 = rotate(v0, 32);
    v2 += v3, v3 = rotate(v3, 16), v3 ^= v2;
    v0 += v3, v3 = rotate(v3, 21), v3 ^= v0;
    v2 += v1, v1 = rotate(v1, 17), v1 ^= v2, v2 = rotate(v2, 32);
  }
  void word(std::uint64_t m) {
    v3 ^= m;
    round();
    v0 ^= m;
  }
  std::uint64_t finish() {
    v2 ^= 0xff;
    round(), round(), round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};
}  // namespace detail

template <class... Words>
std::uint64_t siphash_words(HashKey const& key, Words... words) {
  detail::Sip sip(key);
  (sip.word(static_cast<std::uint64_t>(words)), ...);
  sip.word(static_cast<std::uint64_t>(sizeof...(Words) * 8) << 56);
  return sip.finish();
}

}  // namespace greywatch
