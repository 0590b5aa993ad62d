#include "agent/dissect/tls/tls.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/tls/hello.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::tls {
namespace {

using test::Exchange;
using test::octets;

std::string hex(std::size_t value, int octets) {
  char text[20];
  std::snprintf(text, sizeof text, "%0*zx", octets * 2, value);
  return text;
}
std::string vector(int width, std::string const& body) { return hex(body.size() / 2, width) + body; }
std::string handshake(std::string const& type, std::string const& body) { return type + vector(3, body); }
std::string record(std::string const& type, std::string const& body) { return type + "0301" + vector(2, body); }
std::string extension(std::string const& type, std::string const& body) { return type + vector(2, body); }

std::string const random_octets(64, '1');
std::string const name_extension = extension("0000",
                                             "0006"
                                             "00"
                                             "0003"
                                             "727475");  // rtu
std::string client_hello(std::string const& extensions, std::string const& session = "") {
  return handshake(
      "01", "0303" + random_octets + vector(1, session) + vector(2, "13011302") + "0100" + vector(2, extensions));
}
std::string server_hello(std::string const& version, std::string const& random, std::string const& extensions,
                         std::string const& session = "") {
  return handshake("02", version + random + vector(1, session) + "1301" + "00" + vector(2, extensions));
}

TEST_CASE("A client hello names its server, versions and protocols") {
  Exchange flow(dissector, "tls.");
  auto const said = flow.ask(record("16", client_hello(name_extension + extension("002b", "0403040303") +
                                                       extension("0010",
                                                                 "0003"
                                                                 "026832"))));
  CHECK(said.operation == Operation::session);
  CHECK(said.code == 22);
  CHECK(said.subcode == 1);
  CHECK(said.target.count == 1);
  CHECK(said.fields["server_name"] == "rtu");
  CHECK(said.fields["cipher_suite"] == "4865 4866");
  CHECK(said.fields["supported_version"] == "772 771");
  CHECK(said.fields["alpn"] == "h2");
  CHECK(said.fields["ja4"].starts_with("t13d0203h2_"));
}

TEST_CASE("A published JA4 is computed") {
  // FoxIO's description of JA4, the example of the TLS client fingerprint.
  std::string suites = "0a0a", extensions;
  for (auto const* suite : {"1301", "1302", "1303", "c02b", "c02f", "c02c", "c030", "cca9", "cca8", "c013", "c014",
                            "009c", "009d", "002f", "0035"})
    suites += suite;
  for (auto const* type :
       {"001b", "0033", "4469", "0017", "000b", "0023", "0012", "ff01", "0005", "0015", "002d", "000a"})
    extensions += extension(type, "");
  extensions = extension("1a1a", "") + name_extension + extensions +
               extension("0010",
                         "0003"
                         "026832") +
               extension("002b", "0403040303") +
               extension("000d",
                         "0010"
                         "0403080404010503080505010806"
                         "0601");
  auto const body = octets("0303" + random_octets + "00" + vector(2, suites) + "0100" + vector(2, extensions));
  Hello hello;
  REQUIRE(read_hello(body, true, hello));
  CHECK(ja4(hello).view() == "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST_CASE("A server hello chooses, and an outdated version is said so") {
  Exchange flow(dissector, "tls.");
  auto const modern = flow.answer(record("16", server_hello("0303", random_octets, extension("002b", "0304"))));
  CHECK(modern.status == Status::ok);
  CHECK(modern.fields["version"] == "TLS 1.3");
  CHECK(modern.fields["outdated_version"].empty());
  auto const old = flow.answer(record("16", server_hello("0301", random_octets, "")));
  CHECK(old.fields["outdated_version"] == "TLS 1.0");
  CHECK(old.fields["ja4s"].starts_with("t100000_1301_"));
}

TEST_CASE("A session is taken up again by its identifier") {
  Exchange flow(dissector, "tls.");
  flow.ask(record("16", client_hello("", "0102")));
  CHECK(flow.answer(record("16", server_hello("0303", random_octets, "", "0102"))).fields["resumed"] == "true");
  CHECK(flow.answer(record("16", server_hello("0303", random_octets, "", "0103"))).fields["resumed"] == "false");
}

TEST_CASE("A downgrade that the server marked is told, where the client offered 1.3") {
  auto const marked = std::string(48, '1') + "444f574e47524401";
  Exchange flow(dissector, "tls.");
  flow.ask(record("16", client_hello(extension("002b", "0403040303"))));
  CHECK(flow.answer(record("16", server_hello("0303", marked, ""))).rules() == "tls.version.downgraded");
  Exchange old(dissector, "tls.");
  old.ask(record("16", client_hello("")));
  CHECK(old.answer(record("16", server_hello("0303", marked, ""))).rules().empty());
}

TEST_CASE("A heartbeat that asks for more than it brings is told") {
  Exchange flow(dissector, "tls.");
  CHECK(flow.ask("1803020003"
                 "014000")
            .rules() == "tls.heartbeat.overread");
  CHECK(flow.ask("1803020016"
                 "010003"
                 "616263" +
                 std::string(32, '0'))
            .rules()
            .empty());
}

TEST_CASE("Handshake messages go on over records, and several are in one") {
  Exchange flow(dissector, "tls.");
  auto const whole = client_hello(name_extension);
  CHECK(flow.ask(record("16", whole.substr(0, 40))).subcode == 0);
  auto const rest = flow.ask(record("16", whole.substr(40)));
  CHECK(rest.subcode == 1);
  CHECK(rest.fields["server_name"] == "rtu");
  flow.answer(record("16", server_hello("0303", random_octets, "") + handshake("0e", "")));
  REQUIRE(flow.all.size() == 2);
  CHECK(flow.all[0].fields["record.length"] != "");
  CHECK(flow.all[1].subcode == 14);
  CHECK(flow.all[1].fields["record.length"].empty());
}

TEST_CASE("Behind a change of the cipher nothing is read") {
  Exchange flow(dissector, "tls.");
  flow.ask("140303000101");
  auto const sealed = flow.ask(record("16", "deadbeefdeadbeef"));
  CHECK_FALSE(sealed.malformed);
  CHECK(sealed.fields["handshake.type"].empty());
  CHECK(flow.ask("1703030010").fields["application_data_octets"] == "16");
}

TEST_CASE("Alerts become states") {
  Exchange flow(dissector, "tls.");
  CHECK(flow.answer("15030100020228").status == Status::unsupported);
  CHECK(flow.answer("15030100020230").status == Status::refused);
  CHECK(flow.answer("15030100020100").status == Status::none);
  CHECK(flow.answer("15030100020250").status == Status::failed);
}

TEST_CASE("A certificate says whose it is") {
  auto const der = [](std::string const& tag, std::string const& body) {
    return tag + (body.size() / 2 > 127 ? "81" + hex(body.size() / 2, 1) : hex(body.size() / 2, 1)) + body;
  };
  auto const name = [&](std::string const& text) {
    return der("30", der("31", der("30", "0603550403" + der("0c", text))));
  };
  auto const body = "a003020102" + der("02", "2004") + der("30", "") + name("4341") +
                    der("30", der("17", "3236303130313030303030305a") + der("18", "32303530303130313030303030305a")) +
                    name("727475");
  auto const certificate = der("30", der("30", body));
  Exchange flow(dissector, "tls.");
  auto const said = flow.answer(record("16", handshake("0b", vector(3, vector(3, certificate)))));
  CHECK(said.fields["certificate.serial"] == "2004");
  CHECK(said.fields["certificate.subject_cn"] == "rtu");
  CHECK(said.fields["certificate.issuer_cn"] == "CA");
  CHECK(said.fields["certificate.not_before"] == "2026-01-01T00:00:00Z");
  CHECK(said.fields["certificate.not_after"] == "2050-01-01T00:00:00Z");
}

TEST_CASE("Each lie of a hello is malformed: lengths of session, suites, extensions") {
  Exchange flow(dissector, "tls.");
  auto const hello = [&](std::string const& rest) {
    return flow.ask(record("16", handshake("01", "0303" + random_octets + rest))).malformed;
  };
  CHECK(hello("ff00")->field == "session_id");
  CHECK(hello("00"
              "0003130113"
              "0100")
            ->field == "cipher_suites");
  CHECK(hello("00"
              "00021301"
              "0500")
            ->field == "compression_methods");
  CHECK(hello("00"
              "00021301"
              "0100"
              "0009")
            ->field == "extensions");
  CHECK(hello("00"
              "00021301"
              "0100"
              "0004"
              "00000005")
            ->field == "extension");
  CHECK(flow.ask(record("16", "ff000000")).malformed->field == "handshake");
}

TEST_CASE("What is not a record is not claimed, prefixes of a hello ask for more") {
  auto const whole = octets(record("16", client_hello(name_extension)));
  CHECK(dissector.probe(whole, Direction::to_server) == Likeness::certain);
  CHECK(dissector.probe(octets("1703030100"), Direction::to_server) == Likeness::plausible);
  CHECK(dissector.probe(octets("1603050100"
                               "01"),
                        Direction::to_server) == Likeness::no);
  CHECK(dissector.probe(octets("1403030001"
                               "02"),
                        Direction::to_server) == Likeness::no);
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(dissector.frame(Bytes(whole).first(length)).verdict == Frame::Verdict::more);
  CHECK(dissector.frame(whole).length == whole.size());
  CHECK(dissector.frame(octets("1703034001")).wanted == 5);
}

}  // namespace
}  // namespace greywatch::agent::tls
