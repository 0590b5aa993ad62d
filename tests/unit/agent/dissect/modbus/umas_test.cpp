#include "agent/dissect/modbus/umas.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/modbus/modbus.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::modbus {
namespace {

using test::octets;

/// Messages made by hand after the layouts of public analyses.
struct Controller : test::Exchange {
  Controller() : Exchange(dissector, "modbus.") {}

  test::SaidMessage request(std::string const& umas) { return say(adu(++transaction, umas), Direction::to_server); }
  test::SaidMessage response(std::string const& umas) { return say(adu(transaction, umas), Direction::to_client); }

  static std::vector<std::uint8_t> adu(unsigned transaction, std::string const& umas) {
    auto const body = octets(umas);
    auto const length = body.size() + 2;
    std::vector<std::uint8_t> whole{0,
                                    static_cast<std::uint8_t>(transaction),
                                    0,
                                    0,
                                    static_cast<std::uint8_t>(length >> 8),
                                    static_cast<std::uint8_t>(length),
                                    0,
                                    umas_code};
    whole.insert(whole.end(), body.begin(), body.end());
    return whole;
  }
  unsigned transaction = 0;
};

TEST_CASE("a controller tells over UMAS what it is", "[dissect][modbus]") {
  Controller plc;
  auto const asked = plc.request("00 02");
  CHECK(asked.operation == Operation::diagnose);
  CHECK(asked.code == 90);
  CHECK(asked.subcode == 2);
  CHECK(asked.fields["umas.function_name"] == "read id");
  auto const told = plc.response(
      "00 FE 1230 01060000 0000 7002 0100 2700 0900 00000000 0000 0C 424D582050333420323032 30 01 01 01 0100 00001100");
  CHECK(told.operation == Operation::diagnose);
  CHECK(told.status == Status::ok);
  CHECK(told.subcode == 2);
  CHECK(told.fields["umas.function"] == "2");
  CHECK(told.fields["umas.firmware"] == "2.70");
  CHECK(told.fields["umas.patch"] == "1");
  CHECK(told.fields["umas.hardware_version"] == "9");
  CHECK(told.fields["umas.plc_model"] == "BMX P34 2020");
  CHECK(plc.unknowns.empty());
}

TEST_CASE("a reservation gives the key that what changes something is sent with", "[dissect][modbus]") {
  Controller plc;
  plc.request("00 01 00");
  auto const free = plc.response("00 FE FD03 0006 00003200 00000000 00");
  CHECK(free.fields["umas.most_octets"] == "1021");
  CHECK(free.fields["umas.client"].empty());
  auto const taken = plc.request("00 10 162A0000 06 4F4646494345");
  CHECK(taken.operation == Operation::session);
  CHECK(taken.fields["umas.client"] == "OFFICE");
  CHECK(plc.response("00 FE BC").fields["umas.reservation_key"] == "188");
  auto const stop = plc.request("BC 41 FF00");
  CHECK(stop.operation == Operation::control);
  CHECK(stop.subcode == 0x41);
  CHECK(stop.fields["umas.key"] == "188");
  CHECK(plc.response("BC FE").status == Status::ok);
  CHECK(plc.request("BC 40 FF00").operation == Operation::control);
  auto const refused = plc.response("BC FD 81 80 80 51 12 00 04 00 00 00");
  CHECK(refused.status == Status::refused);
  CHECK(refused.operation == Operation::control);
  CHECK(refused.fields["umas.status"] == "253");
}

TEST_CASE("a program is brought to the controller, and fetched", "[dissect][modbus]") {
  Controller plc;
  CHECK(plc.request("01 30 0001").operation == Operation::program);
  auto const block = plc.request("01 31 0001 0200 0400 AABBCCDD");
  CHECK(block.operation == Operation::program);
  CHECK(block.target.object == 2);
  CHECK(block.fields["umas.count"] == "4");
  CHECK(plc.response("01 FE").target.object == 2);
  CHECK(plc.request("01 32 0001 0200").fields["umas.blocks"] == "2");
  CHECK(plc.request("01 33 0001 FB00").operation == Operation::file);
  CHECK(plc.request("01 34 0001 0700").target.object == 7);
  auto const part = plc.response("01 FE 0000 0400 41505800");
  CHECK(part.operation == Operation::file);
  CHECK(part.fields["umas.count"] == "4");
}

TEST_CASE("memory and variables are read and written", "[dissect][modbus]") {
  Controller plc;
  auto const memory = plc.request("00 20 00 1300 6400 0000 9C00");
  CHECK(memory.operation == Operation::read);
  CHECK(memory.target.object == 0x13);
  CHECK(memory.target.count == 0x9C);
  CHECK(memory.fields["umas.offset"] == "100");
  CHECK(plc.response("00 FE 00 0200 0102").target.object == 0x13);
  auto const variables = plc.request("00 22 11223344 02 02 3000 01 0000 04 03 3100 01 0100 08");
  CHECK(variables.operation == Operation::read);
  CHECK(variables.target.count == 2);
  CHECK(variables.fields["umas.block"] == "48 49");
  CHECK(variables.fields["umas.offset"] == "4 8");
  auto const write = plc.request("00 23 11223344 01 02 3000 0000 0400 2A01");
  CHECK(write.operation == Operation::write);
  CHECK(write.value == 0x12A);
  CHECK(write.target.object == 0x30);
}

TEST_CASE("the project and what the controller does are told", "[dissect][modbus]") {
  Controller plc;
  plc.request("00 03 00");
  auto const id = std::string("020500009888010000");
  auto const project =
      plc.response("00 FE " + id + id + "02 0C3B0C0E01DE07 02 0D3B0C0E01DE07 0800 01 02 08 50726F6A65637400");
  CHECK(project.fields["umas.project"] == "Project");
  CHECK(project.fields["umas.project_version"] == "2.1.8");
  CHECK(project.fields["umas.project_built"] == "2014-01-14T12:59:12 2014-01-14T12:59:13");
  plc.request("00 03 04");
  auto const other = plc.response("00 FE 09800000000000260000000000b40000000000260080000000000100000100190000");
  CHECK(other.fields["umas.project_version"].empty());
  plc.request("00 04");
  auto const state = plc.response("00 FE 02 8280 01 11223344" + std::string(2 * 52, '0') + "02 010100 00FA");
  CHECK(state.fields["umas.plc_state"] == "2");
  CHECK(state.fields["umas.block_crc"] == "1144201745");
}

TEST_CASE("a signed message does what stands inside", "[dissect][modbus]") {
  Controller plc;
  auto const digest = std::string(64, '7');
  auto const stop = plc.request("01 38 01 " + digest + " 5A 02 41 FF00");
  CHECK(stop.operation == Operation::control);
  CHECK(stop.subcode == 0x41);
  CHECK(stop.fields["umas.signed"] == "true");
  CHECK(stop.fields["umas.key"] == "2");
  auto const done = plc.response("01 FE 01 " + digest + " 5A 02 FE");
  CHECK(done.status == Status::ok);
  CHECK(done.fields["umas.status"] == "254");
  plc.request("01 38 01 " + digest + " 5A 02 41 FF00");
  auto const refused = plc.response("01 FE 01 " + digest + " 5A 02 FD 8180");
  CHECK(refused.status == Status::refused);
  CHECK(refused.fields["umas.status"] == "253");
}

TEST_CASE("a signed message that holds no other one is only that", "[dissect][modbus]") {
  Controller plc;
  auto const digest = std::string(64, '7');
  CHECK(plc.request("01 38 01 " + digest + " 5B 02 41 FF00").subcode == 0x38);
  CHECK(plc.request("01 38 01 " + digest + " 5A 02").subcode == 0x38);
  CHECK(plc.request("01 38").operation == Operation::other);
}

TEST_CASE("a controller that knows no UMAS says so by an exception", "[dissect][modbus]") {
  Controller plc;
  plc.request("00 02");
  auto const refused = plc.say(octets("0000 0000 0003 00 DA 01"), Direction::to_client);
  plc.request("00 02");
  auto const exception = plc.say(octets("0002 0000 0003 00 DA 01"), Direction::to_client);
  CHECK(exception.operation == Operation::diagnose);
  CHECK(exception.status == Status::unsupported);
  CHECK(exception.subcode == 1);
  CHECK(refused.operation == Operation::other);
}

TEST_CASE("functions and answers that no analysis knows are counted", "[dissect][modbus]") {
  Controller plc;
  CHECK(plc.request("00 7E").operation == Operation::other);
  CHECK(plc.unknowns["umas.function"] == std::vector<std::uint32_t>{0x7E});
  plc.request("00 02");
  CHECK(plc.response("00 AA").status == Status::failed);
  CHECK(plc.unknowns["umas.status"] == std::vector<std::uint32_t>{0xAA});
  // An answer whose request was not seen tells how it went, not what it was.
  plc.transaction = 99;
  auto const alone = plc.response("00 FE 01");
  CHECK(alone.operation == Operation::other);
  CHECK(alone.status == Status::ok);
  CHECK(alone.subcode == 0);
  CHECK(alone.fields["umas.function"].empty());
}

TEST_CASE("who answers over UMAS is no client, whoever opened the connection", "[dissect][modbus]") {
  Controller plc;
  plc.flow.server_guessed = true;
  CHECK(plc.say(Controller::adu(1, "00 02"), Direction::to_client).role == Role::response);  // not known yet
  auto const turned = plc.say(Controller::adu(1, "00 FE 01"), Direction::to_server);
  CHECK(turned.role == Role::response);
  CHECK(plc.say(Controller::adu(2, "00 02"), Direction::to_client).role == Role::request);
}

TEST_CASE("every prefix of a UMAS message is read as far as it goes", "[dissect][modbus]") {
  Controller plc;
  auto const whole = Controller::adu(1, "00 23 11223344 01 02 3000 0000 0400 2A01");
  for (std::size_t length = 8; length < whole.size(); ++length) {
    auto cut = std::vector(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    cut[5] = static_cast<std::uint8_t>(length - 6);
    auto const said = plc.say(cut, Direction::to_server);
    CHECK(said.malformed.has_value() == (length < 10));
    CHECK_FALSE(said.value);
  }
}

}  // namespace
}  // namespace greywatch::agent::modbus
