#include <catch2/catch.hpp>

#include "agent/dissect/smb/smb.hpp"
#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/smb/messages.hpp"

namespace greywatch::agent::smb {
namespace {

using greywatch::test::Exchange;
using greywatch::test::octets;
using test::Octets;

constexpr std::uint32_t logon_failure = 0xc000006d, pending = 0x103, not_found = 0xc0000034;

/// Connects a share and opens a file in it.
void open(Exchange& flow, std::string_view share, std::string_view name, std::uint8_t kind = 1,
          std::uint64_t file = 0x55) {
  flow.ask(test::packet2({.command = 3, .message = 1}, test::tree_connect("\\\\192.0.2.2\\" + std::string(share))));
  flow.answer(test::packet2({.command = 3, .response = true, .tree = 9, .message = 1}, test::tree_connected(kind)));
  flow.ask(test::packet2({.command = 5, .tree = 9, .message = 2}, test::create(name)));
  flow.answer(test::packet2({.command = 5, .response = true, .tree = 9, .message = 2}, test::created(file)));
}

Octets session_setup(Octets const& blob) {
  return Octets().u16(25).zero(10).u16(88).u16(static_cast<std::uint16_t>(blob.size())).u64(0).hex(blob.text());
}

TEST_CASE("A share is connected, and who is asked for it is told") {
  Exchange flow(dissector, "smb.");
  auto const asked = flow.ask(test::packet2({.command = 3}, test::tree_connect("\\\\192.0.2.2\\trend")));
  CHECK(asked.operation == Operation::session);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 3);
  CHECK(asked.target.count == 1);
  CHECK(asked.fields["command_name"] == "tree_connect");
  CHECK(asked.fields["path"] == "\\\\192.0.2.2\\trend");
  CHECK(asked.rules().empty());
  auto const told = flow.answer(test::packet2({.command = 3, .response = true, .tree = 9}, test::tree_connected(1)));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.fields["share_type"] == "1");
  CHECK(told.fields["status"] == "STATUS_SUCCESS");
}

TEST_CASE("Administrative shares break a rule, IPC$ does not") {
  Exchange flow(dissector, "smb.");
  auto const asked = [&](std::string_view path) {
    return flow.ask(test::packet2({.command = 3}, test::tree_connect(path))).rules();
  };
  CHECK(asked("\\\\192.0.2.2\\ADMIN$") == "smb.share.administrative");
  CHECK(asked("\\\\192.0.2.2\\c$") == "smb.share.administrative");
  CHECK(asked("\\\\192.0.2.2\\IPC$").empty());
  CHECK(asked("\\\\192.0.2.2\\PRINT$").empty());
}

TEST_CASE("A file identifier stands for the name it was opened by, until it is closed") {
  Exchange flow(dissector, "smb.");
  open(flow, "trend", "logs\\today.csv");
  auto const wrote = flow.ask(test::packet2({.command = 9, .tree = 9, .message = 3}, test::write(0x55, "1;2;3")));
  CHECK(wrote.operation == Operation::file);
  CHECK(wrote.target.name == "logs\\today.csv");
  CHECK(wrote.fields["file"] == "logs\\today.csv");
  CHECK(wrote.fields["share"] == "trend");
  CHECK(wrote.fields["data_octets"] == "5");
  CHECK(wrote.fields["file_id"] == "00000000-0000-0000-5500-000000000000");
  flow.ask(test::packet2({.command = 6, .tree = 9, .message = 4}, test::close(0x55)));
  flow.answer(test::packet2({.command = 6, .response = true, .tree = 9, .message = 4}, Octets().u16(60).zero(58)));
  CHECK(flow.ask(test::packet2({.command = 9, .tree = 9, .message = 5}, test::write(0x55, "x"))).fields["file"] == "");
}

TEST_CASE("The table of open files is bounded: who was of no use for longest goes") {
  Exchange flow(dissector, "smb.");
  open(flow, "trend", "first");
  for (std::uint64_t number = 0; number < 8; ++number) {
    auto const name = "file" + std::to_string(number);
    flow.ask(test::packet2({.command = 5, .tree = 9, .message = 10 + number}, test::create(name)));
    flow.answer(test::packet2({.command = 5, .response = true, .message = 10 + number}, test::created(100 + number)));
  }
  auto const name_of = [&](std::uint64_t file) {
    return flow.ask(test::packet2({.command = 6, .tree = 9, .message = 50}, test::close(file))).fields["file"];
  };
  CHECK(name_of(0x55) == "");
  CHECK(name_of(100) == "file0");
  CHECK(name_of(107) == "file7");
}

TEST_CASE("Pipes that services, tasks and the registry are reached by break a rule each") {
  Exchange flow(dissector, "smb.");
  open(flow, "IPC$", "srvsvc", 2);
  auto const asked = [&](std::string_view name) {
    return flow.ask(test::packet2({.command = 5, .tree = 9, .message = 3}, test::create(name)));
  };
  CHECK(asked("svcctl").rules() == "smb.pipe.service_control");
  CHECK(asked("SVCCTL").fields["pipe"] == "SVCCTL");
  CHECK(asked("atsvc").rules() == "smb.pipe.task_scheduler");
  CHECK(asked("winreg").rules() == "smb.pipe.registry");
  CHECK(asked("psexesvc-WS1-4711-stdin").rules() == "smb.pipe.execution_tool");
  CHECK(asked("samr").rules().empty());
  CHECK(asked("samr").operation == Operation::session);
}

TEST_CASE("A file that is named as a pipe is none on a disk") {
  Exchange flow(dissector, "smb.");
  open(flow, "trend", "readme", 1);
  CHECK(flow.ask(test::packet2({.command = 5, .tree = 9, .message = 3}, test::create("svcctl"))).rules().empty());
}

TEST_CASE("Related messages of a compound speak of the file that the first one opens") {
  Exchange flow(dissector, "smb.");
  auto body = test::create("conf.xml");
  while ((64 + body.size()) % 8 != 0) body.zero(1);
  auto const first =
      test::message2({.command = 5, .message = 7, .next = static_cast<std::uint32_t>(64 + body.size())}, body);
  auto const same = Octets().u16(24).u16(0).u32(0).hex("ffffffffffffffffffffffffffffffff");
  flow.ask(test::packet(first + test::message2({.command = 6, .message = 8, .flags = 4}, same)));
  REQUIRE(flow.all.size() == 2);
  CHECK(flow.all[0].fields["file_name"] == "conf.xml");
  CHECK(flow.all[0].fields["netbios.type"] == "0");
  CHECK(flow.all[1].fields["file"] == "conf.xml");
  CHECK(flow.all[1].fields["netbios.type"] == "");
  CHECK(flow.all[1].fields["related"] == "true");
}

TEST_CASE("A compound whose next message is nowhere is malformed") {
  Exchange flow(dissector, "smb.");
  auto const lie = flow.ask(test::packet2({.command = 13, .next = 4096}, Octets().u16(4).zero(2)));
  REQUIRE(lie.malformed);
  CHECK(lie.malformed->field == "next_command");
  CHECK(lie.malformed->offset == 24);
  CHECK(flow.ask(test::packet2({.command = 13, .next = 65}, Octets().u16(4).zero(2))).malformed);
}

TEST_CASE("An answer is only an error where its status says so, and an interim one ends nothing") {
  Exchange flow(dissector, "smb.");
  open(flow, "trend", "readme");
  flow.ask(
      test::packet2({.command = 15, .message = 4}, Octets().u16(32).u16(0).u32(64).u64(0).u64(0x55).u32(1).zero(4)));
  auto const waits =
      flow.answer(test::packet2({.command = 15, .response = true, .status = pending, .message = 4}, test::error2()));
  CHECK(waits.status == Status::none);
  CHECK(waits.fields["status"] == "STATUS_PENDING");
  flow.ask(test::packet2({.command = 5, .tree = 9, .message = 5}, test::create("nothing")));
  auto const missing =
      flow.answer(test::packet2({.command = 5, .response = true, .status = not_found, .message = 5}, test::error2()));
  CHECK(missing.status == Status::unknown_object);
  CHECK_FALSE(missing.malformed);
}

TEST_CASE("A logon names domain, user and workstation; a refused one is told whose it was") {
  Exchange flow(dissector, "smb.");
  auto const asked =
      flow.ask(test::packet2({.command = 1}, session_setup(test::authenticate("PLANT", "operator", "HMI1"))));
  CHECK(asked.fields["ntlmssp.domain"] == "PLANT");
  CHECK(asked.fields["ntlmssp.user"] == "operator");
  CHECK(asked.fields["ntlmssp.workstation"] == "HMI1");
  CHECK(asked.fields["ntlmssp.system"] == "Windows 10.0.19041");
  auto const told =
      flow.answer(test::packet2({.command = 1, .response = true, .status = logon_failure}, test::error2()));
  CHECK(told.status == Status::refused);
  CHECK(told.fields["account"] == "PLANT\\operator");
  CHECK(told.fields["logon_failures"] == "1");
}

TEST_CASE("Who logs on is remembered for 256 connections; that one went before its answer came is counted") {
  Exchange flow(dissector, "smb.");
  auto const ask = [&](std::uint64_t connection, std::string_view user) {
    flow.flow.id = connection;
    flow.ask(test::packet2({.command = 1}, session_setup(test::authenticate("", user, ""))));
  };
  auto const answered = [&](std::uint64_t connection, std::uint32_t status) {
    flow.flow.id = connection;
    auto const said = flow.answer(test::packet2({.command = 1, .response = true, .status = status}, test::error2()));
    return said.fields["account"];
  };
  ask(1, "first");
  CHECK(answered(1, 0) == "first");
  ask(1 + 256, "second");
  CHECK(flow.tables_full == 0);
  ask(1 + 512, "third");
  CHECK(flow.tables_full == 1);
  CHECK(answered(1 + 256, logon_failure) == "");
  CHECK(answered(1 + 512, logon_failure) == "third");
}

TEST_CASE("Who still tries after five refused logons breaks a rule, for some minutes") {
  Exchange flow(dissector, "smb.");
  auto const attempt = [&] {
    auto const said = flow.ask(test::packet2({.command = 1}, session_setup(test::authenticate("", "admin", ""))));
    flow.answer(test::packet2({.command = 1, .response = true, .status = logon_failure}, test::error2()));
    return said.rules();
  };
  for (int time = 0; time < 5; ++time) CHECK(attempt().empty());
  CHECK(attempt() == "smb.logon.repeated_failures");
  flow.now += std::chrono::minutes(11);
  CHECK(attempt().empty());
}

TEST_CASE("Sixty names changed in a minute break a rule, and so does each further sixty") {
  Exchange flow(dissector, "smb.");
  open(flow, "trend", "plan.doc");
  auto const information = Octets().zero(16).u32(10).wide("x.enc");
  auto const length = static_cast<std::uint32_t>(information.size());
  Octets rename;
  rename.u16(33).u8(1).u8(10).u32(length).u16(96).u16(0).u32(0).u64(0).u64(0x55).hex(information.text());
  std::string broken;
  for (int time = 0; time < 125; ++time) {
    auto const said = flow.ask(test::packet2({.command = 17, .tree = 9}, rename));
    CHECK(said.fields["rename_to"] == "x.enc");
    broken += said.rules();
  }
  CHECK(broken == "smb.file.mass_changesmb.file.mass_change");
  flow.now += std::chrono::minutes(1);
  CHECK(flow.ask(test::packet2({.command = 17, .tree = 9}, rename)).fields["changes"] == "1");
}

TEST_CASE("What is written to a pipe is told apart from what is written to a file") {
  Exchange flow(dissector, "smb.");
  open(flow, "IPC$", "svcctl", 2);
  auto const wrote = flow.ask(test::packet2({.command = 9, .tree = 9, .message = 3}, test::write(0x55, "bind")));
  CHECK(wrote.fields["pipe"] == "svcctl");
  CHECK(wrote.fields["pipe_octets"] == "4");
  Exchange disk(dissector, "smb.");
  open(disk, "trend", "svcctl");
  CHECK(disk.ask(test::packet2({.command = 9, .tree = 9, .message = 3}, test::write(0x55, "bind")))
            .fields["pipe_octets"] == "");
}

TEST_CASE("A guest is told") {
  Exchange flow(dissector, "smb.");
  flow.ask(test::packet2({.command = 1}, session_setup(test::authenticate("", "nobody", ""))));
  auto const told = flow.answer(test::packet2({.command = 1, .response = true}, Octets().u16(9).u16(1).u16(72).u16(0)));
  CHECK(told.rules() == "smb.logon.guest");
  CHECK(told.fields["guest"] == "true");
  CHECK(told.fields["session_flags"] == "1");
}

TEST_CASE("A negotiation tells dialects, and what 3.1.1 adds") {
  Exchange flow(dissector, "smb.");
  auto const asked = flow.ask(test::packet2({}, Octets()
                                                    .u16(36)
                                                    .u16(2)
                                                    .u16(1)
                                                    .u16(0)
                                                    .u32(0x7f)
                                                    .zero(16)
                                                    .u32(104)
                                                    .u16(1)
                                                    .u16(0)
                                                    .u16(0x0302)
                                                    .u16(0x0311)
                                                    .u16(2)
                                                    .u16(6)
                                                    .u32(0)
                                                    .u16(2)
                                                    .u16(2)
                                                    .u16(1)));
  CHECK(asked.fields["dialect"] == "770 785");
  CHECK(asked.fields["negotiate_context.type"] == "2");
  CHECK(asked.fields["cipher"] == "2 1");
}

TEST_CASE("An encrypted message is seen as such, and a compressed one, too") {
  Exchange flow(dissector, "smb.");
  auto const secret =
      flow.ask(test::packet(Octets().hex("fd534d42").zero(32).u32(100).u16(0).u16(1).u64(0x4711).zero(100).text()));
  CHECK(secret.code == 512);
  CHECK(secret.fields["encrypted"] == "true");
  CHECK(secret.fields["session_id"] == "18193");
  auto const small = flow.ask(test::packet(Octets().hex("fc534d42").u32(4096).u16(1).u16(0).u32(0).zero(40).text()));
  CHECK(small.code == 513);
  CHECK(small.fields["compression.original_size"] == "4096");
}

TEST_CASE("Unknown commands and controls are raw, and counted") {
  Exchange flow(dissector, "smb.");
  CHECK(flow.ask(test::packet2({.command = 77}, Octets().u16(4).zero(2))).code == 77);
  CHECK(flow.unknowns["command"] == std::vector<std::uint32_t>{77});
  auto const asked =
      flow.ask(test::packet2({.command = 11}, Octets().u16(57).u16(0).u32(0x00abcdef).zero(16).u32(120).zero(28)));
  CHECK(asked.subcode == 0x00abcdef);
  CHECK(flow.unknowns["ioctl"] == std::vector<std::uint32_t>{0x00abcdef});
}

TEST_CASE("What a message points to must be within it") {
  Exchange flow(dissector, "smb.");
  auto const lie = flow.ask(test::packet2({.command = 3}, Octets().u16(9).u16(0).u16(72).u16(400).wide("\\\\a\\b")));
  REQUIRE(lie.malformed);
  CHECK(lie.malformed->defect == Defect::bad_length);
  CHECK(lie.malformed->field == "path");
  CHECK(lie.rules().empty());
}

TEST_CASE("A structure of another size than its command's is malformed") {
  Exchange flow(dissector, "smb.");
  auto const lie = flow.ask(test::packet2({.command = 13}, Octets().u16(5).zero(2)));
  REQUIRE(lie.malformed);
  CHECK(lie.malformed->field == "structure_size");
  CHECK(lie.malformed->offset == 68);
}

TEST_CASE("Of a long write only the front is waited for") {
  auto const long_write = test::message2({.command = 9}, test::write(0x55, std::string(20'000, 'x')));
  auto const whole = octets(test::packet(long_write));
  auto const cut = dissector.frame(whole);
  CHECK(cut.verdict == Frame::Verdict::complete);
  CHECK(cut.length == whole.size());
  REQUIRE(cut.wanted < 1000);
  Exchange flow(dissector, "smb.");
  auto const said = flow.say(Bytes(whole).first(cut.wanted), Direction::to_server);
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["data_octets"] == "20000");
}

TEST_CASE("Every prefix of a message is waited for, and none is read past its end") {
  auto const whole = octets(test::packet2({.command = 5}, test::create("logs\\today.csv")));
  CHECK(dissector.probe(whole, Direction::to_server) == Likeness::certain);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    CHECK(dissector.frame(prefix).verdict == Frame::Verdict::more);
    if (length < 70) continue;
    Exchange flow(dissector, "smb.");
    flow.say(prefix, Direction::to_server);
    CHECK(flow.emitted == 1);
  }
}

}  // namespace
}  // namespace greywatch::agent::smb
