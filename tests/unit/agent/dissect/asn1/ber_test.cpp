#include "agent/dissect/asn1/ber.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"

using namespace greywatch;
using namespace greywatch::agent::asn1;
using test::octets;

TEST_CASE("elements of a level come in order, with tag, contents and place", "[asn1]") {
  auto const level = octets("02 01 05 A1 03 0C 01 78 9F 87 68 02 AB CD");
  BerReader in(level, 10);
  auto const first = in.next();
  REQUIRE(first);
  CHECK(first->is_universal(integer));
  CHECK(first->offset == 12);
  auto const second = in.next();
  REQUIRE(second);
  CHECK(second->is_context(1));
  CHECK(second->constructed);
  BerReader inner(*second);
  auto const text = inner.next();
  REQUIRE(text);
  CHECK(as_text(text->contents) == "x");
  CHECK(text->offset == 17);
  auto const third = in.next();
  REQUIRE(third);
  CHECK(third->is_context(1000));
  CHECK(third->contents.size() == 2);
  CHECK_FALSE(in.next());
  CHECK_FALSE(in.failed());
}

TEST_CASE("every prefix of an element is refused as truncated", "[asn1]") {
  auto const whole = octets("30 82 00 05 02 03 01 00 01");
  for (std::size_t length = 1; length < whole.size(); ++length) {
    BerReader in(Bytes(whole).first(length));
    CHECK_FALSE(in.next());
    CHECK(in.failed());
    CHECK(in.error("x").defect == Defect::truncated);
    CHECK(in.error("x").offset <= length);
  }
  BerReader in(whole);
  CHECK(in.next());
}

TEST_CASE("the indefinite form ends at its own end-of-contents octets", "[asn1]") {
  auto const level = octets("30 80 31 80 04 02 00 00 00 00 00 00 05 00");
  BerReader in(level);
  auto const outer = in.next();
  REQUIRE(outer);
  CHECK(outer->contents.size() == 8);
  auto const last = in.next();
  REQUIRE(last);
  CHECK(last->is_universal(null));
  CHECK(in.done());
}

TEST_CASE("lies about lengths and tags are refused", "[asn1]") {
  for (auto const* lie : {"04 80 00 00", "30 85 01 00 00 00 00", "30 84 FF FF FF FF", "1F FF FF FF FF FF 7F 00"}) {
    auto const level = octets(lie);
    BerReader in(level);
    INFO(lie);
    CHECK_FALSE(in.next());
    CHECK(in.failed());
    CHECK_FALSE(in.next());
  }
  std::vector<std::uint8_t> deep;
  for (int n = 0; n < 1000; ++n) deep.insert(deep.end(), {0x30, 0x80});
  BerReader in(deep);
  CHECK_FALSE(in.next());
  CHECK(in.error("x").defect == Defect::too_deep);
}

TEST_CASE("an element that is not the wanted one stays the next", "[asn1]") {
  auto const level = octets("80 01 07 81 01 08");
  BerReader in(level);
  CHECK_FALSE(in.next_if(TagClass::context, 1));
  auto const wanted = in.next_if(TagClass::context, 0);
  REQUIRE(wanted);
  CHECK(read_unsigned(wanted->contents) == 7u);
  CHECK(in.next_if(TagClass::context, 1));
}

TEST_CASE("integers are two's complement of at most eight octets", "[asn1]") {
  CHECK(read_signed(octets("FF")) == -1);
  CHECK(read_signed(octets("00 80")) == 128);
  CHECK(read_signed(octets("80 00 00 00 00 00 00 00")) == INT64_MIN);
  CHECK_FALSE(read_signed({}));
  CHECK_FALSE(read_signed(octets("00 00 00 00 00 00 00 00 01")));
  CHECK(read_unsigned(octets("00 FF FF FF FF FF FF FF FF")) == UINT64_MAX);
  CHECK_FALSE(read_unsigned(octets("01 00 00 00 00 00 00 00 00")));
}

TEST_CASE("bits of a bit string are counted from its first one", "[asn1]") {
  auto const flags = octets("03 A8");
  CHECK(bit_count(flags) == 5);
  CHECK(read_bit(flags, 0));
  CHECK_FALSE(read_bit(flags, 1));
  CHECK(read_bit(flags, 4));
  CHECK_FALSE(read_bit(flags, 5));
  CHECK(bit_count(octets("08 FF")) == 0);
  CHECK(bit_count(octets("01")) == 0);
  CHECK(bit_count({}) == 0);
}

TEST_CASE("object identifiers are written as people write them, as far as there is room", "[asn1]") {
  char text[32];
  CHECK(write_oid(octets("28 CA 22 02 03"), text) == "1.0.9506.2.3");
  CHECK(write_oid(octets("2B 06 01 02 01"), text) == "1.3.6.1.2.1");
  CHECK(write_oid(octets("88 37 03"), text) == "2.999.3");
  CHECK(write_oid(octets("2B 06 01 02 01"), std::span(text, 5)) == "1.3.6");
  CHECK(write_oid(octets("2B FF"), text) == "1.3");
}
