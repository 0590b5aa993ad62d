#include "common/bytes.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"

using namespace greywatch;
using test::octets;

TEST_CASE("a reader reads both byte orders", "[common][bytes]") {
  auto const input = octets("01 0203 040506 0708 090a0b 0c0d0e0f");
  Reader in(input);
  CHECK(in.u8() == 1);
  CHECK(in.be16() == 0x0203);
  CHECK(in.be24() == 0x040506);
  CHECK(in.le16() == 0x0807);
  CHECK(in.le24() == 0x0b0a09);
  CHECK(in.le32() == 0x0f0e0d0c);
  CHECK(in.left() == 0);
  CHECK(in);
}

TEST_CASE("a read past the end gives zero and fails the reader for good", "[common][bytes]") {
  auto const input = octets("01 02 03");
  Reader in(input);
  CHECK(in.be32() == 0);
  CHECK_FALSE(in);
  CHECK(in.u8() == 0);
  CHECK(in.take(0).empty());
  CHECK_FALSE(in);
}
