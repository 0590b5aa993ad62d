#include "agent/dissect/tds/tds.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/tds/statement.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::tds {
namespace {

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "tds.") {}
};

std::string hex_of(std::string_view text) {
  std::string hex;
  char digits[4];
  for (char letter : text) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(letter));
    hex += digits;
  }
  return hex;
}
std::string wide(std::string_view text) {
  std::string hex;
  for (char letter : text) hex += hex_of(std::string_view(&letter, 1)) + "00";
  return hex;
}
std::string be16(std::size_t value) {
  char digits[8];
  std::snprintf(digits, sizeof digits, "%04zx", value & 0xffff);
  return digits;
}
std::string le16(std::size_t value) { return be16(value).substr(2) + be16(value).substr(0, 2); }
std::string packet(std::string_view type, std::string const& payload, std::string_view status = "01") {
  return std::string(type) + std::string(status) + be16(8 + payload.size() / 2) + "0000" + "01" + "00" + payload;
}
std::string const headers =
    "16000000"
    "12000000"
    "0200"
    "0000000000000000"
    "01000000";

// MS-TDS, 4.1: version 9.0.0.0, encryption off, an instance, a thread, no MARS.
std::string const prelogin =
    "00001a0006"
    "0100200001"
    "0200210001"
    "0300220004"
    "0400260001"
    "ff"
    "090000000000"
    "00"
    "00"
    "b80d0000"
    "01";

std::string login(std::string_view password, std::string_view database = "plant") {
  std::string table, body;
  std::size_t at = 94;
  for (std::string_view text : {std::string_view("WS-17"), std::string_view("op"), password, std::string_view("SCADA"),
                                std::string_view("sql1"), std::string_view(""), std::string_view("ODBC"),
                                std::string_view("us_english"), database}) {
    table += le16(at) + le16(text.size());
    body += wide(text);
    at += text.size() * 2;
  }
  auto const fixed =
      "04000074"
      "00100000"
      "00000007"
      "00010000"
      "00000000"
      "e0030000"
      "00000000"
      "09040000" +
      table + std::string("000000000000") +
      "00000000"
      "00000000"
      "00000000"
      "00000000";
  return packet("10", le16(at) + "0000" + fixed + body);
}
std::string notice(std::string_view token, std::string_view number, std::string_view text) {
  auto const body =
      std::string(number) + "010e" + le16(text.size()) + wide(text) + "04" + wide("SQL1") + "00" + "01000000";
  return std::string(token) + le16(body.size() / 2) + body;
}
std::string done(std::string_view status, std::string_view rows = "0000000000000000") {
  return "fd" + std::string(status) + "c100" + std::string(rows);
}

TEST_CASE("PRELOGIN tells version and encryption", "[dissect][tds]") {
  Talk talk;
  auto const said = talk.ask(packet("12", prelogin));
  CHECK(said.operation == Operation::session);
  CHECK(said.fields["prelogin.version"] == "9.0.0.0");
  CHECK(said.fields["prelogin.encryption"] == "0");
  CHECK(said.fields["prelogin.mars"] == "1");
  CHECK(talk.answer(packet("04", prelogin)).status == Status::ok);
  auto const lie = talk.ask(packet("12",
                                   "00001a00f6"
                                   "ff"));
  REQUIRE(lie.malformed);
  CHECK(lie.malformed->field == "tds.prelogin.offset");
}

TEST_CASE("a log-in names everything but the password, and with one in clear it breaks a rule", "[dissect][tds]") {
  Talk talk;
  auto const said = talk.ask(login("hunter2"));
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["login.host"] == "WS-17");
  CHECK(said.fields["login.user"] == "op");
  CHECK(said.fields["login.application"] == "SCADA");
  CHECK(said.fields["login.server"] == "sql1");
  CHECK(said.fields["login.database"] == "plant");
  CHECK(said.fields["login.password"] == "true");
  CHECK(said.target.count == 1);
  CHECK(said.rules() == "tds.logon.in_clear");
  for (auto const& [name, text] : said.fields.all) CHECK(text.find("hunter2") == std::string::npos);
  CHECK(talk.ask(login("")).rules().empty());
}

TEST_CASE("a log-in that fails is refused, one that is acknowledged is well", "[dissect][tds]") {
  Talk talk;
  talk.ask(login("x"));
  auto const failed = talk.answer(packet("04", notice("aa", "18480000", "Login failed for user 'op'.") + done("0200")));
  CHECK(failed.status == Status::refused);
  CHECK(failed.code == 16);
  CHECK(failed.fields["error.number"] == "18456");
  CHECK(failed.fields["error.message"] == "Login failed for user 'op'.");
  talk.ask(login("x"));
  auto const ack =
      "01"
      "74000004"
      "04" +
      wide("SQL\0") + wide(std::string_view("\0", 1)) + "0f0007d0";
  auto const good = talk.answer(packet("04", "ad" + le16(ack.size() / 2) + ack + done("0000")));
  CHECK(good.status == Status::ok);
  CHECK(good.fields["login_ack.program"] == "SQL");
  CHECK(good.fields["login_ack.program_version"] == "15.0.2000");
}

TEST_CASE("who goes on after five refusals breaks a rule", "[dissect][tds]") {
  Talk talk;
  for (int n = 0; n < 5; ++n) {
    CHECK(talk.ask(login("")).rules().empty());
    talk.answer(packet("04", notice("aa", "18480000", "No.") + done("0200")));
  }
  CHECK(talk.ask(login("x")).rules() == "tds.logon.repeated_failures tds.logon.in_clear");
}

TEST_CASE("a response whose error is cut short is malformed, whatever its number", "[dissect][tds]") {
  Talk talk;
  auto const said = talk.answer(packet("04",
                                       "aa0800"
                                       "18480000"
                                       "010e"
                                       "ff00" +
                                           done("0200")));
  REQUIRE(said.malformed);
  CHECK(said.status == Status::malformed);
  CHECK(said.malformed->field == "tds.error");
}

TEST_CASE("a batch is told by its verb and object, its answer by the DONE at its end", "[dissect][tds]") {
  Talk talk;
  auto const said = talk.ask(packet("01", headers + wide("/* all */ SELECT v FROM [dbo].[Points] WHERE n = 1")));
  CHECK(said.operation == Operation::read);
  CHECK(said.fields["verb"] == "SELECT");
  CHECK(said.fields["object"] == "dbo.Points");
  CHECK(said.target.count == 1);
  CHECK(said.rules().empty());
  // Rows come first: nothing of them is read but where they end.
  auto const answer = talk.answer(packet("04",
                                         "8101000000000000003800"
                                         "d101000000" +
                                             done("1000", "0700000000000000")));
  CHECK(answer.status == Status::ok);
  CHECK(answer.code == 1);
  CHECK(answer.operation == Operation::read);
  CHECK(answer.fields["done.rows"] == "7");
  talk.ask(packet("01", headers + wide("DELETE FROM Alarms")));
  CHECK(talk.answer(packet("04", notice("aa", "d0000000", "Invalid object name 'Alarms'.") + done("0200"))).status ==
        Status::unknown_object);
}

TEST_CASE("xp_cmdshell is seen in any case, over two packets, and as a call", "[dissect][tds]") {
  Talk talk;
  auto const said = talk.ask(packet("01", headers + wide("EXEC master..XP_CmdShell 'dir'")));
  CHECK(said.rules() == "tds.batch.command_shell");
  CHECK(said.operation == Operation::program);
  talk.ask(packet("01", headers + wide("EXEC xp_cmd"), "00"));
  CHECK(talk.emitted == 0);
  CHECK(talk.ask(packet("01", wide("shell 'dir'"))).rules() == "tds.batch.command_shell");
  auto const call = talk.ask(packet("03", headers + le16(11) + wide("xp_cmdshell") + "0000"));
  CHECK(call.fields["procedure"] == "xp_cmdshell");
  CHECK(call.rules() == "tds.batch.command_shell");
}

TEST_CASE("sp_executesql is told by its number, with the statement it is given", "[dissect][tds]") {
  Talk talk;
  auto const text = wide("UPDATE Points SET v = 1");
  auto const said = talk.ask(packet("03", headers +
                                              "ffff"
                                              "0a00"
                                              "0000"
                                              "00"
                                              "00"
                                              "e7" +
                                              le16(100) + "0904d00034" + le16(text.size() / 2) + text));
  CHECK(said.fields["procedure"] == "sp_executesql");
  CHECK(said.fields["procedure_id"] == "10");
  CHECK(said.fields["object"] == "Points");
  CHECK(said.operation == Operation::write);
  CHECK(said.subcode == 10);
}

TEST_CASE("a statement ends before a secret", "[dissect][tds]") {
  auto const said = read_statement(test::octets(wide("CREATE LOGIN eve WITH PASSWORD = 'hunter2'")));
  CHECK(said.text.view() == "CREATE LOGIN eve WITH ");
  CHECK(said.object.view() == "eve");
  CHECK(said.operation == Operation::configure);
}

TEST_CASE("TLS inside PRELOGIN and in place of packets is told once a direction", "[dissect][tds]") {
  Talk talk;
  CHECK(talk.ask(packet("12", "16030100050100000100")).fields["tls"] == "true");
  CHECK(talk.ask("1703030100").fields["tls"] == "true");
  talk.ask("1703030100");
  CHECK(talk.emitted == 0);
}

TEST_CASE("a flow is named by prelogin, log-in and headers, not by what looks like TPKT or Modbus", "[dissect][tds]") {
  auto const probe = [](std::string const& hex, Direction way = Direction::to_server) {
    return dissector.probe(test::octets(hex), way);
  };
  CHECK(probe(packet("12", prelogin)) == Likeness::certain);
  CHECK(probe(packet("04", prelogin), Direction::to_client) == Likeness::certain);
  CHECK(probe(login("x")) == Likeness::certain);
  CHECK(probe(packet("01", headers + wide("SELECT 1"))) == Likeness::certain);
  CHECK(probe(packet("01", wide("SELECT 1"))) == Likeness::plausible);
  CHECK(probe(packet("04", done("1000")), Direction::to_client) == Likeness::plausible);
  CHECK(probe("0300001302f0800064000503eb70800401020304") == Likeness::no);
  CHECK(probe("000100000006110300 6b0003") == Likeness::no);
}

TEST_CASE("the browser names instances and their versions", "[dissect][tds]") {
  test::Exchange talk(browser_dissector, "tds.");
  CHECK(talk.ask("03").operation == Operation::diagnose);
  std::string const text = "ServerName;SQL1;InstanceName;SCADA;IsClustered;No;Version;15.0.2000.5;tcp;1433;;";
  auto const said = talk.answer("05" + le16(text.size()) + hex_of(text));
  CHECK(said.status == Status::ok);
  CHECK(said.fields["browser.instance"] == "SCADA");
  CHECK(said.fields["browser.version"] == "15.0.2000.5");
  CHECK(said.fields["browser.port"] == "1433");
  CHECK(talk.answer("05" + le16(text.size() + 1) + hex_of(text)).malformed);
}

TEST_CASE("no prefix of a message is read beyond its end", "[dissect][tds]") {
  for (auto const& message : {packet("12", prelogin), login("hunter2"), packet("01", headers + wide("SELECT 1")),
                              packet("04", notice("aa", "18480000", "No.") + done("0200"))}) {
    auto const whole = test::octets(message);
    for (std::size_t n = 8; n < whole.size(); ++n) {
      Talk talk;
      auto const way = whole[0] == 4 ? Direction::to_client : Direction::to_server;
      talk.say(Bytes(whole).first(n), way);
      CHECK(talk.emitted == 1);
    }
  }
}

}  // namespace
}  // namespace greywatch::agent::tds
