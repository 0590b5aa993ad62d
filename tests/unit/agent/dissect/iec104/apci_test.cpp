#include "agent/dissect/iec104/apci.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/dissect/iec104/recorder.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::iec104;
using namespace greywatch::test;

TEST_CASE("the control field tells its format and its numbers", "[dissect][iec104]") {
  // IEC 60870-5-104:2006, 5.1, figures 6 to 8.
  auto const i = read_apci(octets("68 0E 04 00 FE FF 64 01 06 00 01 00 00 00 00 14"));
  REQUIRE(i);
  CHECK(i->format == Format::i);
  CHECK(i->send == 2);
  CHECK(i->receive == 32767);
  auto const s = read_apci(octets("68 04 01 00 02 01"));
  REQUIRE(s);
  CHECK(s->format == Format::s);
  CHECK(s->receive == 129);
  auto const u = read_apci(octets("68 04 43 00 00 00"));
  REQUIRE(u);
  CHECK(u->format == Format::u);
  CHECK(u->u_function == static_cast<std::uint8_t>(UFunction::testfr_act));
}

TEST_CASE("control information that breaks one rule is refused by that rule", "[dissect][iec104]") {
  auto const defect = [](std::string_view hex) { return read_apci(octets(hex)).error(); };
  CHECK(defect("69 04 07 00 00 00").field == "start");
  CHECK(defect("68 05 07 00 00 00").defect == Defect::bad_length);
  CHECK(defect("68 05 07 00 00 00 00").defect == Defect::bad_length);  // a U format of 7 octets
  CHECK(defect("68 05 01 00 00 00 00").defect == Defect::bad_length);  // an S format of 7 octets
  CHECK(defect("68 04 03 00 00 00").field == "u_function");            // none
  CHECK(defect("68 04 0F 00 00 00").field == "u_function");            // two
  CHECK(defect("68 04 07 01 00 00").offset == 3);
  CHECK(defect("68 04 07 00 00 01").offset == 3);
  CHECK(defect("68 04 01 01 00 00").offset == 2);
  CHECK(defect("68 04 05 00 00 00").offset == 2);
  CHECK(defect("68 04 01 00 01 00").offset == 4);
  CHECK(defect("68 04 00 00 01 00").offset == 4);
}

TEST_CASE("no prefix of an APDU is control information", "[dissect][iec104]") {
  for (auto const* text : {"68 0E 04 00 02 00 64 01 06 00 01 00 00 00 00 14", "68 04 01 00 02 00", startdt_act}) {
    auto const apdu = octets(text);
    REQUIRE(read_apci(apdu));
    for (std::size_t n = 0; n < apdu.size(); ++n) {
      CHECK_FALSE(read_apci(Bytes(apdu).first(n)));
      CHECK(frame(Bytes(apdu).first(n)).verdict == Frame::Verdict::more);
    }
    CHECK(frame(apdu).verdict == Frame::Verdict::complete);
    CHECK(frame(apdu).length == apdu.size());
  }
}

TEST_CASE("framing skips to the next start octet", "[dissect][iec104]") {
  auto const junk = frame(octets("00 01 02 68 04 07 00 00 00"));
  CHECK(junk.verdict == Frame::Verdict::lost);
  CHECK(junk.length == 3);
  auto const endless = frame(octets("00 01 02"));
  CHECK(endless.verdict == Frame::Verdict::lost);
  CHECK(endless.length == 3);
  for (auto const* text : {"68 03 00 68 04", "68 FE 00 68 04", "68 FF 00 68 04"}) {
    auto const wrong = frame(octets(text));
    CHECK(wrong.verdict == Frame::Verdict::lost);
    CHECK(wrong.defect == Defect::bad_length);
    CHECK(wrong.offset == 1);
    CHECK(wrong.length == 3);
  }
}

TEST_CASE("a probe is certain of U formats and of ASDUs that fit their type", "[dissect][iec104]") {
  auto const likeness = [](std::string_view hex) { return probe(octets(hex), Direction::to_server); };
  for (auto const* u : {startdt_act, startdt_con, stopdt_act, stopdt_con, testfr_act, testfr_con}) {
    CHECK(likeness(u) == Likeness::certain);
  }
  CHECK(likeness("68 0E 00 00 00 00 64 01 06 00 01 00 00 00 00 14") == Likeness::certain);
  CHECK(likeness("68 04 01 00 02 00") == Likeness::plausible);
  CHECK(likeness("68 0F 00 00 00 00 64 01 06 00 01 00 00 00 00 14 00") == Likeness::plausible);
  CHECK(likeness("68 0E 00 00 00 00 80 01 06 00 01 00 00 00 00 14") == Likeness::plausible);  // private type
  CHECK(likeness("68 0E 00 00 00 00 64 01 06 00") == Likeness::more);
  CHECK(likeness("68") == Likeness::more);
  CHECK(likeness("") == Likeness::more);
  CHECK(likeness("48 54 54 50") == Likeness::no);
  CHECK(likeness("68 04 0F 00 00 00") == Likeness::no);
  CHECK(likeness("68 04 00 00 00 00") == Likeness::no);
  CHECK(likeness("68 02 00") == Likeness::no);
  // FT 1.2 of IEC 60870-5-101 behind a terminal server.
  CHECK(likeness("68 08 08 68 73 01 64 01 06 01 00 14 00 16") == Likeness::no);
}
