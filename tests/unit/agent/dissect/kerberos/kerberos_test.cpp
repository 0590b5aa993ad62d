#include "agent/dissect/kerberos/kerberos.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::kerberos {
namespace {

/// `value` as hexadecimal digits of so many octets.
std::string hex_of(std::size_t value, int octets) {
  std::string hex;
  for (int at = octets * 2 - 1; at >= 0; --at) hex += "0123456789abcdef"[value >> 4 * at & 15];
  return hex;
}
/// Hexadecimal digits of one element: identifier, length, contents.
std::string element(std::string_view identifier, std::string const& contents) {
  auto const octets = contents.size() / 2;
  return std::string(identifier) + (octets < 128 ? hex_of(octets, 1) : "82" + hex_of(octets, 2)) + contents;
}
std::string digits(std::string_view text) {
  std::string hex;
  for (char letter : text) hex += hex_of(static_cast<unsigned char>(letter), 1);
  return hex;
}
std::string number(unsigned value) { return element("02", hex_of(value, 3)); }
std::string text(std::string_view value) { return element("1b", digits(value)); }
std::string sequence(std::string const& contents) { return element("30", contents); }
std::string principal(unsigned kind, std::string_view one, std::string_view two = {}) {
  auto names = text(one);
  if (!two.empty()) names += text(two);
  return sequence(element("a0", number(kind)) + element("a1", sequence(names)));
}
std::string encrypted(unsigned etype) {
  return sequence(element("a0", number(etype)) + element("a1", number(3)) + element("a2", "0404deadbeef"));
}
std::string ticket(unsigned etype) {
  return element("61", sequence(element("a0", number(5)) + element("a1", text("GRID")) +
                                element("a2", principal(2, "krbtgt", "GRID")) + element("a3", encrypted(etype))));
}
std::string padata(unsigned type, std::string const& value) {
  return sequence(element("a1", number(type)) + element("a2", element("04", value)));
}
/// Versions and types are one octet each, as stacks write them.
std::string small(unsigned value) { return element("02", hex_of(value, 1)); }
std::string as_req(std::string_view user, std::string const& preauthentication, std::vector<unsigned> const& etypes) {
  std::string list;
  for (auto each : etypes) list += number(each);
  auto const body = element("a0", "03050040810010") + element("a1", principal(1, user)) + element("a2", text("GRID")) +
                    element("a3", principal(2, "krbtgt", "GRID")) +
                    element("a5", element("18", digits("20370913024805Z"))) + element("a7", number(99)) +
                    element("a8", sequence(list));
  return element("6a", sequence(element("a1", small(5)) + element("a2", small(10)) +
                                element("a3", sequence(preauthentication)) + element("a4", sequence(body))));
}
std::string as_rep(unsigned etype) {
  return element("6b", sequence(element("a0", small(5)) + element("a1", small(11)) + element("a3", text("GRID")) +
                                element("a4", principal(1, "ann")) + element("a5", ticket(etype)) +
                                element("a6", encrypted(etype))));
}
std::string error(unsigned code) {
  return element("7e", sequence(element("a0", small(5)) + element("a1", small(30)) +
                                element("a4", element("18", digits("20231114221320Z"))) + element("a5", number(17)) +
                                element("a6", small(code)) + element("a9", text("GRID")) +
                                element("aa", principal(2, "krbtgt", "GRID")) + element("ab", text("no"))));
}
std::string const stamp = padata(2, encrypted(18));

struct Talk : test::Exchange {
  Talk() : Exchange(udp_dissector, "kerberos.") {}
};

TEST_CASE("a request for a ticket names who asks, what for and by which encryption", "[dissect][kerberos]") {
  Talk talk;
  auto const said = talk.ask(as_req("ann", stamp, {18, 23}));
  CHECK_FALSE(said.malformed);
  CHECK(said.operation == Operation::read);
  CHECK(said.role == Role::request);
  CHECK(said.code == 10);
  CHECK(said.target.name == "ann@GRID");
  CHECK(said.fields["client"] == "ann");
  CHECK(said.fields["server"] == "krbtgt/GRID");
  CHECK(said.fields["requested_etype"] == "18 23");
  CHECK(said.fields["requested_etype_name"] == "aes256-cts-hmac-sha1-96 rc4-hmac");
  CHECK(said.fields["kdc_option"] == "forwardable renewable canonicalize renewable_ok");
  CHECK(said.fields["till"] == "2037-09-13T02:48:05Z");
  CHECK(said.fields["preauthentication_etype"] == "18");
  CHECK(said.rules().empty());
}

TEST_CASE("a ticket names its realm, which is the realm of whose host it is", "[dissect][kerberos]") {
  Talk talk;
  talk.ask(as_req("ann", stamp, {18}));
  auto const said = talk.answer(as_rep(23));
  CHECK(said.status == Status::ok);
  CHECK(said.fields["ticket.etype_name"] == "rc4-hmac");
  CHECK(said.fields["ticket.kvno"] == "3");
  CHECK(said.fields["kdc_realm"] == "GRID");
  CHECK(said.rules().empty());
}

TEST_CASE("a ticket given to who proved nothing breaks a rule; one that was asked again with proof does not",
          "[dissect][kerberos]") {
  Talk talk;
  talk.ask(as_req("ann", padata(149, ""), {18}));
  CHECK(talk.answer(as_rep(18)).rules() == "kerberos.ticket.without_preauthentication");
  talk.ask(as_req("ann", "", {18}));
  CHECK(talk.answer(error(25)).status == Status::ok);
  talk.ask(as_req("ann", stamp, {18}));
  CHECK(talk.answer(as_rep(18)).rules().empty());
  talk.ask(as_req("ann", "", {18}));
  talk.lose(Direction::to_server);
  CHECK(talk.answer(as_rep(18)).rules().empty());
}

TEST_CASE("who offers nothing but deprecated encryption breaks a rule", "[dissect][kerberos]") {
  Talk talk;
  CHECK(talk.ask(as_req("ann", stamp, {23, 3})).rules() == "kerberos.encryption.weak_only");
  CHECK(talk.ask(as_req("ann", stamp, {23, 77})).rules().empty());
  CHECK(talk.unknowns["etype"] == std::vector<std::uint32_t>{77});
}

TEST_CASE("errors have names, and say what they mean for who asked", "[dissect][kerberos]") {
  Talk talk;
  auto const unknown = talk.answer(error(6));
  CHECK(unknown.subcode == 6);
  CHECK(unknown.status == Status::unknown_object);
  CHECK(unknown.fields["error"] == "KDC_ERR_C_PRINCIPAL_UNKNOWN");
  CHECK(unknown.fields["error_text"] == "no");
  CHECK(talk.answer(error(14)).status == Status::unsupported);
  CHECK(talk.answer(error(24)).status == Status::refused);
  CHECK(talk.answer(error(60)).status == Status::failed);
  CHECK(talk.answer(error(79)).fields["error"].empty());
  CHECK(talk.unknowns["error_code"] == std::vector<std::uint32_t>{79});
}

TEST_CASE("who goes on after five refused logons breaks a rule", "[dissect][kerberos]") {
  Talk talk;
  for (int n = 0; n < 5; ++n) {
    CHECK(talk.ask(as_req("ann", stamp, {18})).rules().empty());
    talk.answer(error(24));
  }
  auto const said = talk.ask(as_req("bob", stamp, {18}));
  CHECK(said.rules() == "kerberos.logon.repeated_failures");
  CHECK(said.fields["logon_failures"] == "5");
  talk.now += std::chrono::minutes(11);
  CHECK(talk.ask(as_req("bob", stamp, {18})).rules().empty());
}

TEST_CASE("every prefix of a message is malformed at a place inside it", "[dissect][kerberos]") {
  auto const whole = test::octets(as_req("ann", stamp, {18}));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    Talk talk;
    auto const said = talk.say(Bytes(whole).first(n), Direction::to_server);
    REQUIRE(said.malformed);
    CHECK(said.malformed->offset <= n);
    CHECK(said.status == Status::malformed);
  }
}

TEST_CASE("a type that is another than the standard's is a defect where it stands", "[dissect][kerberos]") {
  Talk talk;
  // The realm of an error as an integer.
  auto const wrong = element(
      "7e", sequence(element("a0", small(5)) + element("a1", small(30)) + element("a9", sequence(text("GRID")))));
  auto const said = talk.answer(wrong);
  REQUIRE(said.malformed);
  CHECK(said.malformed->defect == Defect::bad_value);
  CHECK(said.malformed->offset == 18);
}

TEST_CASE("a change of a password is told as such", "[dissect][kerberos]") {
  Talk talk;
  auto const ap =
      element("6e", sequence(element("a0", small(5)) + element("a1", small(14)) + element("a2", "03050000000000") +
                             element("a3", ticket(18)) + element("a4", encrypted(18))));
  auto const priv =
      element("75", sequence(element("a0", small(5)) + element("a1", small(21)) + element("a3", encrypted(18))));
  auto const head = hex_of(6 + (ap.size() + priv.size()) / 2, 2) + "ff80" + hex_of(ap.size() / 2, 2);
  auto const said = talk.ask(head + ap + priv);
  CHECK_FALSE(said.malformed);
  CHECK(said.code == 256);
  CHECK(said.operation == Operation::session);
  CHECK(said.target.name == "krbtgt/GRID@GRID");
  CHECK(said.fields["private.etype"] == "18");
  CHECK(udp_dissector.probe(test::octets(head + ap + priv), Direction::to_server) == Likeness::certain);
}

TEST_CASE("tags and lengths must agree down to the version", "[dissect][kerberos]") {
  auto const like = [](std::string const& hex) { return udp_dissector.probe(test::octets(hex), Direction::to_server); };
  CHECK(like(as_req("ann", stamp, {18})) == Likeness::certain);
  CHECK(like(error(6)) == Likeness::certain);
  CHECK(like(error(6) + "00") == Likeness::no);
  CHECK(like("7e0b3009a003020104a10302011e") == Likeness::no);
  CHECK(udp_dissector.probe(as_bytes("GET / HTTP/1.1\r\n"), Direction::to_server) == Likeness::no);
}

TEST_CASE("over TCP a message has its length in front", "[dissect][kerberos]") {
  auto const message = error(6);
  auto const head = hex_of(message.size() / 2, 4);
  auto const whole = test::octets(head + message);
  CHECK(tcp_dissector.probe(whole, Direction::to_client) == Likeness::certain);
  CHECK(tcp_dissector.probe(Bytes(whole).first(30), Direction::to_client) == Likeness::certain);
  CHECK(tcp_dissector.probe(Bytes(whole).first(10), Direction::to_client) == Likeness::more);
  CHECK(tcp_dissector.frame(whole).length == whole.size());
  CHECK(tcp_dissector.frame(Bytes(whole).first(3)).verdict == Frame::Verdict::more);
  CHECK(tcp_dissector.frame(test::octets("80000010")).verdict == Frame::Verdict::lost);
  test::Exchange talk(tcp_dissector, "kerberos.");
  CHECK(talk.say(whole, Direction::to_client).fields["record_length"] == std::to_string(message.size() / 2));
}

}  // namespace
}  // namespace greywatch::agent::kerberos
