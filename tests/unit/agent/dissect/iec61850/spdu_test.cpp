#include "agent/dissect/iec61850/spdu.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"

namespace greywatch::agent::iec61850 {
namespace {

using test::octets;

// Transport, session header with a vector of two octets, two payloads, padding, signature.
constexpr auto session =
    "0140 A1 19 80 17 00000032 00000007 0002 65000000 003C 00000009 02 BEEF"
    "00000018 81 00 3001 0003 010203 82 01 4001 0002 0405 AF 05 0000000000 8503 AABBCC 00";

TEST_CASE("A session tells its keys, its payloads and its signature") {
  auto const all = octets(session);
  auto const spdu = read_spdu(all);
  CHECK_FALSE(spdu.malformed);
  CHECK(spdu.identifier == spdu_goose);
  CHECK(spdu.number == 7);
  CHECK(spdu.version == 2);
  CHECK(spdu.current_key_time == 0x65000000);
  CHECK(spdu.next_key_time == 60);
  CHECK(spdu.key_id == 9);
  CHECK(spdu.initialization_vector.size() == 2);
  CHECK(spdu.signature.size() == 6);
  Payloads payloads(spdu);
  auto const first = payloads.next(), second = payloads.next();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->type == payload_goose);
  CHECK(first->appid == 0x3001);
  CHECK(first->apdu.size() == 3);
  CHECK(all[first->apdu_at] == 1);
  CHECK(second->type == payload_sampled_values);
  CHECK(second->simulated);
  CHECK(all[second->apdu_at] == 4);
  CHECK_FALSE(payloads.next());
}

TEST_CASE("A payload longer than its session is the last one") {
  auto all = octets(session);
  all[37] = 0xFF;
  auto const spdu = read_spdu(all);
  Payloads payloads(spdu);
  auto const first = payloads.next();
  REQUIRE(first);
  REQUIRE(first->malformed);
  CHECK(first->malformed->offset == 33);
  CHECK_FALSE(payloads.next());
}

TEST_CASE("Every prefix of a session is malformed") {
  auto const all = octets(session);
  for (std::size_t length = 0; length < all.size() - 6; ++length) CHECK(read_spdu(Bytes(all).first(length)).malformed);
}

TEST_CASE("What is no session is refused at the octet that shows it") {
  auto const defect_at = [](std::string_view text) {
    auto const all = octets(text);
    auto const spdu = read_spdu(all);
    return spdu.malformed ? static_cast<int>(spdu.malformed->offset) : -1;
  };
  CHECK(defect_at("01E0 A1 19 80 17 00000032 00000007") == 1);
  CHECK(defect_at("0140 A4 19 80 17 00000032 00000007") == 2);
  CHECK(defect_at("0140 A1 19 81 17 00000032 00000007") == 4);
  CHECK(defect_at("0140 A1 19 80 14 00000032 00000007 0002 65000000 003C 00000009 00 00000000") == 5);
}

}  // namespace
}  // namespace greywatch::agent::iec61850
