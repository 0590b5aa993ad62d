#include "agent/dissect/goose/goose.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/dissect/goose/said.hpp"

namespace greywatch::agent::goose {
namespace {

using test::element;
using test::Exchange;
using test::hex;
using test::octets;
using test::published;

test::SaidMessage read_of(std::string const& frame) {
  Exchange flow(dissector, "goose.");
  flow.flow.transport = Transport::ethernet;
  return flow.ask(frame);
}

TEST_CASE("A GOOSE message tells its control block, its state and its values") {
  auto const said = read_of(Said{}.frame());
  CHECK_FALSE(said.malformed);
  CHECK(said.operation == Operation::report);
  CHECK(said.role == Role::unsolicited);
  CHECK(said.code == 1);
  CHECK(said.subcode == 0);
  CHECK(said.target.object == 0x3001);
  CHECK(said.fields["appid"] == "12289");
  CHECK(said.fields["gocb_ref"] == "IED1LD0/LLN0$GO$trip");
  CHECK(said.fields["dat_set"] == "IED1LD0/LLN0$trips");
  CHECK(said.fields["go_id"] == "trip");
  CHECK(said.fields["time_allowed_to_live"] == "2000");
  CHECK(said.fields["t"] == "2026-11-27T00:00:00.500000000Z");
  CHECK(said.fields["time_accuracy"] == "8");
  CHECK(said.fields["st_num"] == "5");
  CHECK(said.fields["sq_num"] == "7");
  CHECK(said.fields["conf_rev"] == "3");
  CHECK(said.fields["simulation"] == "false");
  CHECK(said.fields["num_dat_set_entries"] == "2");
  CHECK(said.fields["data"] == "3 4");
  CHECK(said.fields["boolean"] == "false");
  CHECK(said.fields["bit_string"] == "0000");
  CHECK(said.fields["quality"] == "0");
}

TEST_CASE("Every type of data is read, inside structures and arrays too") {
  Said said;
  said.data = element(0xA2, element(0x83, "01") + element(0x84, "03A008") + element(0xA1, element(0x85, "FF"))) +
              element(0x86, "00FFFFFFFF") + element(0x87, "0840490FDB") + element(0x87, "0B3FF0000000000000") +
              element(0x89, "DEAD") + element(0x8A, hex("open")) + element(0x8C, "001000000010") + element(0x8D, "12") +
              element(0x8E, "0780") + element(0x8F, "2B01") + element(0x90, hex("name")) +
              element(0x91, "0000000080000000");
  said.entries = 12;
  auto const told = read_of(said.frame());
  CHECK_FALSE(told.malformed);
  CHECK(told.fields["data"] == "2 3 4 1 5 6 7 7 9 10 12 13 14 15 16 17");
  CHECK(told.fields["boolean"] == "true");
  CHECK(told.fields["bit_string"] == "a008");
  CHECK(told.fields["quality"] == "4101");  // bits 0, 2 and 12 of 13
  CHECK(told.fields["integer"] == "-1");
  CHECK(told.fields["unsigned"] == "4294967295");
  CHECK(told.fields["float_value"] == "3.141593 1.000000");
  CHECK(told.fields["octet_string"] == "dead");
  CHECK(told.fields["visible_string"] == "open");
  CHECK(told.fields["binary_time"] == "001000000010");
  CHECK(told.fields["bcd"] == "18");
  CHECK(told.fields["boolean_array"] == "80");
  CHECK(told.fields["obj_id"] == "1.3.1");
  CHECK(told.fields["mms_string"] == "name");
  CHECK(told.fields["utc_time"] == "1970-01-01T00:00:00.500000000Z");
}

TEST_CASE("Data of a type that no table has is kept raw and counted") {
  Exchange flow(dissector, "goose.");
  Said said;
  said.data = element(0x83, "01") + element(0x9E, "ABCD");
  auto const told = flow.ask(said.frame());
  CHECK_FALSE(told.malformed);
  CHECK(told.fields["data_raw"] == "abcd");
  CHECK(flow.unknowns["data"] == std::vector<std::uint32_t>{30});
}

TEST_CASE("A lie about the data is told") {
  Said said;
  SECTION("a number of entries that are not there") { said.entries = 3; }
  SECTION("a boolean of two octets") {
    said.data =
        "83020000"
        "840303"
        "0000";
  }
  SECTION("more unused bits than an octet has") {
    said.data =
        "830100"
        "8403090000";
  }
  SECTION("a structure that is not constructed") {
    said.data =
        "830100"
        "820100";
  }
  SECTION("an element longer than its level") {
    said.data =
        "830100"
        "8409000000";
  }
  SECTION("structures without end") {
    said.data = "830100";
    std::string nested = "830100";
    for (int i = 0; i < 20; ++i) nested = element(0xA2, nested);
    said.data += nested;
  }
  auto const told = read_of(said.frame());
  REQUIRE(told.malformed);
  CHECK(told.status == Status::malformed);
  CHECK(told.fields["gocb_ref"] == "IED1LD0/LLN0$GO$trip");
}

TEST_CASE("An element that must be there and is not is named") {
  auto const whole = Said{}.apdu();
  auto const without = whole.substr(0, 4) == "6182" ? whole.substr(8) : whole.substr(4);
  // The reference is the first element: 80, its length, 20 octets.
  auto const told = read_of(published(element(0x61, without.substr(2 * 22)), 1));
  REQUIRE(told.malformed);
  CHECK(told.malformed->field == "gocb_ref");
  CHECK(told.fields["st_num"] == "5");
}

TEST_CASE("Simulated messages have a kind of their own") {
  CHECK(read_of(Said{}.frame(0x8000)).subcode == 1);
  Said said;
  said.simulation = "FF";
  CHECK(read_of(said.frame()).subcode == 1);
}

TEST_CASE("An extension of IEC 62351-6 is seen as such") {
  auto const frame = published(Said{}.apdu(), 0x3001, 4) + "0badf00d" + "0000";
  auto const told = read_of(frame);
  CHECK_FALSE(told.malformed);
  CHECK(told.fields["extension"] == "0badf00d");
  CHECK(told.fields["reserved1"] == "4");
}

TEST_CASE("A header whose length is not that of the APDU is let pass where all octets are there") {
  Exchange flow(dissector, "goose.");
  auto frame = Said{}.frame();
  frame.replace(4, 4, "0040");
  CHECK_FALSE(flow.ask(frame).malformed);
  CHECK(flow.deviations["length"] == 1);
}

TEST_CASE("GSE management asks where a member stands, and is answered") {
  Exchange flow(dissector, "goose.");
  auto const ident = element(0x80, hex("IED1LD0/LLN0$GO$trip"));
  auto const asked = flow.ask(
      published(element(0x60, element(0x80, "05") + element(0xA1, element(0xA1, ident + element(0xA1, "020101")))), 1));
  CHECK_FALSE(asked.malformed);
  CHECK(asked.operation == Operation::read);
  CHECK(asked.role == Role::request);
  CHECK(asked.subcode == 1);
  CHECK(asked.fields["management.state_id"] == "5");
  CHECK(asked.fields["management.ident"] == "IED1LD0/LLN0$GO$trip");
  CHECK(asked.fields["management.offset"] == "1");
  auto const results = element(0xA1, element(0x81, hex("XCBR1$ST$Pos")) + element(0x82, "01"));
  auto const told = flow.ask(published(
      element(0x60,
              element(0x80, "05") + element(0xA2, element(0xA1, ident + element(0x81, "03") + element(0xA2, results)))),
      1));
  CHECK_FALSE(told.malformed);
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.fields["conf_rev"] == "3");
  CHECK(told.fields["management.reference"] == "XCBR1$ST$Pos");
  CHECK(told.fields["management.error"] == "1");
  auto const refused = flow.ask(published(element(0x60, element(0x80, "05") + element(0xA2, element(0x80, ""))), 1));
  CHECK(refused.status == Status::refused);
  CHECK(flow.ask(published(element(0x60, element(0x80, "05")), 1)).malformed);
}

TEST_CASE("Routed GOOSE tells its session and the same PDU") {
  Exchange flow(routed_dissector, "goose.");
  flow.flow.transport = Transport::udp;
  auto const datagram = test::routed(Said{}.apdu(), 0xA1, 0x81, 0x3002, "8502abcd");
  CHECK(routed_dissector.probe(octets(datagram), Direction::to_server) == Likeness::certain);
  auto const said = flow.ask(datagram);
  CHECK_FALSE(said.malformed);
  CHECK(said.code == 1);
  CHECK(said.target.object == 0x3002);
  CHECK(said.fields["session.identifier"] == "161");
  CHECK(said.fields["session.number"] == "7");
  CHECK(said.fields["session.version"] == "2");
  CHECK(said.fields["session.signature"] == "8502abcd");
  CHECK(said.fields["payload.appid"] == "12290");
  CHECK(said.fields["st_num"] == "5");
}

TEST_CASE("A session whose payload is not opened is told with its type") {
  Exchange flow(routed_dissector, "goose.");
  auto const said = flow.ask(test::routed("0102030405", 0xA3, 0x84, 1));
  CHECK_FALSE(said.malformed);
  CHECK(said.code == 256 + 0x84);
  CHECK(flow.unknowns["payload_type"] == std::vector<std::uint32_t>{0x84});
}

TEST_CASE("Lengths of a session that lie are malformed") {
  Exchange flow(routed_dissector, "goose.");
  auto const good = test::routed(Said{}.apdu(), 0xA1, 0x81, 1);
  auto lie = good;
  SECTION("the SPDU's") { lie.replace(12, 8, "00ffffff"); }
  SECTION("the payload's") { lie.replace(12 + 42, 8, "00ffffff"); }
  SECTION("the APDU's") { lie.replace(12 + 42 + 8 + 8, 4, "ffff"); }
  SECTION("the vector's") { lie.replace(12 + 40, 2, "ff"); }
  CHECK(flow.ask(lie).malformed);
}

TEST_CASE("Every prefix of a frame is malformed, and none is claimed for certain") {
  for (auto const* row : {&dissector, &routed_dissector}) {
    auto const whole = octets(row == &dissector ? Said{}.frame() : test::routed(Said{}.apdu(), 0xA1, 0x81, 1));
    CHECK(row->probe(whole, Direction::to_server) == Likeness::certain);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      Exchange flow(*row, "goose.");
      auto const prefix = Bytes(whole).first(length);
      auto const said = flow.say(prefix, Direction::to_server);
      REQUIRE(said.malformed);
      CHECK(said.malformed->offset <= length);
      CHECK(row->probe(prefix, Direction::to_server) != Likeness::certain);
    }
  }
}

TEST_CASE("Sampled values are not taken for GOOSE, nor octets without sense") {
  auto const sampled = published(element(0x60, element(0x80, "01") + element(0xA2, element(0x30, "820100"))), 0x4000);
  CHECK(dissector.probe(octets(sampled), Direction::to_server) == Likeness::no);
  CHECK(dissector.probe(octets("0000000000000000"), Direction::to_server) == Likeness::no);
  CHECK(routed_dissector.probe(octets("0140a2178015"), Direction::to_server) == Likeness::no);
  CHECK(routed_dissector.probe(octets("0300001611e00000000100c1020600c2020600c0010a"), Direction::to_server) ==
        Likeness::no);
}

}  // namespace
}  // namespace greywatch::agent::goose
