#include "agent/dissect/fins/fins.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/fins/command.hpp"
#include "agent/dissect/fins/end_code.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::fins {
namespace {

using test::Exchange;
using test::octets;

/// From node 99 to node 200, and back; `service` is the SID.
std::string command(std::string const& body, std::string const& service = "01") {
  return "800002 00c800 006300" + service + body;
}
std::string answer(std::string const& body, std::string const& service = "01") {
  return "c00002 006300 00c800" + service + body;
}
std::string in_tcp(std::string const& frame) {
  char length[24];
  std::snprintf(length, sizeof length, "%08zx", 8 + octets(frame).size());
  return "46494e53" + std::string(length) + "00000002 00000000" + frame;
}

TEST_CASE("Words of memory are read, and the answer has the place of its command") {
  Exchange flow(udp_dissector, "fins.");
  auto const asked = flow.ask(command("0101 82 006400 0003"));
  CHECK(asked.operation == Operation::read);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 0x0101);
  CHECK(asked.target.unit == 0xC800);
  CHECK(asked.target.object == 0x82006400);
  CHECK(asked.target.count == 3);
  CHECK(asked.fields["object"] == "D100");
  CHECK(asked.fields["items"] == "3");
  CHECK(asked.fields["memory_area_name"] == "DM word");
  auto const told = flow.answer(answer("0101 0000 000100020003"));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.target.unit == 0xC800);
  CHECK(told.target.object == 0x82006400);
  CHECK(told.fields["value"] == "1 2 3");
  CHECK(told.fields["asked_object"] == "D100");
  CHECK(told.rules().empty());
}

TEST_CASE("Places are named as people write them") {
  Exchange flow(udp_dissector, "fins.");
  auto const name = [&](std::string const& place) {
    return flow.ask(command("0101" + place + "0001")).fields["object"];
  };
  CHECK(name("30000503") == "CIO 5.03");
  CHECK(name("b0000500") == "CIO 5");
  CHECK(name("31000a0f") == "W10.15");
  CHECK(name("b2000700") == "H7");
  CHECK(name("89000500") == "T5");
  CHECK(name("89800500") == "C5");
  CHECK(name("81080500") == "C5");
  CHECK(name("a2006400") == "E2_100");
  CHECK(name("61006400") == "E11_100");
  CHECK(name("2c006401") == "Ec_100.01");
  CHECK(name("5e006401") == "area 0x5e 100.01");
  CHECK(flow.unknowns["memory_area"] == std::vector<std::uint32_t>{0x5E});
}

TEST_CASE("What is written has its first value, of words and of bits") {
  Exchange flow(udp_dissector, "fins.");
  auto const words = flow.ask(command("0102 82 006400 0002 12345678"));
  CHECK(words.operation == Operation::write);
  CHECK(words.value == 0x1234);
  CHECK(words.fields["value"] == "4660 22136");
  CHECK(flow.ask(command("0102 30 000503 0002 0100")).value == 1);
  auto const fill = flow.ask(command("0103 b1 000000 0010 abcd"));
  CHECK(fill.value == 0xABCD);
  CHECK(fill.target.count == 16);
  // A transfer writes its second place.
  auto const transfer = flow.ask(command("0105 82 000100 b1 000200 0004"));
  CHECK(transfer.target.object == 0xB1000200);
  CHECK(transfer.target.count == 4);
}

TEST_CASE("Several places are read at once, each with its element") {
  Exchange flow(udp_dissector, "fins.");
  auto const asked = flow.ask(command("0104 82006400 30000503"));
  CHECK(asked.fields["object"] == "D100 CIO 5.03");
  CHECK(asked.target.count == 2);
  CHECK(flow.answer(answer("0104 0000 820102 3001")).fields["data"] == "0102 01");
}

TEST_CASE("A controller is run in a mode, and stopped") {
  Exchange flow(udp_dissector, "fins.");
  auto const run = flow.ask(command("0401 0000 04"));
  CHECK(run.operation == Operation::control);
  CHECK(run.value == 4);
  CHECK(flow.ask(command("0402")).operation == Operation::control);
  CHECK(flow.answer(answer("0402 2206")).status == Status::refused);
}

TEST_CASE("A bit is forced, and let go") {
  Exchange flow(udp_dissector, "fins.");
  auto const forced = flow.ask(command("2301 0001 0001 30000503"));
  CHECK(forced.operation == Operation::control);
  CHECK(forced.value == 1);
  CHECK(forced.target.object == 0x30000503);
  CHECK(forced.fields["object"] == "CIO 5.03");
  CHECK_FALSE(flow.ask(command("2301 0001 ffff 30000503")).value);
  flow.ask(command("2301 0002 0001 30000503 0000 30000504"));
  REQUIRE(flow.all.size() == 2);
  CHECK(flow.all[0].target.count == 1);
  CHECK(flow.all[1].target.object == 0x30000504);
  CHECK(flow.all[1].value == 0);
  CHECK(flow.all[1].fields["object"] == "CIO 5.04");
  CHECK(flow.ask(command("2301 0002 0001 30000503")).malformed->field == "fins.forced.count");
}

TEST_CASE("A datagram that forces more bits than a frame can hold stays bounded, and is counted") {
  Exchange flow(udp_dissector, "fins.");
  std::string bits;
  for (int n = 0; n < 400; ++n) bits += "0001 30000503";
  flow.ask(command("2301 0190" + bits));
  CHECK(flow.emitted == 333);
  CHECK(flow.deviations["forced_bits"] == 1);
}

TEST_CASE("A program is written, and its protection changed without its password being kept") {
  Exchange flow(udp_dissector, "fins.");
  auto const written = flow.ask(command("0307 0000 00000100 8004 01020304"));
  CHECK(written.operation == Operation::program);
  CHECK(written.fields["program.count"] == "32772");  // the last ones
  CHECK_FALSE(written.malformed);
  auto const protect = flow.ask(command("0304 0000 00 00000000 ffffffff 50415353"));
  CHECK(protect.operation == Operation::configure);
  for (auto const& [name, value] : protect.fields.all) CHECK(value.find("PASS") == std::string::npos);
}

TEST_CASE("A controller tells what it is") {
  Exchange flow(udp_dissector, "fins.");
  std::string const model = "434a324d2d4350553333 00000000000000000000",
                    version = "30322e30310000000000 20202020202020202020";
  auto const area_data = std::string("0014 17 8000 08 04 0000 00 0000");
  flow.ask(command("0501 00"));
  auto const told = flow.answer(answer("0501 0000" + model + version + std::string(80, '0') + area_data));
  CHECK_FALSE(told.malformed);
  CHECK(told.operation == Operation::diagnose);
  CHECK(told.fields["controller.model"] == "CJ2M-CPU33");
  CHECK(told.fields["controller.version"] == "02.01");
  CHECK(told.fields["controller.dm_words"] == "32768");
  auto const units = flow.answer(answer("0501 0000" + std::string(64, '0') + std::string(64, '2') + "010203"));
  CHECK_FALSE(units.malformed);
  CHECK(units.fields["controller.status"] == "3");
}

TEST_CASE("The clock is read and set in decimal digits") {
  Exchange flow(udp_dissector, "fins.");
  auto const set = flow.ask(command("0702 26112717455905"));
  CHECK(set.operation == Operation::time);
  CHECK(set.fields["clock.minute"] == "45");
  CHECK(flow.ask(command("0702 2611271745")).malformed.has_value() == false);  // seconds and weekday may be left out
  CHECK(flow.ask(command("0702 2a112717455905")).malformed->field == "fins.clock.year");
}

TEST_CASE("Files are named") {
  Exchange flow(udp_dissector, "fins.");
  auto const file = flow.ask(command("2202 0000 5245434950452e5458540000 00000000 0020"));
  CHECK(file.operation == Operation::file);
  CHECK(file.fields["file.name"] == "RECIPE.TXT");
  CHECK(file.target.count == 1);
  CHECK(flow.answer(answer("2202 2006")).fields["asked_object"] == "RECIPE.TXT");
}

TEST_CASE("End codes end as their kind, with or without flags") {
  Exchange flow(udp_dissector, "fins.");
  auto const status = [&](std::string const& code) { return flow.answer(answer("0102" + code)).status; };
  CHECK(status("0000") == Status::ok);
  CHECK(status("0040") == Status::ok);
  CHECK(status("0401") == Status::unsupported);
  CHECK(status("1101") == Status::unknown_object);
  CHECK(status("1103") == Status::unknown_object);
  CHECK(status("2101") == Status::refused);
  CHECK(status("3001") == Status::refused);
  CHECK(status("0205") == Status::failed);
  CHECK(status("7f3f") == Status::failed);
  CHECK(flow.unknowns["end_code"] == std::vector<std::uint32_t>{0x7F3F});
  auto const relayed = flow.answer(answer("0102 8205 0107"));
  CHECK(relayed.status == Status::failed);
  CHECK(relayed.fields["relay.network"] == "1");
  CHECK(relayed.fields["relay.node"] == "7");
  CHECK(relayed.fields["end_code_name"] == "response timeout");
  CHECK(relayed.fields["end_code_class"] == "destination node error");
}

TEST_CASE("An answer with more or fewer elements than were asked for is told, where identifiers count") {
  Exchange flow(udp_dissector, "fins.");
  flow.ask(command("0101 82 006400 0003", "01"));
  flow.answer(answer("0101 0000 000100020003", "01"));
  flow.ask(command("0101 82 006400 0003", "02"));
  auto const forged = flow.answer(answer("0101 0000 00010002", "02"));
  CHECK(forged.rules() == "fins.response.length_mismatch");
  CHECK(forged.violations[0].expected == 6);
  CHECK(forged.violations[0].actual == 4);
  // The same identifier again: it may be the answer to either.
  flow.ask(command("0101 82 006400 0003", "02"));
  CHECK(flow.answer(answer("0101 0000 00010002", "02")).rules().empty());
  flow.ask(command("0101 82 006400 0003", "03"));
  flow.lose(Direction::to_server);
  CHECK(flow.answer(answer("0101 0000 00010002", "03")).rules().empty());
}

TEST_CASE("A command that no manual lists is counted, and told as it is") {
  Exchange flow(udp_dissector, "fins.");
  auto const said = flow.ask(command("7777 0102"));
  CHECK(said.operation == Operation::other);
  CHECK(said.fields["octets"] == "0102");
  CHECK(flow.unknowns["command"] == std::vector<std::uint32_t>{0x7777});
}

TEST_CASE("FINS over TCP: node addresses are exchanged, then frames are sent") {
  Exchange flow(tcp_dissector, "fins.");
  auto const asked = flow.ask("46494e53 0000000c 00000000 00000000 00000000");
  CHECK(asked.operation == Operation::session);
  CHECK(asked.code == 0x10000);
  auto const given = flow.answer("46494e53 00000010 00000001 00000000 00000063 000000c8");
  CHECK(given.role == Role::response);
  CHECK(given.status == Status::ok);
  CHECK(given.fields["tcp.client_node"] == "99");
  CHECK(given.fields["tcp.server_node"] == "200");
  CHECK(flow.ask(in_tcp(command("0402"))).operation == Operation::control);
  auto const refused = flow.answer("46494e53 00000008 00000003 00000022");
  CHECK(refused.status == Status::refused);
  CHECK(flow.ask("46494e53 00000008 00000009 00000000").malformed.has_value() == false);
  CHECK(flow.unknowns["tcp.command"] == std::vector<std::uint32_t>{9});
}

TEST_CASE("Each lie is malformed: reserved bits, counts, what is missing and what is left") {
  Exchange flow(udp_dissector, "fins.");
  CHECK(flow.ask("820002 00c800 006300 01 0402").malformed->field == "fins.icf");
  CHECK(flow.ask(command("0101 820064")).malformed->defect == Defect::truncated);
  CHECK(flow.ask(command("0101 82006400 0001 00")).malformed->defect == Defect::trailing);
  auto const lie = flow.ask(command("0102 82006400 0003 00010002"));
  CHECK(lie.malformed->defect == Defect::bad_length);
  CHECK(lie.malformed->offset == 18);
  CHECK(lie.status == Status::malformed);
  Exchange stream(tcp_dissector, "fins.");
  CHECK(stream.ask("46494e53 0000000c 00000001 00000000 00000063").malformed->defect == Defect::truncated);
}

TEST_CASE("A stream is framed by its length, and found again behind what is none") {
  auto const whole = octets(in_tcp(command("0402")));
  CHECK(tcp_dissector.frame(whole).verdict == Frame::Verdict::complete);
  CHECK(tcp_dissector.frame(whole).length == whole.size());
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(tcp_dissector.frame(Bytes(whole).first(length)).verdict == Frame::Verdict::more);
  CHECK(tcp_dissector.frame(octets("464946494e53")).verdict == Frame::Verdict::lost);
  CHECK(tcp_dissector.frame(octets("464946494e53")).length == 2);
  CHECK(tcp_dissector.frame(octets("46494e53 00010000")).verdict == Frame::Verdict::lost);
  CHECK(tcp_dissector.frame(octets("46494e53 00000007")).verdict == Frame::Verdict::lost);
}

TEST_CASE("A flow is named by a command whose body is whole, and by nothing shorter") {
  auto const whole = octets(command("0101 82006400 0001"));
  CHECK(udp_dissector.probe(whole, Direction::to_server) == Likeness::certain);
  Exchange flow(udp_dissector, "fins.");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    CHECK(flow.say(prefix, Direction::to_server).malformed);
    CHECK(udp_dissector.probe(prefix, Direction::to_server) != Likeness::certain);
  }
  CHECK(udp_dissector.probe(octets(std::string(40, '0')), Direction::to_server) == Likeness::no);
  CHECK(udp_dissector.probe(octets(command("7777")), Direction::to_server) == Likeness::no);
}

TEST_CASE("Every command of the table is named and found") {
  CHECK(find_command(0x0102)->name == "memory area write");
  CHECK(find_command(0x220C)->operation == Operation::program);
  CHECK(find_command(0x0100) == nullptr);
  CHECK(find_end_code(0x2002)->name == "protected");
  CHECK(end_code_class(0x2299) == "not executable in current mode");
}

}  // namespace
}  // namespace greywatch::agent::fins
