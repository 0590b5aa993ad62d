#include "agent/dissect/modbus/session.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agent/dissect/modbus/modbus.hpp"
#include "tests/support/exchange.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::test;

namespace {

struct Modbus : Exchange {
  Modbus() : Exchange(modbus::dissector) {}
};

std::string numbered(unsigned transaction, std::string const& rest) {
  std::string text(4, '0');
  for (std::size_t i = 0; i < 4; ++i) text[3 - i] = "0123456789ABCDEF"[transaction >> 4 * i & 15];
  return text + rest;
}

}  // namespace

TEST_CASE("responses find their requests in any order", "[dissect][modbus]") {
  Modbus flow;
  flow.ask("0001 0000 0006 11 03 0010 0001");
  flow.ask("0002 0000 0006 11 03 0020 0002");
  flow.ask("0003 0000 0006 12 01 0030 0008");
  CHECK(flow.answer("0003 0000 0004 12 01 01 FF").target.object == 0x30);
  CHECK(flow.answer("0001 0000 0005 11 03 02 0001").target.object == 0x10);
  auto const last = flow.answer("0002 0000 0007 11 03 04 0001 0002");
  CHECK(last.target.object == 0x20);
  CHECK(last.target.count == 2);
  CHECK(last.violations.empty());
}

TEST_CASE("a stack that never counts its transactions is answered for its newest request", "[dissect][modbus]") {
  Modbus flow;
  flow.ask("0000 0000 0006 11 03 0010 0001");  // never answered
  flow.ask("0000 0000 0006 11 03 0020 0001");
  CHECK(flow.answer("0000 0000 0005 11 03 02 0001").target.object == 0x20);
  CHECK(flow.answer("0000 0000 0005 11 03 02 0001").rules() == "modbus.response.unsolicited");
}

TEST_CASE("a second response to one request is told", "[dissect][modbus]") {
  Modbus flow;
  flow.ask("0001 0000 0006 11 03 0010 0001");
  CHECK(flow.answer("0001 0000 0005 11 03 02 0001").violations.empty());
  auto const forged = flow.answer("0001 0000 0005 11 03 02 BEEF");
  CHECK(forged.rules() == "modbus.response.unsolicited");
  CHECK(forged.violations.at(0).actual == 1);
  CHECK(forged.status == Status::ok);
}

TEST_CASE("what the capture missed is nobody's violation", "[dissect][modbus]") {
  Modbus flow;
  CHECK(flow.answer("0001 0000 0005 11 03 02 0001").violations.empty());
  flow.ask("0002 0000 0006 11 03 0010 0001");
  flow.answer("0002 0000 0005 11 03 02 0001");
  flow.lose(Direction::to_server);
  CHECK(flow.answer("0003 0000 0005 11 03 02 0001").violations.empty());
  for (unsigned n = 10; n < 10 + modbus::Session::most_pending + 3; ++n)
    flow.ask(numbered(n, "0000 0006 11 03 0010 0001"));
  CHECK(flow.answer("000A 0000 0005 11 03 02 0001").violations.empty());
  CHECK(flow.answer(numbered(20, "0000 0005 11 03 02 0001")).target.count == 1);
}

TEST_CASE("a response that does not repeat its request is told", "[dissect][modbus]") {
  struct Row {
    std::string request, response, rule;
    std::int64_t expected, actual;
  };
  for (auto const& row : {
           Row{"0006 11 06 0001 0003", "0006 11 06 0001 0004", "modbus.response.value_mismatch", 3, 4},
           Row{"0006 11 05 0001 FF00", "0006 11 05 0001 0000", "modbus.response.value_mismatch", 1, 0},
           Row{"0006 11 06 0001 0003", "0006 11 06 0002 0003", "modbus.response.reference_mismatch", 1, 2},
           Row{"000B 11 10 0001 0002 04 000A 0102", "0006 11 10 0001 0001", "modbus.response.reference_mismatch", 2, 1},
           Row{"0006 11 03 0010 0002", "0005 11 03 02 0001", "modbus.response.length_mismatch", 4, 2},
           Row{"0006 11 01 0010 0009", "0004 11 01 01 FF", "modbus.response.length_mismatch", 2, 1},
           Row{"000D 11 17 0003 0002 000E 0001 02 00FF", "0005 11 17 02 00FE", "modbus.response.length_mismatch", 4, 2},
           Row{"0006 11 03 0010 0002", "0007 11 04 04 0001 0002", "modbus.response.function_mismatch", 3, 4},
           Row{"0010 11 15 0D 06 0004 0007 0003 06AF 04BE 100D", "0010 11 15 0D 06 0004 0008 0003 06AF 04BE 100D",
               "modbus.response.reference_mismatch", 0x40007, 0x40008},
       }) {
    Modbus flow;
    CHECK(flow.ask("0001 0000" + row.request).violations.empty());
    auto const said = flow.answer("0001 0000" + row.response);
    INFO(row.request << " answered " << row.response);
    REQUIRE(said.violations.size() == 1);
    CHECK(said.violations[0].code == row.rule);
    CHECK(said.violations[0].expected == row.expected);
    CHECK(said.violations[0].actual == row.actual);
  }
}

TEST_CASE("an exception to another function does not repeat its request", "[dissect][modbus]") {
  Modbus flow;
  flow.ask("0001 0000 0006 11 03 0010 0002");
  CHECK(flow.answer("0001 0000 0003 11 90 02").rules() == "modbus.response.function_mismatch");
}

TEST_CASE("a guessed flow is turned by the first message that can only be the other role", "[dissect][modbus]") {
  Modbus flow;
  flow.flow.server_guessed = true;
  auto const first = flow.answer("0001 0000 0006 11 03 0010 0001");
  CHECK(first.role == Role::request);
  CHECK_FALSE(first.malformed);
  CHECK(flow.answer("0002 0000 0006 11 06 0010 0001").role == Role::request);  // an echo could be either
  CHECK(flow.ask("0002 0000 0006 11 06 0010 0001").role == Role::response);
  CHECK(flow.ask("0003 0000 0003 11 83 02").role == Role::response);
}

TEST_CASE("a flow whose SYN was seen turns only for a lasting reason", "[dissect][modbus]") {
  Modbus flow;
  auto const forged = flow.ask("0001 0000 0005 11 03 02 0001");
  CHECK(forged.role == Role::response);  // what it says, whoever says it
  CHECK_FALSE(forged.malformed);
  CHECK(flow.ask("0002 0000 0006 11 06 0010 0001").role == Role::request);
  for (unsigned n = 3; n < 6; ++n) {  // a device that dialled out is polled
    CHECK(flow.answer(numbered(n, "0000 0006 11 03 0010 0001")).role == Role::request);
    CHECK(flow.ask(numbered(n, "0000 0005 11 03 02 0001")).role == Role::response);
  }
  CHECK(flow.answer("0007 0000 0006 11 06 0010 0001").role == Role::request);
  CHECK(flow.ask("0007 0000 0006 11 06 0010 0001").role == Role::response);
}

TEST_CASE("a broken exception is still a response", "[dissect][modbus]") {
  Modbus flow;
  flow.flow.server_guessed = true;
  auto const said = flow.ask("0001 0000 0004 11 83 02 07");
  REQUIRE(said.malformed);
  CHECK(said.role == Role::response);
  CHECK(said.fields["modbus.exception_code"] == "2");
}
