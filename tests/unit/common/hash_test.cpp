#include "common/hash.hpp"

#include <catch2/catch.hpp>

using namespace greywatch;

TEST_CASE("the word form and the octet form of the keyed hash agree", "[common][hash]") {
  HashKey const key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::uint64_t const words[] = {1, 0xFFFFFFFFFFFFFFFF};
  CHECK(siphash(key, Bytes(reinterpret_cast<std::uint8_t const*>(words), 16)) ==
        siphash_words(key, words[0], words[1]));
}

TEST_CASE("another key gives another hash", "[common][hash]") {
  CHECK(siphash_words(HashKey{1, 2}, 42) != siphash_words(HashKey{1, 3}, 42));
  auto const a = HashKey::random(), b = HashKey::random();
  CHECK((a.k0 != b.k0 || a.k1 != b.k1));
}
