#include <catch2/catch.hpp>

#include "agent/dissect/smb/smb.hpp"
#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/smb/messages.hpp"

namespace greywatch::agent::smb {
namespace {

using test::Octets;

constexpr std::string_view bind_svcctl =
    "05000b0310000000480000000100 0000 b810b8100000000001000000 00000100"
    "81bb7a364498f135ad3298f038001003 02000000 045d888aeb1cc9119fe808002b104860 02000000";

/// A call without arguments. C706, 12.6.4.9.
std::string call(std::string_view opnum, std::string_view number = "02000000") {
  return "0500000310000000 1c00 0000" + std::string(number) + "04000000 0000" + std::string(opnum) + "00000000";
}

struct Pipes : greywatch::test::Exchange {
  Pipes() : Exchange(dissector, "dcerpc.") {
    ask(test::packet2({.command = 3, .message = 1}, test::tree_connect("\\\\192.0.2.2\\IPC$")));
    answer(test::packet2({.command = 3, .response = true, .tree = 9, .message = 1}, test::tree_connected(2)));
  }
  void open(std::string_view name, std::uint64_t file) {
    ask(test::packet2({.command = 5, .tree = 9, .message = ++last_}, test::create(name)));
    answer(test::packet2({.command = 5, .response = true, .tree = 9, .message = last_}, test::created(file)));
  }
  greywatch::test::SaidMessage write(std::uint64_t file, std::string_view hex) {
    auto const data = greywatch::test::octets(hex);
    std::string text(data.begin(), data.end());
    return ask(test::packet2({.command = 9, .tree = 9, .message = ++last_}, test::write(file, text)));
  }

 private:
  std::uint64_t last_ = 1;
};

TEST_CASE("What a pipe carries is told of behind the message that brings it", "[dissect][smb][dcerpc]") {
  Pipes pipes;
  pipes.open("svcctl", 0x55);
  auto const bound = pipes.write(0x55, bind_svcctl);
  CHECK(pipes.emitted == 2);
  CHECK(bound.target.name == "svcctl");
  CHECK(bound.fields["abstract_syntax"] == "367abb81-9844-35f1-ad32-98f038001003");
  auto const made = pipes.write(0x55, call("0c00"));
  CHECK(made.target.name == "svcctl.CreateServiceW");
  CHECK(made.rules() == "dcerpc.service.created");
}

TEST_CASE("Several PDUs may come in one write, and what is none is passed over", "[dissect][smb][dcerpc]") {
  Pipes pipes;
  pipes.open("svcctl", 0x55);
  auto const last = pipes.write(0x55, std::string(bind_svcctl) + call("0f00", "05000000") + call("1000", "06000000"));
  CHECK(pipes.emitted == 4);
  CHECK(last.target.name == "svcctl.OpenServiceW");
  pipes.write(0x55, "00112233445566778899aabbccddeeff");
  CHECK(pipes.emitted == 1);
  // The front of a PDU tells what it is about; its end comes with the next message.
  auto const front = pipes.write(0x55, call("0f00").substr(0, 47));
  CHECK(pipes.emitted == 2);
  CHECK_FALSE(front.malformed);
}

TEST_CASE("Pipes do not share their contexts", "[dissect][smb][dcerpc]") {
  Pipes pipes;
  pipes.open("svcctl", 0x55);
  pipes.open("samr", 0x56);
  pipes.write(0x55, bind_svcctl);
  CHECK(pipes.write(0x56, call("0c00")).target.name == "12");
  CHECK(pipes.write(0x55, call("0c00")).target.name == "svcctl.CreateServiceW");
}

}  // namespace
}  // namespace greywatch::agent::smb
