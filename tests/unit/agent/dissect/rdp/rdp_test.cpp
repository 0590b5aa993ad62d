#include "agent/dissect/rdp/rdp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::rdp {
namespace {

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "rdp.") {}
  void hand_on() override { ++handed_on; }
  int handed_on = 0;
};

/// "text" as hexadecimal digits, each character in `width` octets, filled with zeros to `octets`.
std::string hex_of(std::string_view text, std::size_t width = 1, std::size_t octets = 0) {
  std::string hex;
  char digits[4];
  for (char letter : text) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(letter));
    hex += digits;
    hex += std::string((width - 1) * 2, '0');
  }
  if (hex.size() < octets * 2) hex += std::string(octets * 2 - hex.size(), '0');
  return hex;
}
std::string be16(std::size_t value) {
  char digits[8];
  std::snprintf(digits, sizeof digits, "%04zx", value);
  return digits;
}
std::string le16(std::size_t value) {
  auto const digits = be16(value);
  return digits.substr(2) + digits.substr(0, 2);
}
std::string tpkt(std::string const& x224) { return "0300" + be16(4 + x224.size() / 2) + x224; }
std::string connection(std::string_view code, std::string const& part) {
  return tpkt(be16(6 + part.size() / 2).substr(2) + std::string(code) + "0000000000" + part);
}
std::string data(std::string const& user_data) { return tpkt("02f080" + user_data); }
std::string send(std::string const& carried, std::string_view way = "64") {
  return data(std::string(way) + "000603eb70" + be16(0x8000 + carried.size() / 2) + carried);
}
std::string const cookie = hex_of("Cookie: mstshash=alice\r\n");

TEST_CASE("a connection request names its user and what security it would take", "[dissect][rdp]") {
  Talk talk;
  // MS-RDPBCGR, 2.2.1.1.1: TLS and CredSSP.
  auto const said = talk.ask(connection("e0", cookie + "0100080003000000"));
  CHECK(said.operation == Operation::session);
  CHECK(said.target.name == "alice");
  CHECK(said.fields["cookie"] == "Cookie: mstshash=alice");
  CHECK(said.fields["requested_protocols"] == "3");
  CHECK(said.rules().empty());
}

TEST_CASE("the flow is handed on where TLS is chosen, and only there", "[dissect][rdp]") {
  Talk talk;
  talk.ask(connection("e0", cookie + "0100080003000000"));
  auto const nla = talk.answer(connection("d0", "021f080002000000"));
  CHECK(nla.status == Status::ok);
  CHECK(nla.rules().empty());
  CHECK(talk.handed_on == 1);
  CHECK(talk.answer(connection("d0", "021f080001000000")).rules() == "rdp.security.without_network_level");
  CHECK(talk.handed_on == 2);
  CHECK(talk.answer(connection("d0", "021f080000000000")).rules() == "rdp.security.without_network_level");
  CHECK(talk.answer(connection("d0", "")).rules() == "rdp.security.without_network_level");
  CHECK(talk.handed_on == 2);
}

TEST_CASE("a failed negotiation is refused or unsupported, and a code of no table is counted", "[dissect][rdp]") {
  Talk talk;
  CHECK(talk.answer(connection("d0", "0300080005000000")).status == Status::refused);
  CHECK(talk.answer(connection("d0", "0300080002000000")).status == Status::unsupported);
  auto const said = talk.answer(connection("d0", "0300080063000000"));
  CHECK(said.status == Status::failed);
  CHECK(said.fields["failure_code"] == "99");
  CHECK(talk.unknowns["failure_code"].size() == 1);
  CHECK(talk.handed_on == 0);
}

TEST_CASE("a negotiation that lies about its length is malformed", "[dissect][rdp]") {
  Talk talk;
  auto const said = talk.ask(connection("e0", "0100090003000000"));
  REQUIRE(said.malformed);
  CHECK(said.malformed->field == "rdp.negotiation.length");
  CHECK(said.malformed->offset == 13);
  CHECK(talk.ask(connection("e0", "010008000300")).malformed->defect == Defect::truncated);
  CHECK(talk.ask(connection("e0", hex_of("Cake: alice\r\n"))).malformed->field == "rdp.cookie");
}

std::string connect_initial() {
  auto const core = "0c000800" + le16(1024) + le16(768) + "01ca03aa" + "09040000" + "bb470000" +
                    hex_of("WS-17", 2, 32) + "04000000" + "00000000" + "0c000000";
  auto const network = "02000000" + hex_of("rdpdr", 1, 8) + "00008080" + hex_of("cliprdr", 1, 8) + "0000a0c0";
  auto const blocks = "01c0" + le16(4 + core.size() / 2) + core + "02c00c00" + "1b00000000000000" + "03c0" +
                      le16(4 + network.size() / 2) + network;
  auto const conference = "000500147c0001" + be16(0x8000 + 14 + blocks.size() / 2) + "000800100001c000" +
                          hex_of("Duca") + be16(0x8000 + blocks.size() / 2) + blocks;
  std::string const parameters = "300302 0101";
  auto const body = "040101 040101 0101ff " + parameters + parameters + parameters + "0482" +
                    be16(conference.size() / 2) + conference;
  std::string packed;
  for (char letter : body)
    if (letter != ' ') packed += letter;
  return data("7f6582" + be16(packed.size() / 2) + packed);
}

TEST_CASE("connect initial names the client, its build, its keyboard and its channels", "[dissect][rdp]") {
  Talk talk;
  auto const said = talk.ask(connect_initial());
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["client_name"] == "WS-17");
  CHECK(said.fields["client_build"] == "18363");
  CHECK(said.fields["keyboard_layout"] == "1033");
  CHECK(said.fields["channel_name"] == "rdpdr cliprdr");
  CHECK(said.fields["encryption_methods"] == "27");
  auto const whole = test::octets(connect_initial());
  for (std::size_t n = 7; n < whole.size(); ++n) {
    auto cut = std::vector<std::uint8_t>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    cut[2] = static_cast<std::uint8_t>(n >> 8);
    cut[3] = static_cast<std::uint8_t>(n);
    talk.say(cut, Direction::to_server);
  }
  CHECK(talk.emitted == 1);
}

TEST_CASE("client information in clear breaks a rule, and its password is nowhere", "[dissect][rdp]") {
  Talk talk;
  auto const carried = "40000000" + std::string("00000000fb470b00") + "0a000a000e0000000000" + hex_of("PLANT", 2) +
                       "0000" + hex_of("alice", 2) + "0000" + hex_of("hunter2", 2) + "0000" + "0000" + "0000";
  auto const said = talk.ask(send(carried));
  CHECK_FALSE(said.malformed);
  CHECK(said.operation == Operation::session);
  CHECK(said.target.name == "alice");
  CHECK(said.fields["info.user"] == "alice");
  CHECK(said.fields["info.domain"] == "PLANT");
  CHECK(said.fields["info.password"] == "true");
  CHECK(said.rules() == "rdp.logon.in_clear");
  for (auto const& [name, text] : said.fields.all) CHECK(text.find("hunter2") == std::string::npos);
  CHECK(talk.ask(send("4800000001020304")).rules().empty());
}

TEST_CASE("share PDUs, licences and security exchange are told by their types", "[dissect][rdp]") {
  Talk talk;
  CHECK(talk.answer(send("80000000ff031000070000000200000004000000", "68")).fields["license.error"] == "7");
  CHECK(talk.ask(send("0100000048000000")).fields["security_exchange"] == "true");
  auto const said =
      talk.ask(send("16001700ef03ea0301000001040014000000"
                    "04000000"));
  CHECK(said.fields["share.data_type"] == "20");
  CHECK(said.subcode == 7);
}

TEST_CASE("fast-path PDUs are told once a direction and counted", "[dissect][rdp]") {
  Talk talk;
  CHECK(talk.answer("000703").fields["fast_path.length"] == "7");
  talk.answer("008400");
  CHECK(talk.emitted == 0);
  talk.close();
  REQUIRE(talk.all.size() == 1);
  CHECK(talk.all[0].fields["fast_path.pdus"] == "2");
  CHECK(talk.all[0].fields["fast_path.octets"] == "1031");
}

Likeness probe(std::string const& hex, Direction way = Direction::to_server) {
  return dissector.probe(test::octets(hex), way);
}

TEST_CASE("only what is RDP's own names a flow on the ISO transport", "[dissect][rdp]") {
  CHECK(probe(connection("e0", cookie)) == Likeness::certain);
  CHECK(probe(connection("d0", "021f080002000000")) == Likeness::certain);
  CHECK(probe(connect_initial()) == Likeness::certain);
  CHECK(probe(send("4800000001020304")) == Likeness::certain);
  CHECK(probe(data("28")) == Likeness::plausible);
  CHECK(probe(connection("e0", "")) == Likeness::more);
  // S7comm and MMS connect with parameters of X.224, and say other things in data.
  CHECK(probe(connection("e0", "c1020100c2020102c0010a")) == Likeness::no);
  CHECK(probe(data("32010000000000080000f0000001000101e0")) == Likeness::no);
  CHECK(probe(data("01000100614e304c")) == Likeness::no);
  // A length that fits speaks for fast-path, but names nothing.
  CHECK(probe("000503 0000", Direction::to_client) == Likeness::more);
  CHECK(probe("000603 0000", Direction::to_client) == Likeness::no);
}

}  // namespace
}  // namespace greywatch::agent::rdp
