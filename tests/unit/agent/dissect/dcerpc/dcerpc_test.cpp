#include "agent/dissect/dcerpc/dcerpc.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::dcerpc {
namespace {

using greywatch::test::octets;

constexpr std::string_view svcctl = "81bb7a36 4498f135 ad3298f038001003 0200 0000";
constexpr std::string_view drsuapi = "3542 51e3 064b d111 ab04 00c04fc2dcd2 0400 0000";
constexpr std::string_view netlogon = "78563412 3412 cdab ef00 01234567cffb 0100 0000";
constexpr std::string_view task_scheduler = "4959d386 c983 4440 b424 db363231fd0c 0100 0000";
constexpr std::string_view private_one = "01020304 0506 0708 090a 0b0c0d0e0f10 0100 0000";
constexpr std::string_view ndr = "045d888a eb1cc911 9fe808002b104860 02000000";

std::string number(std::size_t value, int digits) {
  std::string text;
  for (int at = 0; at < digits; ++at, value >>= 8) {
    constexpr char letters[] = "0123456789abcdef";
    text += letters[value >> 4 & 15];
    text += letters[value & 15];
  }
  return text;
}
std::size_t size_of(std::string_view hex) { return octets(hex).size(); }

struct Head {
  std::uint8_t type = 0, flags = 3;
  std::uint32_t call = 1;
  std::string verifier = "";  ///< with its eight octets in front of the value
};
/// C706, 12.6.4: little endian.
std::string pdu(Head const& head, std::string const& body) {
  auto const verifier = size_of(head.verifier);
  return "0500" + number(head.type, 1) + number(head.flags, 1) + "10000000" + number(16 + size_of(body) + verifier, 2) +
         number(verifier != 0 ? verifier - 8 : 0, 2) + number(head.call, 4) + body + head.verifier;
}
std::string bind_of(std::string_view interface, std::uint16_t context = 0, std::uint8_t type = 11) {
  return pdu({.type = type},
             "b810b81000000000 01000000" + number(context, 2) + "0100" + std::string(interface) + std::string(ndr));
}
std::string bound(std::string_view result = "0000 0000") {
  return pdu({.type = 12}, "b810b810 f0530000 0400 31333500 0000 01000000" + std::string(result) + std::string(ndr));
}
std::string request(std::uint16_t opnum, std::string const& stub = "00000000", std::uint32_t call = 2,
                    std::uint16_t context = 0, std::uint8_t flags = 3) {
  return pdu({.type = 0, .flags = flags, .call = call}, "10000000" + number(context, 2) + number(opnum, 2) + stub);
}
std::string response(std::uint32_t call = 2) { return pdu({.type = 2, .call = call}, "04000000 0000 00 00 00000000"); }

struct Talk : test::Exchange {
  explicit Talk(Dissector const& row = over_tcp) : Exchange(row, "dcerpc.") {}
  std::string name_asked(std::string_view hex) { return ask(hex).target.name; }
  std::string name_answered(std::string_view hex) { return answer(hex).target.name; }
};

TEST_CASE("of interfaces that no table has a hundred are remembered, and one more is counted", "[dissect][dcerpc]") {
  Talk talk;
  auto const interface = [](std::size_t at) { return number(at + 1, 4) + std::string(private_one.substr(9)); };
  REQUIRE(size_of(interface(0)) == size_of(private_one));
  for (std::size_t at = 0; at < 100; ++at) talk.ask(bind_of(interface(at)));
  talk.ask(bind_of(interface(99)));
  CHECK(talk.tables_full == 0);
  CHECK(talk.name_asked(request(7)) == "00000064-0605-0807-090a-0b0c0d0e0f10.7");
  talk.ask(bind_of(interface(100)));
  CHECK(talk.tables_full == 1);
  CHECK(talk.unknowns["interface"].size() == 102);
}

TEST_CASE("a bind names its interfaces, an answer says what was accepted", "[dissect][dcerpc]") {
  Talk talk;
  auto const asked = talk.ask(bind_of(svcctl));
  CHECK(asked.operation == Operation::session);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 11);
  CHECK(asked.target.name == "svcctl");
  CHECK(asked.fields["abstract_syntax"] == "367abb81-9844-35f1-ad32-98f038001003");
  CHECK(asked.fields["interface_version"] == "2");
  CHECK(asked.fields["transfer_syntax"] == "8a885d04-1ceb-11c9-9fe8-08002b104860");
  auto const told = talk.answer(bound());
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.target.name == "svcctl");
  CHECK(told.fields["sec_addr"] == "135");
  CHECK(told.fields["result"] == "0");
  CHECK(talk.answer(bound("0200 0100")).status == Status::refused);
  CHECK(talk.answer(pdu({.type = 13}, "0400 01 05 00 0000")).status == Status::refused);
}

TEST_CASE("a call is named by interface and operation, and so is its answer", "[dissect][dcerpc]") {
  Talk talk;
  talk.ask(bind_of(svcctl));
  talk.answer(bound());
  auto const asked = talk.ask(request(19));
  CHECK(asked.operation == Operation::control);
  CHECK(asked.subcode == 19);
  CHECK(asked.target.name == "svcctl.StartServiceW");
  CHECK(asked.fields["interface"] == "svcctl");
  CHECK(asked.fields["operation"] == "StartServiceW");
  auto const told = talk.answer(response());
  CHECK(told.status == Status::ok);
  CHECK(told.operation == Operation::control);
  CHECK(told.target.name == "svcctl.StartServiceW");
  // Answered once: the next one with its number is of a call that nobody saw.
  CHECK(talk.name_answered(response()).empty());
}

TEST_CASE("an operation that no table has keeps its number, an interface its UUID", "[dissect][dcerpc]") {
  Talk talk;
  talk.ask(bind_of(private_one));
  CHECK(talk.unknowns["interface"].size() == 1);
  auto const asked = talk.ask(request(7));
  CHECK(asked.target.name == "04030201-0605-0807-090a-0b0c0d0e0f10.7");
  CHECK(asked.fields["interface_uuid"] == "04030201-0605-0807-090a-0b0c0d0e0f10");
  CHECK(asked.operation == Operation::other);
  // Without the bind there is but the number.
  Talk late;
  CHECK(late.name_asked(request(12)) == "12");
  CHECK(late.ask(request(12)).rules().empty());
}

TEST_CASE("contexts are told apart, and may be altered", "[dissect][dcerpc]") {
  Talk talk;
  talk.ask(bind_of(svcctl));
  talk.ask(bind_of(drsuapi, 1, 14));
  CHECK(talk.name_asked(request(3, "00000000", 5, 1)) == "drsuapi.DRSGetNCChanges");
  CHECK(talk.name_asked(request(15, "00000000", 6, 0)) == "svcctl.OpenSCManagerW");
  talk.lose(Direction::to_server);
  CHECK(talk.name_answered(response(6)).empty());
  CHECK(talk.name_asked(request(16, "00000000", 7, 0)) == "svcctl.OpenServiceW");
}

TEST_CASE("what takes over hosts breaks a rule, on its first fragment", "[dissect][dcerpc]") {
  Talk talk;
  talk.ask(bind_of(svcctl));
  CHECK(talk.ask(request(12, "00000000", 2, 0, 1)).rules() == "dcerpc.service.created");
  CHECK(talk.ask(request(12, "00000000", 2, 0, 2)).rules().empty());
  CHECK(talk.ask(request(11)).rules() == "dcerpc.service.changed");
  CHECK(talk.ask(request(16)).rules().empty());
  talk.ask(bind_of(drsuapi, 1));
  CHECK(talk.ask(request(3, "00000000", 3, 1)).rules() == "dcerpc.directory.replicated");
  talk.ask(bind_of(task_scheduler, 2));
  CHECK(talk.ask(request(1, "00000000", 4, 2)).rules() == "dcerpc.task.registered");
}

TEST_CASE("a challenge of zeros is no chance, unless nobody can read it", "[dissect][dcerpc]") {
  Talk talk;
  talk.ask(bind_of(netlogon));
  CHECK(talk.ask(request(4, "0102030405060708 0000000000000000")).rules() == "dcerpc.netlogon.zero_challenge");
  CHECK(talk.ask(request(4, "0102030405060708 0000000000000001")).rules().empty());
  auto const sealed =
      pdu({.verifier = "0a 06 00 00 01000000 aabbccdd"}, "10000000 0000 0400 0102030405060708 0000000000000000");
  CHECK(talk.ask(sealed).rules().empty());
}

TEST_CASE("a verifier tells how the call is protected", "[dissect][dcerpc]") {
  Talk talk;
  talk.ask(bind_of(svcctl));
  auto const asked =
      talk.ask(pdu({.verifier = "09 06 04 00 07000000 aabbccdd"}, "10000000 0000 0c00 01020304 00000000"));
  CHECK(asked.fields["auth_type"] == "9");
  CHECK(asked.fields["auth_level"] == "6");
  CHECK(asked.fields["auth_pad_length"] == "4");
  CHECK(asked.fields["auth_context_id"] == "7");
  CHECK(asked.rules() == "dcerpc.service.created");
  auto const broken =
      talk.ask(pdu({.verifier = "09 06 40 00 07000000 aabbccdd"}, "10000000 0000 0c00 01020304 00000000"));
  REQUIRE(broken.malformed);
  CHECK(broken.malformed->field == "authentication_padding");
}

TEST_CASE("faults say why", "[dissect][dcerpc]") {
  Talk talk;
  talk.ask(bind_of(svcctl));
  auto const fault = [&](std::string const& status) {
    talk.ask(request(12));
    return talk.answer(pdu({.type = 3, .call = 2}, "00000000 0000 00 00" + status + "00000000"));
  };
  CHECK(fault("05000000").status == Status::refused);
  CHECK(fault("0200011c").status == Status::unsupported);
  CHECK(fault("0300011c").status == Status::unknown_object);
  CHECK(fault("0d00001c").status == Status::failed);
  auto const said = fault("0200011c");
  CHECK(said.fields["status_name"] == "nca_s_op_rng_error");
  CHECK(said.target.name == "svcctl.CreateServiceW");
}

TEST_CASE("integers are read in the order that the message has", "[dissect][dcerpc]") {
  Talk talk;
  auto const asked = talk.ask(
      "05 00 0b 03 00000000 0048 0000 00000009 10b8 10b8 00000000 01000000 0003 01 00"
      "367abb81 9844 35f1 ad32 98f038001003 00000002 8a885d04 1ceb 11c9 9fe8 08002b104860 00000002");
  CHECK(asked.target.name == "svcctl");
  CHECK(asked.fields["integer_order"] == "0");
  CHECK(asked.fields["call_id"] == "9");
  CHECK(asked.fields["p_cont_id"] == "3");
  CHECK(talk.name_asked("05 00 00 03 00000000 001c 0000 0000000a 00000004 0003 000c 00000000") ==
        "svcctl.CreateServiceW");
}

TEST_CASE("an object of a request is told", "[dissect][dcerpc]") {
  Talk talk;
  auto const asked = talk.ask(pdu({.flags = 0x83}, "10000000 0000 0300 01020304 0506 0708 090a 0b0c0d0e0f10 00000000"));
  CHECK(asked.fields["object"] == "04030201-0605-0807-090a-0b0c0d0e0f10");
}

TEST_CASE("PDUs without a body end and cancel", "[dissect][dcerpc]") {
  Talk talk;
  talk.ask(bind_of(svcctl));
  talk.ask(request(13));
  CHECK(talk.name_asked(pdu({.type = 18, .call = 2}, "")) == "svcctl");
  CHECK(talk.ask(pdu({.type = 19, .call = 2}, "")).operation == Operation::session);
  CHECK(talk.answer(pdu({.type = 17}, "")).role == Role::unsolicited);
  CHECK(talk.ask(pdu({.type = 16, .verifier = "0a02000000000000aabb"}, "00000000")).fields["auth_type"] == "10");
}

TEST_CASE("counts that lie are malformed", "[dissect][dcerpc]") {
  Talk talk;
  auto const contexts =
      talk.ask(pdu({.type = 11}, "b810b81000000000 02000000 0000 0100" + std::string(svcctl) + std::string(ndr)));
  REQUIRE(contexts.malformed);
  CHECK(contexts.malformed->field == "context_list");
  CHECK(contexts.malformed->offset == 72);
  auto const transfers =
      talk.ask(pdu({.type = 11}, "b810b81000000000 01000000 0000 0900" + std::string(svcctl) + std::string(ndr)));
  CHECK(transfers.malformed);
  auto const results =
      talk.answer(pdu({.type = 12}, "b810b810f0530000 0000 0000 03000000 00000000" + std::string(ndr)));
  REQUIRE(results.malformed);
  CHECK(results.malformed->field == "result_list");
  auto const address = talk.answer(pdu({.type = 12}, "b810b810f0530000 ff00 0000 01000000"));
  CHECK(address.malformed);
}

TEST_CASE("messages are framed by their length, and nothing else is one", "[dissect][dcerpc]") {
  auto const message = octets(bind_of(svcctl));
  CHECK(over_tcp.probe(message, Direction::to_server) == Likeness::certain);
  CHECK(over_tcp.probe(octets(request(3)), Direction::to_server) == Likeness::plausible);
  for (std::size_t n = 0; n < message.size(); ++n) {
    auto const front = Bytes(message).first(n);
    CHECK(over_tcp.frame(front).verdict == Frame::Verdict::more);
    CHECK(over_tcp.probe(front, Direction::to_server) != Likeness::no);
  }
  auto const whole = over_tcp.frame(message);
  CHECK(whole.verdict == Frame::Verdict::complete);
  CHECK(whole.length == message.size());
  struct Lie {
    std::size_t at;
    std::uint8_t octet;
  };
  for (auto const& [at, octet] : {Lie{0, 4}, Lie{1, 2}, Lie{2, 1}, Lie{2, 21}, Lie{4, 0x20}, Lie{5, 4}, Lie{6, 1},
                                  Lie{7, 1}, Lie{8, 20}, Lie{10, 60}}) {
    auto wrong = message;
    wrong[at] = octet;
    INFO(at);
    CHECK(over_tcp.probe(wrong, Direction::to_server) == Likeness::no);
    CHECK(over_tcp.frame(wrong).verdict == Frame::Verdict::lost);
  }
}

/// C706, 12.5.2: as a PROFINET controller connects.
std::string datagram(std::string_view type = "00", std::string_view opnum = "0000", std::string_view length = "0400") {
  return "04" + std::string(type) +
         "20 00 100000 00 00000000000000000000000000000000 0100a0de 976c d111 8271 00a02442df7d"
         "01020304 0506 0708 090a 0b0c0d0e0f10 00000000 01000000 05000000" +
         std::string(opnum) + "ffff ffff" + std::string(length) + "0000 00 00 00000000";
}

TEST_CASE("datagrams carry their interface with them", "[dissect][dcerpc]") {
  Talk talk(over_udp);
  auto const asked = talk.ask(datagram());
  CHECK(asked.code == 256);
  CHECK(asked.operation == Operation::session);
  CHECK(asked.target.name == "PNIO-Device.Connect");
  CHECK(asked.fields["seqnum"] == "5");
  CHECK(talk.ask(datagram("00", "0300")).operation == Operation::write);
  CHECK(talk.answer(datagram("02", "0400")).status == Status::ok);
  CHECK(talk.answer(datagram("06")).status == Status::failed);
  auto const cut = talk.ask(datagram("00", "0000", "0500"));
  REQUIRE(cut.malformed);
  CHECK(cut.malformed->field == "length");
  CHECK(over_udp.probe(octets(datagram()), Direction::to_server) == Likeness::certain);
  CHECK(over_udp.probe(octets(datagram("0b")), Direction::to_server) == Likeness::no);
  CHECK(over_udp.probe(octets(datagram("00", "0000", "0300")), Direction::to_server) == Likeness::no);
}

}  // namespace
}  // namespace greywatch::agent::dcerpc
