#include "agent/dissect/ftp/ftp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::ftp {
namespace {

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "ftp.") {}
  test::SaidMessage ask_text(std::string_view text) { return say(as_bytes(text), Direction::to_server); }
  test::SaidMessage answer_text(std::string_view text) { return say(as_bytes(text), Direction::to_client); }
};

TEST_CASE("Files are fetched and stored, folders are changed") {
  Talk talk;
  auto const fetched = talk.ask_text("RETR firmware.bin\r\n");
  CHECK(fetched.operation == Operation::file);
  CHECK(fetched.target.name == "firmware.bin");
  CHECK(fetched.fields["command"] == "RETR");
  CHECK(talk.ask_text("dele old\r\n").operation == Operation::write);
  CHECK(talk.ask_text("SITE CHMOD 777 x\r\n").operation == Operation::configure);
}

TEST_CASE("Passwords are never said") {
  Talk talk;
  auto const said = talk.ask_text("PASS secret\r\n");
  CHECK(said.operation == Operation::session);
  for (auto const& [name, value] : said.fields.all) CHECK(value.find("secret") == std::string::npos);
}

TEST_CASE("Replies become states, and the first one says what the server is") {
  Talk talk;
  auto const hello = talk.answer_text("220 plant FTP 1.0\r\n");
  CHECK(hello.fields["server"] == "plant FTP 1.0");
  CHECK(hello.status == Status::ok);
  CHECK(talk.answer_text("530 Not logged in\r\n").status == Status::refused);
  CHECK(talk.answer_text("550 No such file\r\n").status == Status::unknown_object);
  CHECK(talk.answer_text("502 What?\r\n").status == Status::unsupported);
  CHECK(talk.answer_text("426 Closed\r\n").status == Status::failed);
  talk.answer_text(" within a long reply\r\n");
  CHECK(talk.emitted == 0);
}

TEST_CASE("Commands that nobody knows are counted, octets that are no text malformed") {
  Talk talk;
  CHECK_FALSE(talk.ask_text("XYZZY\r\n").malformed);
  CHECK(talk.unknowns["command"].size() == 1);
  CHECK(talk.ask_text("\x01\x02\r\n").malformed);
}

TEST_CASE("Only FTP is claimed: mail and news begin alike") {
  auto const asks = [](std::string_view text) { return dissector.probe(as_bytes(text), Direction::to_server); };
  auto const answers = [](std::string_view text) { return dissector.probe(as_bytes(text), Direction::to_client); };
  CHECK(asks("PASV\r\n") == Likeness::certain);
  CHECK(asks("USER me\r\n") == Likeness::plausible);
  CHECK(answers("227 Entering Passive Mode (192,0,2,2,4,1)\r\n") == Likeness::certain);
  CHECK(answers("220 ready\r\n") == Likeness::plausible);
  for (auto const* foreign : {"EHLO me\r\n", "QUIT\r\n", "RETR 1\r\n", "GET / HTTP/1.1\r\n", "USER me\n", "PASV"})
    CHECK(asks(foreign) == Likeness::no);
  for (auto const* foreign : {"250 OK\r\n", "354 Go\r\n", "+OK\r\n", "221 bye\r\n"})
    CHECK(answers(foreign) == Likeness::no);
}

TEST_CASE("Lines are framed, prefixes ask for more") {
  std::string_view const line = "TYPE I\r\nPASV\r\n";
  CHECK(dissector.frame(as_bytes(line)).length == 8);
  for (std::size_t length = 1; length < 8; ++length)
    CHECK(dissector.frame(as_bytes(line.substr(0, length))).verdict == Frame::Verdict::more);
}

}  // namespace
}  // namespace greywatch::agent::ftp
