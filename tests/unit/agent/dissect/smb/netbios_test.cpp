#include <catch2/catch.hpp>

#include "agent/dissect/smb/smb.hpp"
#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/smb/messages.hpp"

namespace greywatch::agent::smb {
namespace {

using greywatch::test::Exchange;
using greywatch::test::octets;
using test::block;
using test::Octets;

/// RFC 1001, 14.1.
std::string encoded(std::string_view name, std::uint8_t service) {
  Octets text;
  text.u8(32);
  for (std::size_t at = 0; at < 16; ++at) {
    auto const octet = at == 15 ? service : at < name.size() ? static_cast<std::uint8_t>(name[at]) : std::uint8_t{' '};
    text.u8(static_cast<std::uint8_t>('A' + (octet >> 4))).u8(static_cast<std::uint8_t>('A' + (octet & 15)));
  }
  return text.u8(0).text();
}

std::string announcement() {
  auto const data = Octets().u8(1).u8(0).u32(720000).ascii("RTU7").zero(12).u8(5).u8(1).u32(0x1003).zero(4).u8(0);
  auto const length = static_cast<std::uint16_t>(data.size());
  constexpr std::string_view slot = "\\MAILSLOT\\BROWSE";
  auto const at = static_cast<std::uint16_t>(32 + 1 + 34 + 2 + slot.size() + 1);
  Octets words;
  words.zero(2).u16(length).zero(18).u16(length).u16(at).u8(3).u8(0).u16(1).u16(1).u16(2);
  return Octets().hex("ff534d42").u8(0x25).zero(27).text() + block(words, Octets().ascii(slot).u8(0).hex(data.text()));
}

std::string datagram(std::string const& user) {
  auto const names = encoded("RTU7", 0) + encoded("WORKGROUP", 0x1d);
  auto const length = (names.size() + user.size()) / 2;
  return Octets()
             .hex("110200c0c0000201008a")
             .u8(static_cast<std::uint8_t>(length >> 8))
             .u8(static_cast<std::uint8_t>(length))
             .u16(0)
             .text() +
         names + user;
}

TEST_CASE("A session is asked for by names, and granted") {
  Exchange flow(dissector, "smb.");
  auto const request = test::packet(encoded("SERVER", 0x20) + encoded("HMI1", 0), 0x81);
  CHECK(dissector.probe(octets(request), Direction::to_server) == Likeness::certain);
  auto const asked = flow.ask(request);
  CHECK(asked.code == 768 + 0x81);
  CHECK(asked.fields["netbios.called_name"] == "SERVER<20>");
  CHECK(asked.fields["netbios.calling_name"] == "HMI1<00>");
  CHECK(flow.answer("82000000").status == Status::ok);
  CHECK(flow.answer("8300000182").status == Status::unknown_object);
  CHECK(flow.answer("8300000181").fields["netbios.error"] == "129");
  CHECK(flow.answer("840000060a000001008b").fields["netbios.retarget_ip"] == "10.0.0.1");
  CHECK(flow.ask("85000000").operation == Operation::diagnose);
}

TEST_CASE("A name that is not encoded is malformed") {
  Exchange flow(dissector, "smb.");
  auto bad = encoded("SERVER", 0x20);
  bad[4] = '7';
  auto const lie = flow.ask(test::packet(bad + encoded("HMI1", 0), 0x81));
  REQUIRE(lie.malformed);
  CHECK(lie.malformed->field == "name");
}

TEST_CASE("What is no packet of the session service is lost, and only a message of SMB is one") {
  auto const frame = [](std::string_view hex) { return dissector.frame(octets(hex)); };
  CHECK(frame("160301004001000001000000").verdict == Frame::Verdict::lost);
  CHECK(frame("000000404e4f534d4200").verdict == Frame::Verdict::lost);
  CHECK(frame("00000005fe534d42400000").defect == Defect::bad_length);
  CHECK(frame("82000001").defect == Defect::bad_length);
  CHECK(frame("000000").verdict == Frame::Verdict::more);
}

TEST_CASE("A host announces itself in a mail slot") {
  Exchange flow(datagram_dissector, "smb.");
  auto const whole = octets(datagram(announcement()));
  CHECK(datagram_dissector.probe(whole, Direction::to_server) == Likeness::certain);
  auto const said = flow.say(whole, Direction::to_server);
  CHECK_FALSE(said.malformed);
  CHECK(said.code == 1024 + 17);
  CHECK(said.subcode == 1);
  CHECK(said.operation == Operation::report);
  CHECK(said.fields["datagram.destination_name"] == "WORKGROUP<1d>");
  CHECK(said.fields["datagram.source_name"] == "RTU7<00>");
  CHECK(said.fields["datagram.source_ip"] == "192.0.2.1");
  CHECK(said.fields["transaction.name"] == "\\MAILSLOT\\BROWSE");
  CHECK(said.fields["browser.server"] == "RTU7");
  CHECK(said.fields["browser.system"] == "Windows 5.1");
}

TEST_CASE("Every prefix of a datagram is malformed, or only lacks its mail, and none is claimed that lacks a name") {
  auto const whole = octets(datagram(announcement()));
  for (std::size_t length = 0; length < 82; ++length) {
    Exchange flow(datagram_dissector, "smb.");
    CHECK(flow.say(Bytes(whole).first(length), Direction::to_server).malformed);
    CHECK(datagram_dissector.probe(Bytes(whole).first(length), Direction::to_server) == Likeness::no);
  }
}

TEST_CASE("An error datagram says that a name is not there") {
  Exchange flow(datagram_dissector, "smb.");
  auto const said = flow.answer("130200c0c0000201008a82");
  CHECK(said.status == Status::failed);
  CHECK(said.fields["datagram.error"] == "130");
}

}  // namespace
}  // namespace greywatch::agent::smb
