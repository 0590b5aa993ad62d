#include "agent/dissect/iec61850/frame.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"

namespace greywatch::agent::iec61850 {
namespace {

using test::octets;

TEST_CASE("A frame ends where its APDU says, and what follows is padding") {
  auto const all = octets("3001 000C 8000 0000 6102 8000 00000000");
  auto const frame = read_frame(all);
  CHECK_FALSE(frame.malformed);
  CHECK_FALSE(frame.length_differs);
  CHECK(frame.appid == 0x3001);
  CHECK(frame.simulated());
  CHECK(frame.apdu.size() == 4);
  CHECK(frame.extension.empty());
}

TEST_CASE("An extension is found whether the length counts it or not") {
  for (auto const* text : {"0001 000C 0003 ABCD 6102 8000 010203 00", "0001 000F 0003 ABCD 6102 8000 010203 00"}) {
    auto const all = octets(text);
    auto const frame = read_frame(all);
    CHECK_FALSE(frame.length_differs);
    REQUIRE(frame.extension.size() == 3);
    CHECK(frame.extension[2] == 3);
  }
}

TEST_CASE("An APDU that is not all there is kept as far as it goes") {
  auto const all = octets("0001 000C 0000 0000 6102 80");
  auto const frame = read_frame(all);
  REQUIRE(frame.malformed);
  CHECK(frame.malformed->defect == Defect::truncated);
  CHECK(frame.apdu.size() == 3);
}

TEST_CASE("A length beside that of the APDU is noted") {
  for (auto const* text : {"0001 0008 0000 0000 6102 8000", "0001 FFFF 0000 0000 6102 8000"}) {
    auto const all = octets(text);
    CHECK(read_frame(all).length_differs);
  }
}

TEST_CASE("A frame without a whole header is malformed") {
  auto const all = octets("0001 000C 0000 0000");
  for (std::size_t length = 0; length <= all.size(); ++length) CHECK(read_frame(Bytes(all).first(length)).malformed);
}

}  // namespace
}  // namespace greywatch::agent::iec61850
