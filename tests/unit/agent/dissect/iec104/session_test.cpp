#include "agent/dissect/iec104/session.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/dissect/iec104/recorder.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::iec104;
using namespace greywatch::test;

namespace {

constexpr auto up = Direction::to_server, down = Direction::to_client;
constexpr auto interrogation = "64 01 06 00 01 00 00 00 00 14";
constexpr auto measured = "0D 01 03 00 01 00 10 00 00 00 00 00 00 00";

/// A connection on which data transfer is started.
Connection started() {
  Connection connection;
  CHECK(connection.say(startdt_act, up).violations.empty());
  CHECK(connection.say(startdt_con, down).violations.empty());
  return connection;
}

}  // namespace

TEST_CASE("a session by the book breaks no rule", "[dissect][iec104]") {
  auto connection = started();
  CHECK(connection.say(i_format(interrogation, 0, 0), up).rules().empty());
  for (unsigned n = 0; n < 40; ++n) {
    CHECK(connection.say(i_format(measured, n, 1), down).rules().empty());
    if (n % 8 == 7) CHECK(connection.say(s_format(n + 1), up).rules().empty());
  }
  CHECK(connection.say(testfr_act, up).rules().empty());
  CHECK(connection.say(testfr_act, down).rules().empty());
  CHECK(connection.say(testfr_con, down).rules().empty());
  CHECK(connection.say(testfr_con, up).rules().empty());
  CHECK(connection.say(stopdt_act, up).rules().empty());
  CHECK(connection.say(i_format(measured, 40, 1), down).rules().empty());  // until the con data may still come
  CHECK(connection.say(stopdt_con, down).rules().empty());
  CHECK(connection.say(startdt_act, up).rules().empty());
  CHECK(connection.say(i_format(interrogation, 1, 41), up).rules().empty());  // without waiting for the con
  CHECK(connection.say(startdt_con, down).rules().empty());
}

TEST_CASE("sequence numbers wrap at 32768", "[dissect][iec104]") {
  Connection connection(true);
  CHECK(connection.say(i_format(measured, 32767, 5), down).rules().empty());
  CHECK(connection.say(s_format(0), up).rules().empty());
  CHECK(connection.say(i_format(measured, 0, 5), down).rules().empty());
  CHECK(connection.say(s_format(1), up).rules().empty());
}

TEST_CASE("a jump of N(S) is a gap, a number said before a repeat", "[dissect][iec104]") {
  auto connection = started();
  connection.say(i_format(measured, 0, 0), down);
  auto const gap = connection.say(i_format(measured, 3, 0), down);
  REQUIRE(gap.rules() == "iec104.sequence.send_gap");
  CHECK(gap.violations[0].field == "iec104.send_sequence_number");
  CHECK(gap.violations[0].expected == 1);
  CHECK(gap.violations[0].actual == 3);
  CHECK(connection.say(i_format(measured, 4, 0), down).rules().empty());  // it goes on from where it jumped
  auto const repeat = connection.say(i_format(measured, 4, 0), down);
  REQUIRE(repeat.rules() == "iec104.sequence.send_repeat");
  CHECK(repeat.violations[0].expected == 5);
}

TEST_CASE("an inserted APDU is told once and the genuine ones after it are not", "[dissect][iec104]") {
  auto connection = started();
  for (unsigned n = 0; n < 3; ++n) connection.say(i_format(measured, n, 0), down);
  CHECK(connection.say(i_format(measured, 1, 0), down).rules() == "iec104.sequence.send_repeat");
  CHECK(connection.say(i_format(measured, 3, 0), down).rules().empty());
  CHECK(connection.say(i_format(measured, 900, 0), down).rules() == "iec104.sequence.send_gap");
  CHECK(connection.say(i_format(measured, 4, 0), down).rules().empty());
}

TEST_CASE("a new connection begins with number 0", "[dissect][iec104]") {
  auto connection = started();
  CHECK(connection.say(i_format(measured, 7, 0), down).rules() == "iec104.sequence.send_gap");
}

TEST_CASE("what was lost or said before the capture began is no violation", "[dissect][iec104]") {
  Connection late(true);
  CHECK(late.say(i_format(measured, 4711, 12), down).rules().empty());
  CHECK(late.say(s_format(4712), up).rules().empty());
  CHECK(late.say(i_format(interrogation, 12, 4712), up).rules().empty());

  auto connection = started();
  connection.say(i_format(measured, 0, 0), down);
  connection.lose(down);
  CHECK(connection.say(i_format(measured, 9, 3), down).rules().empty());
  CHECK(connection.say(i_format(measured, 10, 3), down).rules().empty());
  CHECK(connection.say(i_format(measured, 12, 3), down).rules() == "iec104.sequence.send_gap");
}

TEST_CASE("a gap before a late capture's first message leaves the other side unjudged, too", "[dissect][iec104]") {
  Connection late(true);
  late.lose(down);
  CHECK(late.say(i_format(interrogation, 12, 4712), up).rules().empty());
  CHECK(late.say(i_format(measured, 4712, 13), down).rules().empty());
}

TEST_CASE("to acknowledge what was never sent is told when the peer goes on without a loss", "[dissect][iec104]") {
  auto connection = started();
  connection.say(i_format(measured, 0, 0), down);
  CHECK(connection.say(s_format(5), up).rules().empty());
  connection.now += std::chrono::seconds(2);
  auto const proof = connection.say(i_format(measured, 1, 0), down);
  REQUIRE(proof.rules() == "iec104.sequence.receive_invalid");
  CHECK(proof.violations[0].expected == 1);
  CHECK(proof.violations[0].actual == 5);
  connection.now += std::chrono::seconds(2);
  CHECK(connection.say(i_format(measured, 2, 0), down).rules().empty());
}

TEST_CASE("a far acknowledgement of what was never sent is told at once", "[dissect][iec104]") {
  auto connection = started();
  connection.say(i_format(measured, 0, 0), down);
  CHECK(connection.say(s_format(1), up).rules().empty());
  CHECK(connection.say(s_format(9000), up).rules() == "iec104.sequence.receive_invalid");
  CHECK(connection.say(s_format(1), up).rules().empty());
}

TEST_CASE("an acknowledgement captured before what it answers, or of lost packets, is no violation",
          "[dissect][iec104]") {
  auto swapped = started();
  CHECK(swapped.say(s_format(1), up).rules().empty());
  swapped.now += std::chrono::milliseconds(3);
  CHECK(swapped.say(i_format(measured, 0, 0), down).rules().empty());
  swapped.now += std::chrono::seconds(9);
  CHECK(swapped.say(i_format(measured, 1, 0), down).rules().empty());

  auto lossy = started();
  CHECK(lossy.say(s_format(4), up).rules().empty());
  lossy.now += std::chrono::seconds(9);
  lossy.lose(down);
  CHECK(lossy.say(i_format(measured, 4, 0), down).rules().empty());
}

TEST_CASE("N(R) that goes back is a violation", "[dissect][iec104]") {
  auto connection = started();
  for (unsigned n = 0; n < 8; ++n) connection.say(i_format(measured, n, 0), down);
  CHECK(connection.say(s_format(8), up).rules().empty());
  auto const back = connection.say(s_format(7), up);
  REQUIRE(back.rules() == "iec104.sequence.receive_backward");
  CHECK(back.violations[0].expected == 8);
  CHECK(back.violations[0].actual == 7);
  CHECK(connection.say(s_format(8), up).rules().empty());
}

TEST_CASE("a window far above any configuration is exceeded, one of some tens is not", "[dissect][iec104]") {
  auto connection = started();
  unsigned n = 0;
  for (; n < 60; ++n) connection.say(i_format(measured, n, 0), down);
  CHECK(connection.say(s_format(60), up).rules().empty());
  for (; n < 60 + window_limit + 1u; ++n) CHECK(connection.say(i_format(measured, n, 0), down).rules().empty());
  auto const exceeded = connection.say(s_format(n), up);
  REQUIRE(exceeded.rules() == "iec104.window.exceeded");
  CHECK(exceeded.violations[0].expected == window_limit);
  CHECK(exceeded.violations[0].actual == window_limit + 1);
}

TEST_CASE("a capture of one direction only breaks no rule", "[dissect][iec104]") {
  Connection connection(true);
  for (unsigned n = 0; n < 1000; ++n) CHECK(connection.say(i_format(measured, n, 0), down).rules().empty());
  Connection acknowledging(true);
  for (unsigned n = 0; n < 1000; ++n) CHECK(acknowledging.say(s_format(n * 8), up).rules().empty());
}

TEST_CASE("data transfer follows STARTDT and STOPDT", "[dissect][iec104]") {
  Connection eager;
  CHECK(eager.say(i_format(interrogation, 0, 0), up).rules() == "iec104.session.data_before_start");
  CHECK(eager.say(i_format(interrogation, 1, 0), up).rules().empty());  // told once

  auto twice = started();
  auto const again = twice.say(startdt_act, up);
  REQUIRE(again.rules() == "iec104.session.start_while_started");
  CHECK(again.violations[0].field == "iec104.u_function");

  Connection patient;  // the con is late: the act is sent again
  CHECK(patient.say(startdt_act, up).rules().empty());
  CHECK(patient.say(startdt_act, up).rules().empty());

  auto stopped = started();
  stopped.say(stopdt_act, up);
  stopped.say(stopdt_con, down);
  CHECK(stopped.say(i_format(measured, 0, 0), down).rules() == "iec104.session.data_after_stop");

  auto lossy = started();
  lossy.say(stopdt_act, up);
  lossy.lose(up);
  CHECK(lossy.say(i_format(interrogation, 0, 0), up).rules().empty());
  CHECK(lossy.say(startdt_act, up).rules() == "iec104.session.start_while_started");
}

TEST_CASE("unacknowledged I formats are counted when both counts are known", "[dissect][iec104]") {
  auto connection = started();
  connection.say(i_format(measured, 0, 0), down);
  CHECK(connection.say(i_format(measured, 1, 0), down).fields["unacknowledged"] == "2");
  connection.say(s_format(2), up);
  CHECK(connection.say(i_format(measured, 2, 0), down).fields["unacknowledged"] == "1");
  connection.lose(up);
  CHECK(connection.say(i_format(measured, 3, 0), down).fields["unacknowledged"].empty());
}
