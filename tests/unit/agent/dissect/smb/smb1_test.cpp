#include <catch2/catch.hpp>

#include "agent/dissect/smb/smb.hpp"
#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/smb/messages.hpp"

namespace greywatch::agent::smb {
namespace {

using greywatch::test::Exchange;
using test::block;
using test::last_andx;
using test::Octets;

/// WordCount 13: MS-CIFS, 2.2.4.53.1, without passwords.
std::string session_setup(std::string_view account, std::string_view domain, Octets const& andx = last_andx()) {
  Octets words;
  words.hex(andx.text()).u16(16644).u16(50).u16(0).u32(0).u16(0).u16(0).u32(0).u32(0xd4);
  return block(words,
               Octets().zero(1).wide(account).u16(0).wide(domain).u16(0).wide("Windows").u16(0).wide("LM").u16(0));
}
std::string tree_connect(std::string_view path, std::string_view service) {
  return block(Octets().hex(last_andx().text()).u16(0).u16(1), Octets().zero(1).wide(path).u16(0).ascii(service).u8(0));
}
std::string create(std::string_view name) {
  return block(Octets().hex(last_andx().text()).u8(0).u16(static_cast<std::uint16_t>(name.size() * 2)).zero(41),
               Octets().zero(1).wide(name));
}
std::string created(std::uint16_t fid) { return block(Octets().hex(last_andx().text()).u8(0).u16(fid).zero(61)); }
/// Connects a share and opens a file in it.
void open(Exchange& flow, std::string_view service, std::string_view share, std::string_view name) {
  flow.ask(test::packet1({.command = 0x75}, tree_connect("\\\\PLC\\" + std::string(share), "?????")));
  flow.answer(test::packet1({.command = 0x75, .response = true, .tree = 3},
                            block(Octets().hex(last_andx().text()).u16(1), Octets().ascii(service).zero(2))));
  flow.ask(test::packet1({.command = 0xa2, .tree = 3, .multiplex = 2}, create(name)));
  flow.answer(test::packet1({.command = 0xa2, .response = true, .tree = 3, .multiplex = 2}, created(0x4001)));
}

TEST_CASE("Dialects are offered by name") {
  Exchange flow(dissector, "smb.");
  auto const asked = flow.ask(test::packet1(
      {.command = 0x72}, block({}, Octets().u8(2).ascii("LANMAN1.0").u8(0).u8(2).ascii("NT LM 0.12").u8(0))));
  CHECK(asked.code == 256 + 0x72);
  CHECK(asked.operation == Operation::session);
  CHECK(asked.fields["dialect_name"] == "LANMAN1.0 NT LM 0.12");
  CHECK(asked.fields["version"] == "1");
}

TEST_CASE("Who logs on with version 1 breaks a rule") {
  Exchange flow(dissector, "smb.");
  auto const asked = flow.ask(test::packet1({.command = 0x73}, session_setup("operator", "PLANT")));
  CHECK(asked.rules() == "smb.version.smb1");
  CHECK(asked.fields["account_name"] == "operator");
  CHECK(asked.fields["primary_domain"] == "PLANT");
  CHECK(asked.fields["native_os"] == "Windows");
  auto const guest =
      flow.answer(test::packet1({.command = 0x73, .response = true}, block(Octets().hex(last_andx().text()).u16(1))));
  CHECK(guest.rules() == "smb.logon.guest");
  CHECK(guest.fields["account"] == "PLANT\\operator");
}

TEST_CASE("Each command of a chain is told, the header with the first") {
  Exchange flow(dissector, "smb.");
  auto const first = session_setup("operator", "PLANT", Octets().u8(0x75).u8(0).u16(0));
  auto const at = static_cast<std::uint16_t>(32 + first.size() / 2);
  auto const chained = session_setup("operator", "PLANT", Octets().u8(0x75).u8(0).u16(at));
  // Text is aligned to the start of the message: the second path needs an octet less in front.
  auto const second = block(Octets().hex(last_andx().text()).u16(0).u16(0),
                            Octets().zero((at + 11) % 2).wide("\\\\PLC\\C$").u16(0).ascii("?????").u8(0));
  flow.ask(test::packet1({.command = 0x73}, chained + second));
  REQUIRE(flow.all.size() == 2);
  CHECK(flow.all[0].fields["command"] == "115");
  CHECK(flow.all[0].fields["andx_command"] == "117");
  CHECK(flow.all[1].code == 256 + 0x75);
  CHECK(flow.all[1].fields["command_name"] == "tree_connect_andx");
  CHECK(flow.all[1].fields["multiplex_id"] == "");
  CHECK(flow.all[1].fields["path"] == "\\\\PLC\\C$");
  CHECK(flow.all[1].rules() == "smb.share.administrative");
}

TEST_CASE("A chain that points back ends there") {
  Exchange flow(dissector, "smb.");
  flow.ask(test::packet1({.command = 0x73}, session_setup("a", "b", Octets().u8(0x73).u8(0).u16(32))));
  CHECK(flow.emitted == 1);
  CHECK(flow.deviations["offset of the next command"] == 1);
}

TEST_CASE("An FID stands for the name it was opened by") {
  Exchange flow(dissector, "smb.");
  open(flow, "A:", "logs", "\\today.csv");
  Octets words;
  words.hex(last_andx().text()).u16(0x4001).u32(7).u32(0).u16(8).u16(0).u16(0).u16(3).u16(64).u32(0);
  auto const wrote = flow.ask(
      test::packet1({.command = 0x2f, .tree = 3, .multiplex = 3}, block(words, Octets().zero(1).ascii("abc"))));
  CHECK_FALSE(wrote.malformed);
  CHECK(wrote.target.name == "\\today.csv");
  CHECK(wrote.fields["share"] == "logs");
  CHECK(wrote.fields["data_octets"] == "3");
  CHECK(wrote.fields["file_offset"] == "7");
  CHECK(wrote.fields["fid"] == "16385");
}

TEST_CASE("The service of a share tells pipes from files") {
  Exchange flow(dissector, "smb.");
  open(flow, "A:", "logs", "\\svcctl");
  CHECK(flow.ask(test::packet1({.command = 0xa2, .tree = 3}, create("\\svcctl"))).rules().empty());
  Exchange pipes(dissector, "smb.");
  open(pipes, "IPC", "IPC$", "\\srvsvc");
  auto const asked = pipes.ask(test::packet1({.command = 0xa2, .tree = 3}, create("\\svcctl")));
  CHECK(asked.rules() == "smb.pipe.service_control");
  CHECK(asked.fields["pipe"] == "svcctl");
}

TEST_CASE("Files are deleted and renamed by name") {
  Exchange flow(dissector, "smb.");
  auto const gone =
      flow.ask(test::packet1({.command = 6}, block(Octets().u16(0x16), Octets().u8(4).wide("\\a").u16(0))));
  CHECK(gone.operation == Operation::file);
  CHECK(gone.fields["file_name"] == "\\a");
  auto const moved = flow.ask(test::packet1(
      {.command = 7}, block(Octets().u16(0x16), Octets().u8(4).wide("\\a").u16(0).u8(4).zero(1).wide("\\b").u16(0))));
  CHECK(moved.fields["file_name"] == "\\a");
  CHECK(moved.fields["rename_to"] == "\\b");
}

TEST_CASE("A search is a transaction that has its pattern among the parameters") {
  Exchange flow(dissector, "smb.");
  Octets parameters;
  parameters.u16(0x16).u16(100).u16(6).u16(0x104).u32(0).wide("\\*.exe").u16(0);
  Octets words;
  auto const length = static_cast<std::uint16_t>(parameters.size());
  words.u16(length)
      .u16(0)
      .u16(10)
      .u16(4096)
      .zero(2)
      .u16(0)
      .u32(0)
      .u16(0)
      .u16(length)
      .u16(68)
      .u16(0)
      .u16(0)
      .u8(1)
      .u8(0)
      .u16(1);
  auto const asked = flow.ask(test::packet1({.command = 0x32}, block(words, Octets().zero(3).hex(parameters.text()))));
  CHECK_FALSE(asked.malformed);
  CHECK(asked.subcode == 1);
  CHECK(asked.operation == Operation::read);
  CHECK(asked.fields["file_name"] == "\\*.exe");
}

TEST_CASE("Errors of DOS are read where the message does not say NT status") {
  Exchange flow(dissector, "smb.");
  auto const told = flow.answer(
      test::packet1({.command = 0xa2, .response = true, .status = 0x0002'0001, .flags2 = 0x8001}, block({})));
  CHECK(told.status == Status::unknown_object);
  CHECK(told.fields["error_class"] == "1");
  CHECK(told.fields["error_code"] == "2");
}

TEST_CASE("Counts that lie are malformed") {
  Exchange flow(dissector, "smb.");
  auto const few =
      flow.ask(test::packet1({.command = 0x75}, block(Octets().hex(last_andx().text()), Octets().zero(8))));
  REQUIRE(few.malformed);
  CHECK(few.malformed->field == "word_count");
  CHECK(few.malformed->offset == 36);
  auto const words = flow.ask(test::packet1({.command = 0x2b}, "ff0000"));
  REQUIRE(words.malformed);
  CHECK(words.malformed->defect == Defect::truncated);
  auto const bytes = flow.ask(test::packet1({.command = 0x2b}, Octets().u8(1).u16(1).u16(500).zero(3).text()));
  REQUIRE(bytes.malformed);
  CHECK(bytes.malformed->field == "byte_count");
}

TEST_CASE("Commands that nobody knows are raw, and counted") {
  Exchange flow(dissector, "smb.");
  CHECK(flow.ask(test::packet1({.command = 0x3b}, block({}))).code == 256 + 0x3b);
  CHECK(flow.unknowns["command1"] == std::vector<std::uint32_t>{0x3b});
}

}  // namespace
}  // namespace greywatch::agent::smb
