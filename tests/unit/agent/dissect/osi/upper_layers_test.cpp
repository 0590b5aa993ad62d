#include <catch2/catch.hpp>

#include "agent/dissect/osi/acse.hpp"
#include "agent/dissect/osi/presentation.hpp"
#include "tests/support/octets.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using test::octets;

namespace {

/// ACCEPT SPDU: connect accept item, requirements, responding selector, user data with a CPA. X.225, 8.3.4.
constexpr auto accept =
    "0E 30 05 06 13 01 00 16 01 02 14 02 00 02 34 02 00 07 C1 1E"
    "31 1C A0 03 80 01 01 A2 15 83 02 00 02 A5 05 30 03 80 01 02 61 08 30 06 02 01 01 A0 01 AA";

}  // namespace

TEST_CASE("an accepting SPDU tells its parameters, those of groups too", "[osi]") {
  auto const tsdu = octets(accept);
  auto const session = osi::read_session(tsdu, 7);
  REQUIRE(session);
  CHECK(session->si == osi::Spdu::accept);
  CHECK(session->version == 2);
  CHECK(session->requirements == 2);
  CHECK(session->called_selector.size() == 2);
  CHECK(session->user_data.size() == 0x1E);
  CHECK(session->offset == 7 + 20);
  for (std::size_t length = 1; length < tsdu.size(); ++length)
    CHECK_FALSE(osi::read_session(Bytes(tsdu).first(length), 7));
}

TEST_CASE("give tokens stands in front of data, and what follows is user data", "[osi]") {
  auto const session = osi::read_session(octets("01 00 01 00 61 00"), 0);
  REQUIRE(session);
  CHECK(session->si == osi::Spdu::data_transfer);
  CHECK(session->offset == 4);
  CHECK(session->user_data.size() == 2);
}

TEST_CASE("a refusal gives its reason", "[osi]") {
  auto const session = osi::read_session(octets("0C 06 11 01 03 32 01 81"), 0);
  REQUIRE(session);
  CHECK(session->si == osi::Spdu::refuse);
  CHECK(session->transport_disconnect == 3);
  CHECK(session->reason == 0x81);
}

TEST_CASE("presentation tells results, selectors and values", "[osi]") {
  auto const tsdu = octets(accept);
  auto const said = osi::read_presentation(*osi::read_session(tsdu, 0));
  REQUIRE(said);
  CHECK(said->kind == osi::Ppdu::accept);
  CHECK(said->responding_selector.size() == 2);
  REQUIRE(said->result_count == 1);
  CHECK(said->results[0] == 2);
  REQUIRE(said->pdv_count == 1);
  CHECK(said->pdvs[0].context == 1);
  CHECK(said->pdvs[0].value[0] == 0xAA);
  CHECK(tsdu[said->pdvs[0].offset] == 0xAA);
}

TEST_CASE("an abort of presentation gives the provider's reason", "[osi]") {
  auto const tsdu = octets("19 0A 11 01 02 C1 05 30 03 80 01 04");
  auto const session = osi::read_session(tsdu, 0);
  REQUIRE(session);
  auto const said = osi::read_presentation(*session);
  REQUIRE(said);
  CHECK(said->kind == osi::Ppdu::provider_abort);
  CHECK(said->provider_reason == 4);
}

TEST_CASE("ACSE of an accepted and of a rejected association", "[osi]") {
  auto const apdu = octets("61 18 A1 07 06 05 28 CA 22 02 03 A2 03 02 01 01 A3 05 A1 03 02 01 0D 80 01 00");
  auto const element = asn1::BerReader(apdu).next();
  REQUIRE(element);
  auto const acse = osi::read_acse(*element);
  REQUIRE(acse);
  CHECK(acse->kind == osi::Apdu::aare);
  CHECK(acse->context_name.size() == 5);
  CHECK(acse->result == 1);
  CHECK(acse->diagnostic_source == 1);
  CHECK(acse->diagnostic == 13);
  CHECK_FALSE(osi::read_acse({.tag_class = asn1::TagClass::application, .tag = 9}));
}
