#include "agent/dissect/telnet/telnet.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::telnet {
namespace {

using test::Exchange;
using test::octets;

TEST_CASE("Options are offered and their parameters told") {
  Exchange flow(dissector, "telnet.");
  auto const said = flow.ask(
      "fffd03"
      "fffb18"
      "fffa18"
      "0078"
      "fff0");
  CHECK(said.operation == Operation::session);
  CHECK(said.code == 253);
  CHECK(said.subcode == 3);
  CHECK(said.fields["command"] == "253 251 250 240");
  CHECK(said.fields["option"] == "3 24 24");
  CHECK(said.fields["text_octets"] == "0");
}

TEST_CASE("A log-in is seen, and never what is typed") {
  Exchange flow(dissector, "telnet.");
  auto const text = [&](std::string_view some, Direction way) { return flow.say(as_bytes(some), way); };
  CHECK(text("rtu login: ", Direction::to_client).fields["prompt"] == "name");
  auto const asked = text("\r\nPassword:", Direction::to_client);
  CHECK(asked.fields["prompt"] == "password");
  CHECK(asked.operation == Operation::session);
  auto const typed = text("secret\r\n", Direction::to_server);
  CHECK(typed.operation == Operation::other);
  CHECK(typed.fields["text_octets"] == "8");
  for (auto const& [name, value] : typed.fields.all) CHECK(value.find("secret") == std::string::npos);
}

TEST_CASE("An octet of 255 in the text is text, a command may be cut off") {
  Exchange flow(dissector, "telnet.");
  CHECK(flow.ask("61ffff62").code == 0);
  CHECK_FALSE(flow.ask("ff").malformed);
  CHECK(flow.ask("fffa18").fields["command"] == "250");
}

TEST_CASE("Only negotiation is claimed") {
  auto const probe = [](std::string const& hex) { return dissector.probe(octets(hex), Direction::to_server); };
  CHECK(probe("fffd03fffb18") == Likeness::certain);
  CHECK(probe("fffd03") == Likeness::plausible);
  CHECK(probe("fffd90fffb18") == Likeness::no);
  CHECK(probe("fff4") == Likeness::no);
  CHECK(probe("6c6f67696e3a") == Likeness::no);
  CHECK(probe("fffd") == Likeness::no);
  CHECK(probe("") == Likeness::no);
}

}  // namespace
}  // namespace greywatch::agent::telnet
