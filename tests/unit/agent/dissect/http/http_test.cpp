#include "agent/dissect/http/http.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/http/head.hpp"
#include "agent/dissect/http/session.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::http {
namespace {

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "http.") {}
  test::SaidMessage ask_text(std::string_view text) { return say(as_bytes(text), Direction::to_server); }
  test::SaidMessage answer_text(std::string_view text) { return say(as_bytes(text), Direction::to_client); }
  Frame frame(std::string_view text, Direction way = Direction::to_client) {
    return dissector.frame_in(as_bytes(text), way, &session<Session>());
  }
};

TEST_CASE("A request names its path, an answer its server and status") {
  Talk talk;
  auto const asked = talk.ask_text("GET /unit/7?v=1 HTTP/1.1\r\nHost: rtu.example\r\nUser-Agent: poll/1.0\r\n\r\n");
  CHECK(asked.operation == Operation::read);
  CHECK(asked.code == 1);
  CHECK(asked.target.name == "/unit/7");
  CHECK(asked.fields["request.target"] == "/unit/7?v=1");
  CHECK(asked.fields["host"] == "rtu.example");
  CHECK(asked.fields["user_agent"] == "poll/1.0");
  auto const told = talk.answer_text("HTTP/1.1 404 Not Found\r\nserver: embedded\r\ncontent-length: 5\r\n\r\n");
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::unknown_object);
  CHECK(told.code == 404);
  CHECK(told.fields["server"] == "embedded");
  CHECK(told.fields["content_length"] == "5");
}

TEST_CASE("Who logs in shows how, and never with what") {
  Talk talk;
  auto const said = talk.ask_text("POST /login HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\n\r\n");
  CHECK(said.operation == Operation::write);
  CHECK(said.fields["authorization_scheme"] == "Basic");
  for (auto const& [name, value] : said.fields.all) CHECK(value.find("c2VjcmV0") == std::string::npos);
}

TEST_CASE("Bodies are passed over by their length") {
  Talk talk;
  std::string const head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
  auto const framed = talk.frame(head);
  CHECK(framed.length == head.size() + 1000);
  CHECK(framed.wanted == head.size());
  CHECK(talk.frame("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n").length == 46);
  CHECK(talk.frame("HTTP/1.0 200 OK\r\n\r\n").length == UINT32_MAX);
  talk.ask_text("HEAD / HTTP/1.1\r\n\r\n");
  CHECK(talk.frame(head).length == head.size());
}

TEST_CASE("Chunks are passed over one by one, then a head comes again") {
  Talk talk;
  talk.ask_text("GET / HTTP/1.1\r\n\r\n");
  talk.answer_text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto const chunk = talk.frame("1f;x=y\r\n");
  CHECK(chunk.length == 8 + 31 + 2);
  CHECK(chunk.wanted == 8);
  CHECK(talk.frame("zz\r\n").verdict == Frame::Verdict::lost);
  talk.answer_text("1f;x=y\r\n");
  CHECK(talk.emitted == 0);
  CHECK(talk.frame("0\r\n").verdict == Frame::Verdict::more);
  CHECK(talk.frame("0\r\nTrailer: x\r\n\r\n").length == 17);
  talk.answer_text("0\r\n\r\n");
  CHECK(talk.frame("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").length == 38);
}

TEST_CASE("What follows an upgrade or a tunnel is no HTTP") {
  Talk talk;
  talk.ask_text("CONNECT a:1 HTTP/1.1\r\n\r\n");
  talk.answer_text("HTTP/1.1 200 OK\r\n\r\n");
  CHECK(talk.frame("x").length == UINT32_MAX);
  talk.answer_text("x");
  CHECK(talk.emitted == 0);
}

TEST_CASE("Lengths that contradict each other are malformed") {
  Talk talk;
  auto const said = talk.ask_text("POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n");
  REQUIRE(said.malformed);
  CHECK(said.malformed->field == "content_length");
  CHECK(talk.ask_text("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n").malformed);
}

TEST_CASE("A head without an end is thrown away in large pieces, not line by line") {
  Talk talk;
  std::string lines;
  while (lines.size() < most_head) lines += "HTTP/1.1 200\r\n";
  CHECK(talk.frame(lines.substr(0, most_head - 1)).verdict == Frame::Verdict::more);
  auto const frame = talk.frame(lines);
  CHECK(frame.verdict == Frame::Verdict::lost);
  CHECK(frame.length == most_head / 2);
}

TEST_CASE("Only HTTP is claimed, and prefixes ask for more") {
  std::string_view const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  auto const probe = [](std::string_view text) { return dissector.probe(as_bytes(text), Direction::to_server); };
  CHECK(probe(request) == Likeness::certain);
  CHECK(probe("GET /long") == Likeness::more);
  CHECK(probe("HTTP/1.1 2") == Likeness::more);
  for (auto const* foreign :
       {"GET / RTSP/1.0\r\n", "SIP/2.0 200 OK\r\n", "USER me\r\n", "220 ready\r\n", "HTTP/2.0 200\r\n",
        "get / HTTP/1.1\r\n", "HTTP/1.1 20\r\n", "GET HTTP/1.1\r\n", "\r\n", ""})
    CHECK(probe(foreign) == Likeness::no);
  Talk talk;
  for (std::size_t length = 1; length < request.size(); ++length)
    CHECK(talk.frame(request.substr(0, length), Direction::to_server).verdict == Frame::Verdict::more);
}

}  // namespace
}  // namespace greywatch::agent::http
