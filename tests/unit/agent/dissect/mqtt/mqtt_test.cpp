#include "agent/dissect/mqtt/mqtt.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::mqtt {
namespace {

/// "text" behind its length of two octets, as hexadecimal digits.
std::string counted(std::string_view text) {
  std::string hex;
  char digits[8];
  std::snprintf(digits, sizeof digits, "%04zx", text.size());
  hex = digits;
  for (char letter : text) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(letter));
    hex += digits;
  }
  return hex;
}
/// A packet below 128 octets from its first octet and its body.
std::string packet(std::string_view first, std::string const& body) {
  return std::string(first) + counted(std::string(body.size() / 2, ' ')).substr(2, 2) + body;
}
std::string connect_of(std::string_view level, std::string_view flags, std::string const& rest) {
  return packet("10", counted("MQTT") + std::string(level) + std::string(flags) + "003c" + rest);
}
std::string publish(std::string const& topic, std::string const& payload, std::string_view first = "30") {
  auto const body = counted(topic);
  return packet(first, body + counted(payload).substr(4));
}

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "mqtt.") {}
};

TEST_CASE("a connection names its client, its user and whether there is a password, never the password",
          "[dissect][mqtt]") {
  Talk talk;
  auto const said = talk.ask(connect_of("04", "c2", counted("meter-7") + counted("field") + counted("hunter2")));
  CHECK(said.operation == Operation::session);
  CHECK(said.subcode == 4);
  CHECK(said.fields["client_id"] == "meter-7");
  CHECK(said.fields["user_name"] == "field");
  CHECK(said.fields["password"] == "true");
  CHECK(said.fields["keep_alive"] == "60");
  for (auto const& [name, text] : said.fields.all) CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("a broker that lets nobody in has refused", "[dissect][mqtt]") {
  Talk talk;
  talk.ask(connect_of("04", "02", counted("a")));
  CHECK(talk.answer("20 02 00 05").status == Status::refused);
  CHECK(talk.answer("20 02 00 01").status == Status::unsupported);
  CHECK(talk.answer("20 02 01 00").status == Status::ok);
  Talk five;
  five.ask(connect_of("05", "02", "00" + counted("a")));
  CHECK(five.answer("20 03 00 87 00").status == Status::refused);
  CHECK(five.answer("20 03 00 84 00").status == Status::unsupported);
}

TEST_CASE("what is published names its topic, and a number is its value", "[dissect][mqtt]") {
  Talk talk;
  auto const up = talk.ask(publish("plant/3/power", "48.25"));
  CHECK(up.operation == Operation::write);
  CHECK(up.role == Role::unsolicited);
  CHECK(up.target.name == "plant/3/power");
  CHECK(up.value == 48.25);
  auto const down = talk.answer(publish("plant/3/power", "on"));
  CHECK(down.operation == Operation::report);
  CHECK_FALSE(down.value);
  CHECK(down.fields["payload"] == "on");
  // QoS 1 wants an answer.
  auto const sure = talk.ask(packet("32", counted("a/b") + "0009" + "31"));
  CHECK(sure.role == Role::request);
  CHECK(sure.fields["packet_id"] == "9");
  CHECK(talk.answer("40 02 0009").status == Status::ok);
  CHECK(talk.answer("40 03 0009 87").status == Status::refused);
}

TEST_CASE("a payload that is long or binary is counted, not shown", "[dissect][mqtt]") {
  Talk talk;
  auto const binary = talk.ask(packet("30", counted("t") + "0001ff"));
  CHECK(binary.fields["payload"].empty());
  CHECK(binary.fields["payload_length"] == "3");
}

TEST_CASE("Sparkplug's commands are control, its data are not", "[dissect][mqtt]") {
  Talk talk;
  auto const command = talk.answer(publish("spBv1.0/north/DCMD/edge-1/breaker", "x"));
  CHECK(command.operation == Operation::control);
  CHECK(command.fields["sparkplug.group"] == "north");
  CHECK(command.fields["sparkplug.node"] == "edge-1");
  CHECK(command.fields["sparkplug.device"] == "breaker");
  CHECK(talk.ask(publish("spBv1.0/north/NDATA/edge-1", "x")).operation == Operation::write);
}

TEST_CASE("a subscription names its filters, and each may be refused", "[dissect][mqtt]") {
  Talk talk;
  auto const asked = talk.ask(packet("82", "0001" + counted("plant/#") + "00" + counted("$SYS/#") + "01"));
  CHECK(asked.operation == Operation::read);
  CHECK(asked.target.name == "plant/#");
  CHECK(asked.target.count == 2);
  CHECK(asked.fields["topic"] == "plant/# $SYS/#");
  CHECK(talk.answer("90 04 0001 00 80").status == Status::refused);
  CHECK(talk.answer("90 04 0001 00 01").status == Status::ok);
}

TEST_CASE("in version 5 an alias stands for the topic told last", "[dissect][mqtt]") {
  Talk talk;
  talk.ask(connect_of("05", "02", "00" + counted("a")));
  talk.ask(packet("30", counted("grid/f") + "03230005" + "31"));
  auto const again = talk.ask(packet("30",
                                     "0000"
                                     "03230005"
                                     "32"));
  CHECK(again.target.name == "grid/f");
  CHECK(again.value == 2.0);
  talk.ask(packet("30", counted("grid/u") + "03230005" + "31"));
  CHECK(talk.ask(packet("30",
                        "0000"
                        "03230005"
                        "32"))
            .target.name == "grid/u");
  CHECK(talk.ask(packet("30",
                        "0000"
                        "03230006"
                        "32"))
            .target.name.empty());
}

TEST_CASE("after a gap an alias stands for nothing until it is told again", "[dissect][mqtt]") {
  Talk talk;
  talk.ask(connect_of("05", "02", "00" + counted("a")));
  talk.ask(packet("30", counted("grid/f") + "03230005" + "31"));
  talk.lose(Direction::to_server);
  CHECK(talk.ask(packet("30",
                        "0000"
                        "03230005"
                        "32"))
            .target.name.empty());
}

TEST_CASE("a client that names ever more topics makes no look-up long", "[dissect][mqtt]") {
  Talk talk;
  talk.ask(connect_of("05", "02", "00" + counted("a")));
  auto const aliased = [](unsigned alias, std::string const& topic) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "%04x", alias & 0xFFFFU);
    return packet("30", counted(topic) + "0323" + hex + "31");
  };
  for (unsigned alias = 1; alias <= 500; ++alias) {
    talk.ask(aliased(alias, "topic/" + std::to_string(alias)));
    REQUIRE(talk.ask(aliased(alias, "")).target.name == "topic/" + std::to_string(alias));
    REQUIRE(talk.kept().size() <= 4096);
  }
  CHECK(talk.ask(aliased(1, "")).target.name.empty());
}

TEST_CASE("properties are named one by one, an unknown one is a defect where it stands", "[dissect][mqtt]") {
  Talk talk;
  auto const said = talk.ask(connect_of("05", "02",
                                        "15"
                                        "1100000e10"
                                        "21000a"
                                        "26" +
                                            counted("site") + counted("7") + "1900" + counted("a")));
  // 5 + 3 + 1 + 6 + 3 + 2 = 20 octets: the length above is one too great.
  CHECK(said.malformed);
  auto const right = talk.ask(connect_of("05", "02",
                                         "14"
                                         "1100000e10"
                                         "21000a"
                                         "26" +
                                             counted("site") + counted("7") + "1900" + counted("a")));
  CHECK_FALSE(right.malformed);
  CHECK(right.fields["property.id"] == "17 33 38 25");
  CHECK(right.fields["property.number"] == "3600 10 0");
  CHECK(right.fields["property.name"] == "site");
  auto const unknown = talk.ask(connect_of("05", "02",
                                           "02"
                                           "0500" +
                                               counted("a")));
  REQUIRE(unknown.malformed);
  CHECK(unknown.malformed->offset == 13);
  CHECK(unknown.malformed->field == "property");
}

TEST_CASE("picked up in the middle, version 5 is told by what 3.1.1 would not say", "[dissect][mqtt]") {
  Talk talk;
  CHECK_FALSE(talk.ask(packet("82",
                              "0001"
                              "00" +
                                  counted("plant/#") + "01"))
                  .malformed);
  CHECK(talk.ask(packet("30", counted("t") + "00" + "37")).value == 7.0);
}

TEST_CASE("who speaks before he connects, or connects twice, breaks the rules", "[dissect][mqtt]") {
  Talk talk;
  CHECK(talk.ask("c0 00").rules() == "mqtt.session.packet_before_connect");
  CHECK(talk.ask(connect_of("04", "02", counted("a"))).rules().empty());
  CHECK(talk.ask(connect_of("04", "02", counted("a"))).rules() == "mqtt.session.second_connect");
  CHECK(talk.ask(publish("plant/#", "1")).rules() == "mqtt.publish.wildcard");
}

TEST_CASE("lengths that lie are defects with a place", "[dissect][mqtt]") {
  Talk talk;
  auto const cut = talk.ask("10 05 0004 4d51 54");
  REQUIRE(cut.malformed);
  CHECK(cut.malformed->defect == Defect::truncated);
  CHECK(talk.answer("40 02 00").malformed);
  CHECK(talk.ask(packet("82", "0001")).malformed);  // a subscription to nothing
  CHECK(talk.answer("40 05 0001 00 00 ff").malformed);
}

TEST_CASE("a long packet is passed over by its length, read by its front", "[dissect][mqtt]") {
  // 1 MiB published: 0x30, remaining length 1,048,576 in three octets and one.
  auto const frame = dissector.frame(test::octets("30 80 80 40 0001 74"));
  CHECK(frame.length == 1'048'576 + 4);
  CHECK(frame.wanted == 8192);
  CHECK(dissector.frame(test::octets("30 80 80 80 80 01")).verdict == Frame::Verdict::lost);
  CHECK(dissector.frame(test::octets("00 00")).verdict == Frame::Verdict::lost);
  CHECK(dissector.frame(test::octets("30")).verdict == Frame::Verdict::more);
}

TEST_CASE("only CONNECT is certain, and text is no MQTT", "[dissect][mqtt]") {
  auto const like = [](std::string_view hex) { return dissector.probe(test::octets(hex), Direction::to_server); };
  CHECK(like(connect_of("05", "02", "00" + counted("a"))) == Likeness::certain);
  CHECK(like(connect_of("07", "02", "00" + counted("a"))) == Likeness::no);
  CHECK(like("c0 00") == Likeness::plausible);
  CHECK(like(publish("a/b", "1")) == Likeness::plausible);
  CHECK(dissector.probe(as_bytes("220 ready\r\n"), Direction::to_client) == Likeness::no);
  CHECK(dissector.probe(as_bytes("GET / HTTP/1.1\r\n"), Direction::to_server) == Likeness::no);
}

}  // namespace
}  // namespace greywatch::agent::mqtt
