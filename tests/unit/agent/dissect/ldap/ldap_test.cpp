#include "agent/dissect/ldap/ldap.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/ldap/filter.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::ldap {
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
std::string text(std::string_view value, std::string_view identifier = "04") {
  std::string hex;
  for (char letter : value) hex += hex_of(static_cast<unsigned char>(letter), 1);
  return element(identifier, hex);
}
std::string small(unsigned value, std::string_view identifier = "02") { return element(identifier, hex_of(value, 1)); }
std::string message(unsigned id, std::string const& operation, std::string const& controls = {}) {
  return element("30", small(id) + operation + (controls.empty() ? "" : element("a0", controls)));
}
std::string result(std::string_view op, unsigned code) {
  return element(op, small(code, "0a") + text("dc=grid") + text("no"));
}
std::string simple_bind(unsigned id, std::string_view password) {
  return message(id, element("60", small(3) + text("cn=ann") + text(password, "80")));
}
std::string search(unsigned id, std::string const& filter) {
  return message(id, element("63", text("dc=grid") + small(2, "0a") + small(0, "0a") + small(9) + small(5) +
                                       small(0, "01") + filter + element("30", text("cn") + text("mail"))));
}
std::string compared(std::string_view kind, std::string_view name, std::string_view value) {
  return element(kind, text(name) + text(value));
}
std::string extended(unsigned id, std::string_view oid) { return message(id, element("77", text(oid, "80"))); }

struct Talk : test::Exchange {
  Talk() : Exchange(tcp_dissector, "ldap.") {}
  void hand_on() override { handed_on = true; }
  bool handed_on = false;
};

TEST_CASE("a bind names who and how, and never the password", "[dissect][ldap]") {
  Talk talk;
  auto const said = talk.ask(simple_bind(1, "hunter2"));
  CHECK(said.operation == Operation::session);
  CHECK(said.target.name == "cn=ann");
  CHECK(said.fields["bind.version"] == "3");
  CHECK(said.fields["bind.password"] == "true");
  for (auto const& [name, value] : said.fields.all) CHECK(value.find("hunter2") == std::string::npos);
  auto const sasl = talk.ask(message(2, element("60", small(3) + text("") + element("a3", text("GSSAPI")))));
  CHECK(sasl.fields["bind.mechanism"] == "GSSAPI");
  CHECK(sasl.rules().empty());
}

TEST_CASE("a password in clear breaks a rule, an anonymous bind does not", "[dissect][ldap]") {
  Talk talk;
  CHECK(talk.ask(simple_bind(1, "x")).rules() == "ldap.bind.password_in_clear");
  CHECK(talk.ask(simple_bind(1, "")).rules().empty());
}

TEST_CASE("who goes on after five refused binds breaks a rule", "[dissect][ldap]") {
  Talk talk;
  for (unsigned n = 0; n < 5; ++n) {
    talk.ask(simple_bind(n, ""));
    auto const refused = talk.answer(message(n, result("61", 49)));
    CHECK(refused.status == Status::refused);
    CHECK(refused.fields["result"] == "invalidCredentials");
    CHECK(refused.fields["bind.failures"] == std::to_string(n + 1));
  }
  CHECK(talk.ask(simple_bind(9, "")).rules() == "ldap.bind.repeated_failures");
}

TEST_CASE("a search names base, scope, limits, filter and attributes", "[dissect][ldap]") {
  Talk talk;
  auto const said = talk.ask(search(7, compared("a3", "cn", "ann")));
  CHECK(said.operation == Operation::read);
  CHECK(said.target.name == "dc=grid");
  CHECK(said.fields["search.scope"] == "2");
  CHECK(said.fields["search.size_limit"] == "9");
  CHECK(said.fields["search.time_limit"] == "5");
  CHECK(said.fields["search.filter"] == "(cn=ann)");
  CHECK(said.fields["search.attribute"] == "cn mail");
}

TEST_CASE("an end of a search tells how many entries it brought", "[dissect][ldap]") {
  Talk talk;
  talk.ask(search(7, compared("a3", "cn", "ann")));
  auto const entry =
      element("64", text("cn=ann") + element("30", element("30", text("mail") + element("31", text("secret")))));
  auto const one = talk.answer(message(7, entry));
  CHECK(one.fields["entry"] == "cn=ann");
  CHECK(one.fields["attribute"] == "mail");
  CHECK(one.fields["asked"] == "search");
  for (auto const& [name, value] : one.fields.all) CHECK(value.find("secret") == std::string::npos);
  talk.answer(message(7, entry));
  talk.answer(message(8, entry));  // of another search
  auto const end = talk.answer(message(7, result("65", 32)));
  CHECK(end.fields["entries"] == "2");
  CHECK(end.status == Status::unknown_object);
  CHECK(end.subcode == 32);
  talk.ask(search(7, compared("a3", "cn", "ann")));
  talk.lose(Direction::to_client);
  CHECK(talk.answer(message(7, result("65", 0))).fields["entries"].empty());
}

TEST_CASE("filters are written as RFC 4515 does", "[dissect][ldap]") {
  auto const written = [](std::string const& hex) {
    auto const octets = test::octets(hex);
    return std::string(filter_text(*asn1::BerReader(Bytes(octets)).next()).view());
  };
  CHECK(written(element("a0",
                        text("objectClass", "87") + element("a1", compared("a5", "a", "1") + compared("a6", "b", "2")) +
                            element("a2", compared("a8", "c", "3")))) == "(&(objectClass=*)(|(a>=1)(b<=2))(!(c~=3)))");
  CHECK(written(element("a4", text("cn") + element("30", text("a", "80") + text("b", "81") + text("c", "82")))) ==
        "(cn=a*b*c)");
  CHECK(written(element("a4", text("cn") + element("30", text("b", "81")))) == "(cn=*b*)");
  CHECK(written(element("a9", text("1.2", "81") + text("x", "82") + text("4", "83"))) == "(x:1.2:=4)");
  CHECK(written(compared("a3", "cn", "a*(b)")) == "(cn=a\\2a\\28b\\29)");
  CHECK(written(compared("a3", "userpassword", "hunter2")) == "(userpassword=)");
}

TEST_CASE("a filter as deep as it likes is written sixteen levels deep", "[dissect][ldap]") {
  std::string deep = text("cn", "87");
  for (int n = 0; n < 40; ++n) deep = element("a2", deep);
  auto const octets = test::octets(deep);
  CHECK(filter_text(*asn1::BerReader(Bytes(octets)).next()).size() == 16 * 3);
}

TEST_CASE("changes of the directory are writes, and break a rule until they are a habit", "[dissect][ldap]") {
  Talk talk;
  auto const attribute = element("30", text("member") + element("31", text("x")));
  auto const modified =
      talk.ask(message(3, element("66", text("cn=g") + element("30", element("30", small(0, "0a") + attribute)))));
  CHECK(modified.operation == Operation::write);
  CHECK(modified.rules() == "ldap.directory.modified");
  CHECK(modified.fields["object"] == "cn=g");
  CHECK(modified.fields["change"] == "0");
  CHECK(modified.fields["attribute"] == "member");
  CHECK(talk.ask(message(4, text("cn=g", "4a"))).fields["object"] == "cn=g");
  auto const moved =
      talk.ask(message(5, element("6c", text("cn=g") + text("cn=h") + small(255, "01") + text("ou=x", "80"))));
  CHECK(moved.fields["new_rdn"] == "cn=h");
  CHECK(moved.fields["new_superior"] == "ou=x");
  CHECK(moved.fields["delete_old_rdn"] == "true");
  CHECK(talk.answer(message(5, result("6d", 50))).status == Status::refused);
}

TEST_CASE("when StartTLS is granted the flow is handed on", "[dissect][ldap]") {
  Talk talk;
  CHECK(talk.ask(extended(1, "1.3.6.1.4.1.1466.20037")).fields["extension"] == "startTLS");
  talk.answer(message(1, result("78", 2)));
  CHECK_FALSE(talk.handed_on);
  talk.ask(extended(2, "1.3.6.1.4.1.1466.20037"));
  talk.answer(message(2, result("78", 0)));
  CHECK(talk.handed_on);
}

TEST_CASE("buffers that SASL wrapped are seen as such", "[dissect][ldap]") {
  Talk talk;
  auto const buffer = test::octets("00000020 0001020304");
  CHECK(tcp_dissector.frame_in(buffer, Direction::to_server, &talk.session<int>()).verdict == Frame::Verdict::lost);
  talk.ask(message(1, element("60", small(3) + text("") + element("a3", text("DIGEST-MD5")))));
  auto const frame = tcp_dissector.frame_in(buffer, Direction::to_server, &talk.session<int>());
  CHECK(frame.length == 36);
  CHECK(frame.wanted == 8);
  auto const said = talk.say(Bytes(buffer).first(8), Direction::to_server);
  CHECK(said.code == 512);
  CHECK(said.fields["sasl_length"] == "32");
}

TEST_CASE("every prefix of a message waits for more or is malformed at a place inside it", "[dissect][ldap]") {
  auto const whole = test::octets(search(7, compared("a3", "cn", "ann")));
  for (std::size_t n = 1; n < whole.size(); ++n) {
    test::Exchange talk(udp_dissector, "ldap.");
    auto const said = talk.say(Bytes(whole).first(n), Direction::to_server);
    REQUIRE(said.malformed);
    CHECK(said.malformed->offset <= n);
  }
}

TEST_CASE("a long message is read by its front", "[dissect][ldap]") {
  Talk talk;
  auto const front =
      test::octets("30 84 00100000 020107 64 84 000ffff6 04 02 636e 30 84 000fffea 30 84 00000100 04 01 61 00");
  auto const frame = tcp_dissector.frame_in(front, Direction::to_client, &talk.session<int>());
  CHECK(frame.length == 0x100000 + 6);
  CHECK(frame.wanted == 16 * 1024);
  auto const said = talk.say(front, Direction::to_client);
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["entry"] == "cn");
  CHECK(said.fields["cut"] == "true");
}

TEST_CASE("an answer without connection may hold several messages", "[dissect][ldap]") {
  test::Exchange talk(udp_dissector, "ldap.");
  talk.answer(message(7, element("64", text("") + element("30", ""))) + message(7, result("65", 0)));
  CHECK(talk.emitted == 2);
}

TEST_CASE("a server that tells of itself enters the inventory", "[dissect][ldap]") {
  Talk talk;
  auto const told = [](std::string_view type, std::string_view value) {
    return element("30", text(type) + element("31", text(value)));
  };
  auto const said =
      talk.answer(message(2, element("64", text("") + element("30", told("dnsHostName", "dc1.grid") +
                                                                        told("defaultNamingContext", "dc=grid")))));
  CHECK(said.fields["root.host_name"] == "dc1.grid");
  CHECK(said.fields["root.naming_context"] == "dc=grid");
}

TEST_CASE("only an operation of the standard in its right form is LDAP", "[dissect][ldap]") {
  auto const like = [](std::string const& hex) { return udp_dissector.probe(test::octets(hex), Direction::to_server); };
  CHECK(like(search(7, text("cn", "87"))) == Likeness::certain);
  CHECK(like("3005 020103 4200") == Likeness::plausible);
  CHECK(like("3006 020103 620100") == Likeness::no);  // an unbind with contents
  // SNMP begins alike: version, then a community.
  CHECK(like("3029 020100 0406 7075626c6963 a01c 0204 00000001 020100 020100 300e 300c 0608 2b06010201010100 0500") ==
        Likeness::no);
  CHECK(udp_dissector.probe(as_bytes("0 is no LDAP at all"), Direction::to_server) == Likeness::no);
}

}  // namespace
}  // namespace greywatch::agent::ldap
