#include "agent/dissect/bacnet/bacnet.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/bacnet/message.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::bacnet {
namespace {

using test::Exchange;
using test::octets;

/// In an Original-Unicast-NPDU of the right length; `network` is the NPDU's head.
std::string in_link(std::string const& apdu, std::string const& network = "0104") {
  char head[16];
  std::snprintf(head, sizeof head, "810a%04zx", 4 + octets(network + apdu).size());
  return head + network + apdu;
}

TEST_CASE("A property is read, and the answer is about what was asked") {
  // ASHRAE 135, F.3.5: the present value of analog-input 5.
  Exchange flow(dissector, "bacnet.");
  auto const asked = flow.ask(in_link("0005010c 0c00000005 1955"));
  CHECK(asked.operation == Operation::read);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 12);
  CHECK(asked.target.object == (std::uint64_t{5} << 22 | 85));
  CHECK(asked.target.count == 1);
  CHECK(asked.fields["object"] == "analog-input 5");
  CHECK(asked.fields["property_name"] == "present-value");
  auto const told = flow.answer(in_link("30010c 0c00000005 1955 3e4442909999 3f", "0100"));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.target.object == asked.target.object);
  CHECK(told.fields["present_value.real"] == "72.299995");
  CHECK(told.fields["asked"] == "analog-input 5 present-value");
}

TEST_CASE("An error has the target of its request, and says how it was meant") {
  Exchange flow(dissector, "bacnet.");
  auto const fate = [&](std::string const& error) {
    flow.ask(in_link("0005010f 0c00800001 1955 3e4443340000 3f"));
    return flow.answer(in_link("50010f" + error, "0100"));
  };
  CHECK(fate("9101 911f").status == Status::unknown_object);
  CHECK(fate("9102 9128").status == Status::refused);
  CHECK(fate("9104 9101").status == Status::refused);
  CHECK(fate("9105 912d").status == Status::unsupported);
  auto const refused = fate("9102 9125");
  CHECK(refused.status == Status::failed);
  CHECK(refused.fields["error_class_name"] == "property");
  CHECK(refused.fields["error_code_name"] == "value-out-of-range");
  CHECK(refused.fields["asked"] == "analog-value 1 present-value");
  CHECK(refused.operation == Operation::write);
}

TEST_CASE("Rejects and aborts name the service of their request") {
  Exchange flow(dissector, "bacnet.");
  flow.ask(in_link("0005070c 0c00000005 1955"));
  auto const rejected = flow.answer(in_link("600709", "0100"));
  CHECK(rejected.code == 12);
  CHECK(rejected.status == Status::unsupported);
  CHECK(rejected.fields["service_name"] == "readProperty");
  auto const stray = flow.answer(in_link("710804", "0100"));
  CHECK(stray.code == 0x407);
  CHECK(stray.fields["abort_reason_name"] == "segmentation-not-supported");
}

TEST_CASE("A write has its value and its priority") {
  // ASHRAE 135, F.3.8.
  Exchange flow(dissector, "bacnet.");
  auto const written = flow.ask(in_link("00043b0f 0c00800001 1955 3e4443340000 3f 4908"));
  CHECK(written.operation == Operation::write);
  CHECK(written.value == 180);
  CHECK(written.fields["priority"] == "8");
  CHECK(written.fields["object"] == "analog-value 1");
  CHECK(flow.answer(in_link("203b0f", "0100")).status == Status::ok);
}

TEST_CASE("No write hides behind the first one of WritePropertyMultiple") {
  Exchange flow(dissector, "bacnet.");
  flow.ask(
      in_link("00040110 0c00800005 1e 0955 2e4442860000 2f 1f 0c00800006 1e 0955 2e4442860000 2f 0967 2e9101 2f 1f"));
  REQUIRE(flow.all.size() == 3);
  CHECK(flow.all[0].target.count == 3);
  CHECK(flow.all[1].target.object == ((std::uint64_t{2} << 22 | 6) << 22 | 85));
  CHECK(flow.all[1].value == 67);
  CHECK(flow.all[2].fields["target"] == "analog-value 6 reliability");
  CHECK(flow.all[2].operation == Operation::write);
  CHECK(flow.all[2].value == 1);
}

TEST_CASE("Many properties are read at once, each with its value or its error") {
  Exchange flow(dissector, "bacnet.");
  auto const asked = flow.ask(in_link("0004f10e 0c00000010 1e 0955 0967 1f"));
  CHECK(asked.target.count == 2);
  auto const told = flow.answer(in_link("30f10e 0c00000010 1e 2955 4e4442909999 4f 2967 5e 9102 9120 5f 1f", "0100"));
  CHECK(told.status == Status::ok);
  CHECK(told.fields["property_name"] == "present-value reliability");
  CHECK(told.fields["error_code_name"] == "unknown-property");
}

TEST_CASE("Silencing and restarting devices are commands, and no password is told or kept") {
  Exchange flow(dissector, "bacnet.");
  // "secret" in both.
  auto const silenced = flow.ask(in_link("00040511 0905 1901 2d0700736563726574"));
  CHECK(silenced.operation == Operation::control);
  CHECK(silenced.subcode == 1);
  CHECK(silenced.fields["enable_disable"] == "1");
  CHECK(silenced.fields["duration"] == "5");
  auto const restarted = flow.ask(in_link("00040214 0901 1d0700736563726574"));
  CHECK(restarted.operation == Operation::control);
  CHECK(restarted.fields["reinitialized_state"] == "1");
  for (auto const* said : {&silenced, &restarted})
    for (auto const& [name, text] : said->fields.all) CHECK(text.find("secret") == std::string::npos);
  auto const datagram = octets(in_link("00040214 0901 1d0700736563726574"));
  CHECK(without_secrets(read_message(datagram), datagram).size() == 10);
  CHECK(flow.answer(in_link("500214 9104 911a", "0100")).status == Status::refused);
}

TEST_CASE("A password is not kept either where parameters are no parameters") {
  auto const datagram = octets(in_link("00040214 ff736563726574"));
  auto const message = read_message(datagram);
  CHECK(message.malformed);
  CHECK(without_secrets(message, datagram).size() == 10);
  auto const torn = octets(in_link("8014 736563726574"));
  CHECK(without_secrets(read_message(torn), torn).size() <= 7);
}

TEST_CASE("Passwords that are tried again and again are told once") {
  Exchange flow(dissector, "bacnet.");
  int told = 0;
  auto const attempt = [&](std::string const& answer) {
    flow.ask(in_link("00040214 0901 1d0700736563726574"));
    auto const answered = flow.answer(in_link(answer, "0100"));
    if (answered.rules().empty()) return;
    CHECK(answered.fields["refused_passwords"] == "5");
    told += answered.rules() == "bacnet.password.repeated_failures" ? 1 : 0;
  };
  for (int n = 0; n < 4; ++n) attempt("500214 9104 911a");
  attempt("200214");
  for (int n = 0; n < 4; ++n) attempt("500214 9104 911a");
  CHECK(told == 0);
  for (int n = 0; n < 4; ++n) attempt("500214 9104 911a");
  CHECK(told == 1);
}

TEST_CASE("A device tells the inventory who it is, a router does not") {
  Exchange flow(dissector, "bacnet.");
  auto const known = flow.ask("810b0018 0120ffff00ff 1000 c402000001 2201e0 9101 2163");
  CHECK(known.operation == Operation::diagnose);
  CHECK(known.role == Role::unsolicited);
  CHECK(known.fields["device.identifier"] == "device 1");
  CHECK(known.fields["device.registered_vendor"] == "vendor 99");
  CHECK(known.fields["vendor_id"] == "99");
  auto const behind = flow.ask(in_link("1000 c402000001 2201e0 9101 2163", "0108 0005 01 2a"));
  CHECK(behind.fields["device.identifier"].empty());
  CHECK(behind.fields["instance"] == "1");
  CHECK(behind.target.unit == (5u << 16 | 0x2a));
  flow.ask(in_link("0005010c 0c02000001 1946"));
  CHECK(flow.answer(in_link("30010c 0c02000001 1946 3e 7500 3f", "0100")).malformed);
  flow.ask(in_link("0005010c 0c02000001 1946"));
  auto const model = flow.answer(in_link("30010c 0c02000001 1946 3e 750500 47572d31 3f", "0100"));
  CHECK(model.fields["device.model"] == "GW-1");
}

TEST_CASE("Stations behind a router may use one invoke id at once") {
  Exchange flow(dissector, "bacnet.");
  flow.ask(in_link("0005010c 0c00000001 1955", "0124 0005 01 07 ff"));
  flow.ask(in_link("0005010c 0c00000002 1955", "0124 0005 01 08 ff"));
  CHECK(flow.answer(in_link("50010c 9101 911f", "0108 0005 01 07")).fields["asked"] == "analog-input 1 present-value");
  CHECK(flow.answer(in_link("50010c 9101 911f", "0108 0005 01 08")).fields["asked"] == "analog-input 2 present-value");
}

TEST_CASE("Tables of broadcast managers and foreign devices are told") {
  Exchange flow(dissector, "bacnet.");
  auto const written = flow.ask("8101000e 0a000101 bac0 ffffffff");
  CHECK(written.operation == Operation::configure);
  CHECK(written.fields["link.bdt.address"] == "10.0.1.1");
  CHECK(written.fields["link.bdt.port"] == "47808");
  CHECK(flow.answer("810000060010").status == Status::refused);
  auto const registered = flow.ask("81050006012c");
  CHECK(registered.operation == Operation::session);
  CHECK(registered.fields["link.time_to_live"] == "300");
  CHECK(flow.answer("810000060000").status == Status::ok);
  auto const forwarded = flow.ask("81040012 0a000201bac0 0120ffff00ff 1008");
  CHECK(forwarded.fields["link.forwarded_address"] == "10.0.2.1");
  CHECK(forwarded.fields["service_name"] == "who-Is");
}

TEST_CASE("Routers' messages are told, and a table that is written is configuration") {
  Exchange flow(dissector, "bacnet.");
  CHECK(flow.ask(in_link("01 0005 0006", "0180")).fields["network.network"] == "5 6");
  CHECK(flow.ask(in_link("06 00", "0180")).operation == Operation::read);
  CHECK(flow.ask(in_link("06 01 0005 01 00", "0180")).operation == Operation::configure);
  CHECK(flow.answer(in_link("03 01 0009", "0180")).status == Status::refused);
  CHECK(flow.ask(in_link("06 02 0005 01 00", "0180")).malformed);
  CHECK(flow.ask(in_link("13 0005", "0180")).malformed);
}

TEST_CASE("A stated length that is another one is tolerated, and counted") {
  Exchange flow(dissector, "bacnet.");
  auto const said = flow.ask("810a0011 0104 00040214 0906");
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["link.length"] == "17");
  CHECK(said.fields["reinitialized_state"] == "6");
}

TEST_CASE("Lies of tags are found where they stand") {
  Exchange flow(dissector, "bacnet.");
  auto const why = [&](std::string const& body) { return flow.ask(in_link("0005010f" + body)).malformed; };
  CHECK_FALSE(why("0c00800001 1955 3e4443340000 3f"));
  CHECK(why("0c00800001")->field == "bacnet.property");               // a part that is needed
  CHECK(why("0b008000 1955 3e00 3f")->defect == Defect::bad_length);  // an object of three octets
  CHECK(why("0c00800001 1955 3e4443340000")->field == "closing_tag");
  CHECK(why("0c00800001 1955 3e00 4f")->defect == Defect::bad_value);
  CHECK(why("0c00800001 1955 3e00 3f 3f")->offset == 20);
  CHECK(why("0c00800001 1955 3e 75ff00010000 3f")->defect == Defect::truncated);
  CHECK(why("0c00800001 1955 3e 1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e")->defect == Defect::too_deep);
}

TEST_CASE("Every prefix is refused or understood, never claimed for sure") {
  auto const whole = octets(in_link("00043b0f 0c00800001 1955 3e4443340000 3f 4908"));
  CHECK(dissector.probe(whole, Direction::to_server) == Likeness::certain);
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK(dissector.probe(Bytes(whole).first(n), Direction::to_server) != Likeness::certain);
}

TEST_CASE("Texts are told in every character set, times as people write them") {
  CHECK(text_of(octets("00 41")).view() == "A");
  CHECK(text_of(octets("04 00e4")).view() == "\xC3\xA4");
  CHECK(text_of(octets("05 e4")).view() == "\xC3\xA4");
  CHECK(text_of(octets("03 0001f600")).view() == "\xF0\x9F\x98\x80");
  CHECK(text_of(octets("01 03a4 8251")).view() == "0103a48251");
  CHECK(date_of(octets("7e0b1b05")).view() == "2026-11-27");
  CHECK(date_of(octets("ffff1bff")).view() == "*-*-27");
  CHECK(time_of(octets("172d1e46")).view() == "23:45:30.70");
  CHECK(bits_of(octets("04 a0")).view() == "1010");
}

}  // namespace
}  // namespace greywatch::agent::bacnet
