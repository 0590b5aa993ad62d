#include "agent/dissect/iec104/iec104.hpp"

#include <catch2/catch.hpp>

#include "tests/support/allocations.hpp"
#include "tests/unit/agent/dissect/iec104/recorder.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::test;

namespace {

constexpr auto up = Direction::to_server, down = Direction::to_client;

SaidMessage asdu(std::string_view hex, Direction way = up) { return Connection(true).say(i_format(hex), way); }

}  // namespace

TEST_CASE("a single command asks the plant to switch", "[dissect][iec104]") {
  auto const said = asdu("2D 01 06 00 01 00 D2 04 00 01");
  CHECK(said.operation == Operation::control);
  CHECK(said.role == Role::request);
  CHECK(said.status == Status::none);
  CHECK(said.code == 45);
  CHECK(said.subcode == 6);
  CHECK(said.target.unit == 1);
  CHECK(said.target.object == 1234);
  CHECK(said.target.count == 1);
  CHECK(said.value == 1.0);
}

TEST_CASE("the select bit makes a command or set point a selection", "[dissect][iec104]") {
  for (auto const* hex :
       {"2D 01 06 00 01 00 01 00 00 81", "2E 01 06 00 01 00 01 00 00 82", "2F 01 06 00 01 00 01 00 00 81",
        "30 01 06 00 01 00 01 00 00 00 00 80", "31 01 06 00 01 00 01 00 00 00 00 80",
        "32 01 06 00 01 00 01 00 00 00 00 00 00 80", "3A 01 06 00 01 00 01 00 00 81 00 00 00 00 01 01 08",
        "3D 01 06 00 01 00 01 00 00 00 00 80 00 00 00 00 01 01 08"}) {
    INFO(hex);
    CHECK(asdu(hex).operation == Operation::select);
  }
  CHECK(asdu("33 01 06 00 01 00 01 00 00 80 80 80 80").operation == Operation::write);  // a bitstring has no such bit
}

TEST_CASE("types become operations", "[dissect][iec104]") {
  auto const operation = [](std::string_view hex) { return asdu(hex).operation; };
  CHECK(operation("01 01 03 00 01 00 01 00 00 01") == Operation::report);
  CHECK(operation("46 01 04 00 01 00 00 00 00 00") == Operation::report);
  CHECK(operation("32 01 06 00 01 00 01 00 00 00 00 00 00 00") == Operation::write);
  CHECK(operation("64 01 06 00 01 00 00 00 00 14") == Operation::read);
  CHECK(operation("66 01 05 00 01 00 01 00 00") == Operation::read);
  CHECK(operation("67 01 06 00 01 00 00 00 00 00 00 00 00 01 01 08") == Operation::time);
  CHECK(operation("68 01 06 00 01 00 00 00 00 AA 55") == Operation::diagnose);
  CHECK(operation("69 01 06 00 01 00 00 00 00 01") == Operation::control);
  CHECK(operation("71 01 06 00 01 00 01 00 00 03") == Operation::configure);
  CHECK(operation("7A 01 0D 00 01 00 01 00 00 01 00 00 01") == Operation::file);
  CHECK(operation("2D 01 08 00 01 00 01 00 00 01") == Operation::other);      // a command taken back
  CHECK(operation("71 01 08 00 01 00 01 00 00 03") == Operation::configure);  // cyclic transmission switched off
}

TEST_CASE("causes become roles and outcomes", "[dissect][iec104]") {
  auto const check = [](std::string_view hex, Role role, Status status) {
    INFO(hex);
    auto const said = asdu(hex);
    CHECK(said.role == role);
    CHECK(said.status == status);
  };
  check("2D 01 06 00 01 00 01 00 00 01", Role::request, Status::none);
  check("2D 01 08 00 01 00 01 00 00 01", Role::request, Status::none);
  check("2D 01 07 00 01 00 01 00 00 01", Role::response, Status::ok);
  check("2D 01 0A 00 01 00 01 00 00 01", Role::response, Status::ok);
  check("2D 01 47 00 01 00 01 00 00 01", Role::response, Status::refused);
  check("2D 01 6C 00 01 00 01 00 00 01", Role::response, Status::unsupported);
  check("2D 01 2D 00 01 00 01 00 00 01", Role::response, Status::unsupported);
  check("2D 01 6E 00 01 00 01 00 00 01", Role::response, Status::unknown_object);
  check("2D 01 2F 00 01 00 01 00 00 01", Role::response, Status::unknown_object);
  check("01 01 03 00 01 00 01 00 00 01", Role::unsolicited, Status::none);
  check("01 01 0B 00 01 00 01 00 00 01", Role::unsolicited, Status::none);
  check("01 01 14 00 01 00 01 00 00 01", Role::response, Status::ok);
  check("01 01 05 00 01 00 01 00 00 01", Role::response, Status::ok);
  check("66 01 05 00 01 00 01 00 00", Role::request, Status::none);
  check("46 01 04 00 01 00 00 00 00 00", Role::unsolicited, Status::none);
}

TEST_CASE("U and S formats are of the session and have codes of their own", "[dissect][iec104]") {
  struct Row {
    char const* hex;
    std::uint32_t code;
    Role role;
  };
  for (auto const& row :
       {Row{startdt_act, 263, Role::request}, Row{startdt_con, 267, Role::response},
        Row{stopdt_act, 275, Role::request}, Row{stopdt_con, 291, Role::response}, Row{testfr_act, 323, Role::request},
        Row{testfr_con, 387, Role::response}, Row{"68 04 01 00 00 00", 257, Role::response}}) {
    auto const said = Connection(true).say(row.hex);
    CHECK(said.operation == Operation::session);
    CHECK(said.code == row.code);
    CHECK(said.role == row.role);
    CHECK(said.target.count == 0);
  }
}

TEST_CASE("content tells who controls, whatever the ports say", "[dissect][iec104]") {
  Connection connection(true);
  CHECK(connection.say(testfr_act, down).fields["direction"].empty());
  CHECK(connection.say(startdt_act, down).fields["direction"] == "control");
  CHECK(connection.say(startdt_con, up).fields["direction"] == "monitor");
  Connection late(true);
  CHECK(late.say(i_format("0D 01 03 00 01 00 01 00 00 00 00 00 00 00"), up).fields["direction"] == "monitor");
  CHECK(late.say(testfr_act, down).fields["direction"] == "control");
  Connection commanding(true);
  CHECK(commanding.say(i_format("2D 01 06 00 01 00 01 00 00 01"), down).fields["direction"] == "control");
}

TEST_CASE("a cause or structure that the type forbids is a violation", "[dissect][iec104]") {
  auto const cause = asdu("2D 01 03 00 01 00 01 00 00 01");
  REQUIRE(cause.rules() == "iec104.asdu.cause_not_allowed");
  CHECK(cause.violations[0].field == "iec104.cause");
  CHECK(cause.violations[0].actual == 3);
  CHECK(asdu("01 01 06 00 01 00 01 00 00 01").rules() == "iec104.asdu.cause_not_allowed");
  CHECK(asdu("1E 81 03 00 01 00 01 00 00 01 00 00 00 00 01 01 08").rules() == "iec104.asdu.sequence_not_allowed");
  CHECK(asdu("7E 01 03 00 01 00 01 00 00 01 00 10 00 00 20 00 00 00 00 01 01 08").rules() ==
        "iec104.asdu.sequence_not_allowed");
  CHECK(asdu("2D 02 06 00 01 00 01 00 00 01 02 00 00 01").rules() == "iec104.asdu.count_not_allowed");
  // Common practice: interrogated values with time tags.
  CHECK(asdu("24 01 14 00 01 00 01 00 00 00 00 00 00 00 00 00 00 00 01 01 08").rules().empty());
}

TEST_CASE("causes that the standard does not define are counted", "[dissect][iec104]") {
  Connection connection(true);
  connection.say(i_format("01 01 0E 00 01 00 01 00 00 01"));
  CHECK(connection.unknowns["cause"] == std::vector<std::uint32_t>{14});
}

TEST_CASE("a refused control field is told once and does not touch the session", "[dissect][iec104]") {
  Connection connection;
  auto const said = connection.say("68 04 0F 00 00 00");
  CHECK(connection.emitted == 1);
  REQUIRE(said.malformed);
  CHECK(said.malformed->field == "u_function");
  CHECK(connection.unknowns["u_function"] == std::vector<std::uint32_t>{3});
  CHECK_FALSE(connection.session<iec104::Session>().begun);
}

TEST_CASE("reading and describing allocate nothing", "[dissect][iec104]") {
  struct Quiet : Emitter, FieldSink {
    Observation begin() override { return {.flow = flow}; }
    void emit(Observation const& observation) override { observation.fields(*this), ++seen; }
    void unknown(std::string_view, std::uint32_t) override { ++seen; }
    void field(std::string_view, std::uint64_t) override { ++seen; }
    void field(std::string_view, std::int64_t) override { ++seen; }
    void field(std::string_view, double) override { ++seen; }
    void field(std::string_view, bool) override { ++seen; }
    void field(std::string_view, std::string_view) override { ++seen; }
    Flow flow;
    unsigned seen = 0;
  } quiet;
  auto const apdu =
      i_format("1E 02 06 00 01 00 01 00 00 01 00 00 00 00 01 01 08 02 00 00 01 00 00 00 00 01 01 08", 9, 9);
  auto const refused = i_format("2D 01 06 03 02 01 01");
  iec104::Session session{};
  auto const before = allocations();
  for (int n = 0; n < 100; ++n) {
    for (auto const& each : {Bytes(apdu), Bytes(refused)}) iec104::dissector.read(each, up, &session, quiet);
  }
  CHECK(allocations() == before);
  CHECK(quiet.seen > 1000);
}
