#include "agent/dissect/opcua/opcua.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/opcua/decoder.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::opcua {
namespace {

using Octets = std::vector<std::uint8_t>;

/// Writes UA Binary (OPC 10000-6, 5.2.2).
struct Writer {
  Octets out;
  Writer& u8(unsigned value) { return out.push_back(static_cast<std::uint8_t>(value)), *this; }
  Writer& u16(unsigned value) { return u8(value & 255).u8(value >> 8 & 255); }
  Writer& u32(std::uint32_t value) { return u16(value & 0xffff).u16(value >> 16); }
  Writer& zeros(std::size_t octets) { return out.insert(out.end(), octets, 0), *this; }
  Writer& string(std::string_view text) {
    u32(static_cast<std::uint32_t>(text.size()));
    out.insert(out.end(), text.begin(), text.end());
    return *this;
  }
  Writer& null() { return u32(0xffff'ffff); }
  Writer& doubled(double value) {
    auto const bits = std::bit_cast<std::uint64_t>(value);
    return u32(static_cast<std::uint32_t>(bits)).u32(static_cast<std::uint32_t>(bits >> 32));
  }
  Writer& node(unsigned space, std::string_view text) { return u8(3).u16(space).string(text); }
  Writer& add(Octets const& more) { return out.insert(out.end(), more.begin(), more.end()), *this; }
};

Octets chunk(std::string_view type, Octets const& body) {
  Writer writer;
  writer.out.assign(type.begin(), type.end());
  return writer.u32(static_cast<std::uint32_t>(8 + body.size())).add(body).out;
}
Octets hello() { return chunk("HELF", Writer().zeros(20).string("opc.tcp://plant:4840").out); }
Octets open(std::string_view policy, std::uint32_t sequence = 1) {
  return chunk("OPNF", Writer()
                           .u32(0)
                           .string(policy)
                           .null()
                           .null()
                           .u32(sequence)
                           .u32(1)
                           .add(Writer().u8(1).u8(0).u16(446).out)
                           .add(Writer().u16(0).zeros(8).u32(1).u32(0).null().u32(1000).zeros(3).out)
                           .u32(0)
                           .u32(0)
                           .u32(1)
                           .null()
                           .u32(3'600'000)
                           .out);
}
constexpr std::string_view none = "http://opcfoundation.org/UA/SecurityPolicy#None";

/// A service in one chunk of channel 7, behind a request or response header.
Octets service(unsigned id, std::uint32_t sequence, Octets const& rest, std::string_view type = "MSGF") {
  return chunk(type, Writer()
                         .u32(7)
                         .u32(1)
                         .u32(sequence)
                         .u32(sequence)
                         .u8(1)
                         .u8(0)
                         .u16(id)
                         .add(Writer().u16(0).zeros(8).u32(9).u32(0).null().u32(1000).zeros(3).out)
                         .add(rest)
                         .out);
}
Octets answer(unsigned id, std::uint32_t sequence, std::uint32_t result, Octets const& rest = {}) {
  return chunk("MSGF", Writer()
                           .u32(7)
                           .u32(1)
                           .u32(sequence)
                           .u32(sequence)
                           .u8(1)
                           .u8(0)
                           .u16(id)
                           .zeros(8)
                           .u32(9)
                           .u32(result)
                           .u8(0)
                           .null()
                           .zeros(3)
                           .add(rest)
                           .out);
}
Octets write_value(std::string_view node, double value) {
  return Writer().u32(1).node(2, node).u32(13).null().u8(1).u8(11).doubled(value).out;
}

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "opcua.") {}
  test::SaidMessage client(Octets const& octets) { return say(octets, Direction::to_server); }
  test::SaidMessage server(Octets const& octets) { return say(octets, Direction::to_client); }
};

TEST_CASE("a hello names its endpoint and names the flow", "[dissect][opcua]") {
  Talk talk;
  auto const said = talk.client(hello());
  CHECK(said.operation == Operation::session);
  CHECK(said.code == 1);
  CHECK(said.fields["transport.endpoint_url"] == "opc.tcp://plant:4840");
  CHECK(dissector.probe(hello(), Direction::to_server) == Likeness::certain);
}

TEST_CASE("a channel says its policy, and a write its node and value", "[dissect][opcua]") {
  Talk talk;
  auto const opened = talk.client(open(none));
  CHECK(opened.operation == Operation::session);
  CHECK(opened.fields["security.policy_uri"] == none);
  CHECK(opened.fields["message_security_mode"] == "1");
  auto const written = talk.client(service(673, 2, write_value("Breaker1.Setpoint", 42.5)));
  CHECK(written.operation == Operation::write);
  CHECK(written.role == Role::request);
  CHECK(written.code == 673);
  CHECK(written.target.count == 1);
  CHECK(written.value == 42.5);
  CHECK(written.fields["node_id.string"] == "Breaker1.Setpoint");
  CHECK(written.fields["double"] == "42.500000");
  CHECK(written.rules().empty());
  auto const refused = talk.server(answer(676, 1, 0x801F0000, Writer().null().null().out));
  CHECK(refused.role == Role::response);
  CHECK(refused.status == Status::refused);
  CHECK(refused.subcode == 0x801F0000);
}

/// A Read of whole attributes of nodes of namespace 0.
struct Asked {
  unsigned node, attribute = 13;
  std::string_view range = {};
};
Octets read_request(std::uint32_t sequence, std::vector<Asked> const& asked) {
  Writer rest;
  rest.zeros(8).u32(3).u32(static_cast<std::uint32_t>(asked.size()));
  for (auto const& each : asked) {
    rest.u8(1).u8(0).u16(each.node).u32(each.attribute);
    each.range.empty() ? rest.null() : rest.string(each.range);
    rest.u16(0).null();
  }
  return service(631, sequence, rest.out);
}
/// Values that are texts; an empty one is a status alone.
Octets texts(std::uint32_t sequence, std::vector<std::string_view> const& values) {
  Writer rest;
  rest.u32(static_cast<std::uint32_t>(values.size()));
  for (auto const& value : values) value.empty() ? rest.u8(2).u32(0x80340000) : rest.u8(1).u8(12).string(value);
  return answer(634, sequence, 0, rest.null().out);
}
Octets build_info() {
  return Writer()
      .string("urn:maker:station")
      .string("Maker")
      .string("Station")
      .string("4.2.0")
      .string("1337")
      .zeros(8)
      .out;
}
/// A Variant with an extension object of namespace 0.
Octets extension(unsigned id, Octets const& body) {
  return Writer().u8(22).u8(1).u8(0).u16(id).u8(1).u32(static_cast<std::uint32_t>(body.size())).add(body).out;
}

TEST_CASE("the build information of a server is known by the nodes that were read", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none));
  // Display name, product name, current time, manufacturer, version, build number.
  auto const asked = talk.client(read_request(2, {{2261, 4}, {2261}, {2258}, {2263}, {2264}, {2265}}));
  CHECK(asked.fields["server.product_name"].empty());
  auto said = talk.server(texts(2, {"Name", "Station", "12:00", "Maker", "4.2.0", "1337"}));
  CHECK(said.fields["server.product_name"] == "Station");
  CHECK(said.fields["server.manufacturer_name"] == "Maker");
  CHECK(said.fields["server.software_version"] == "4.2.0");
  CHECK(said.fields["server.build_number"] == "1337");
  CHECK(said.fields["string"] == "Name Station 12:00 Maker 4.2.0 1337");
  CHECK(talk.identified);
  // An answer is one request's: nothing is known of one that nobody asked for.
  said = talk.server(texts(2, {"Name", "Station", "12:00", "Maker", "4.2.0", "1337"}));
  CHECK(said.fields["server.product_name"].empty());
  CHECK_FALSE(talk.identified);
}

TEST_CASE("a text that is not all of a part of the build information is none", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none));
  talk.client(read_request(2, {{2261, 13, "0:2"}, {2263}, {2264, 3}, {2260}}));
  auto const said = talk.server(texts(2, {"Sta", "", "SoftwareVersion", "odd"}));
  CHECK(said.fields["server.product_name"].empty());
  CHECK(said.fields["server.manufacturer_name"].empty());
  CHECK(said.fields["server.software_version"].empty());
  CHECK_FALSE(talk.identified);
}

TEST_CASE("answers that come in another order, or too late, are told apart", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none));
  for (std::uint32_t sequence = 2; sequence < 7; ++sequence)
    talk.client(read_request(sequence, {{2261 + sequence % 2 * 2}}));
  CHECK(talk.server(texts(6, {"Station"})).fields["server.product_name"] == "Station");
  CHECK(talk.server(texts(5, {"Maker"})).fields["server.manufacturer_name"] == "Maker");
  // Four of them are remembered.
  CHECK(talk.server(texts(2, {"Station"})).fields["server.product_name"].empty());
  // An end does not answer itself.
  CHECK(talk.client(texts(4, {"Station"})).fields["server.product_name"].empty());
  CHECK(talk.server(texts(4, {"Station"})).fields["server.product_name"] == "Station");
}

TEST_CASE("the build information of a server is known within its status", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none));
  auto const status = Writer().zeros(16).u32(0).add(build_info()).u32(0).u8(0).out;
  for (auto const& value : {extension(340, build_info()), extension(864, status)}) {
    auto const said = talk.server(answer(634, 2, 0, Writer().u32(1).u8(1).add(value).null().out));
    CHECK_FALSE(said.malformed);
    CHECK(said.fields["server.product_uri"] == "urn:maker:station");
    CHECK(said.fields["server.product_name"] == "Station");
    CHECK(said.fields["manufacturer_name"] == "Maker");
    CHECK(said.fields["server.build_number"] == "1337");
    CHECK(talk.identified);
  }
  // Who writes one tells nothing of himself.
  talk.client(
      service(673, 3, Writer().u32(1).node(2, "Status").u32(13).null().u8(1).add(extension(340, build_info())).out));
  CHECK_FALSE(talk.identified);
}

TEST_CASE("a method call is control, and names the method", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none));
  auto const call = talk.client(service(
      712, 2, Writer().u32(1).node(2, "Object").node(2, "Reset").u32(1).u8(6).u32(static_cast<std::uint32_t>(-3)).out));
  CHECK(call.operation == Operation::control);
  CHECK(call.value == -3.0);
  CHECK(call.fields["int32"] == "-3");
  CHECK(call.target.count == 1);
}

TEST_CASE("statuses tell refusals, unknown nodes and faults apart", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none));
  auto status = [&, sequence = 0U](std::uint32_t code) mutable {
    return talk.server(answer(397, ++sequence, code)).status;
  };
  CHECK(status(0) == Status::ok);
  CHECK(status(0x40000000) == Status::ok);
  CHECK(status(0x80340000) == Status::unknown_object);
  CHECK(status(0x800B0000) == Status::unsupported);
  CHECK(status(0x80010000) == Status::failed);
}

TEST_CASE("what does not begin like a service is encrypted, and so said", "[dissect][opcua]") {
  Talk talk;
  talk.client(open("http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256"));
  auto const said = talk.client(chunk("MSGF", Writer().u32(7).u32(1).u32(0x55667788).u32(0x99aabbcc).zeros(60).out));
  CHECK(said.code == 6);
  CHECK(said.operation == Operation::other);
  CHECK(said.fields["security.encrypted"] == "true");
  CHECK(said.fields["security.sequence_number"].empty());
  CHECK_FALSE(said.malformed);
}

TEST_CASE("passwords and session tokens are never given on", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none));
  Writer token;
  token.string("policy").string("operator").string("hidden").null();
  Writer rest;
  rest.null().null().null().null();  // signature, software certificates, locales
  rest.u8(1).u8(0).u16(324).u8(1).u32(static_cast<std::uint32_t>(token.out.size())).add(token.out);
  rest.null().null();
  auto const said = talk.client(service(467, 2, rest.out));
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["user_name"] == "operator");
  CHECK(said.fields["policy_id"] == "policy");
  for (auto const& [name, value] : said.fields.all) CHECK(value.find("hidden") == std::string::npos);
}

TEST_CASE("sequence numbers that skip are told, losses and turns are not", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none, 5));
  CHECK(talk.client(service(673, 6, write_value("a", 1))).rules().empty());
  CHECK(talk.client(service(673, 7, write_value("a", 1))).rules().empty());
  CHECK(talk.client(service(673, 9, write_value("a", 1))).rules() == "opcua.sequence.broken");
  talk.lose(Direction::to_server);
  CHECK(talk.client(service(673, 30, write_value("a", 1))).rules().empty());
  talk.lose(Direction::to_server);
  CHECK(talk.client(service(673, 4'294'967'290U, write_value("a", 1))).rules().empty());
  CHECK(talk.client(service(673, 3, write_value("a", 1))).rules().empty());
}

TEST_CASE("a message of several chunks is put together", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none));
  auto whole = service(673, 2, write_value("Breaker1.Setpoint", 42.5));
  Octets const first(whole.begin() + 8, whole.begin() + 60), second(whole.begin() + 60, whole.end());
  auto const part = talk.client(chunk("MSGC", first));
  CHECK(part.code == 5);
  auto const last = talk.client(chunk("MSGF", Writer().u32(7).u32(1).u32(3).u32(2).add(second).out));
  CHECK(last.operation == Operation::write);
  CHECK(last.value == 42.5);
  CHECK(last.rules().empty());
  CHECK_FALSE(last.malformed);
}

TEST_CASE("lengths that lie are told, and nesting has an end", "[dissect][opcua]") {
  Talk talk;
  talk.client(open(none));
  auto const lie = talk.client(service(673, 2, Writer().u32(1'000'000).node(2, "x").out));
  REQUIRE(lie.malformed);
  CHECK(lie.malformed->defect == Defect::bad_length);
  auto const text = talk.client(service(673, 3, Writer().u32(1).u8(3).u16(2).u32(0x7fff'ffff).out));
  CHECK(text.malformed);
  Writer deep;
  deep.u32(1).node(2, "x").u32(13).null().u8(1);
  for (int n = 0; n < 40; ++n) deep.u8(0x80 | 24).u32(1);  // variants in variants
  auto const nested = talk.client(service(673, 4, deep.u8(1).u8(1).out));
  REQUIRE(nested.malformed);
  CHECK(nested.malformed->defect == Defect::too_deep);
  CHECK(talk.client(service(999, 5, {})).operation == Operation::other);
  CHECK(talk.unknowns["service"] == std::vector<std::uint32_t>{999});
}

TEST_CASE("every prefix of a message is refused or read, and never claimed", "[dissect][opcua]") {
  for (auto const& whole : {hello(), open(none), service(673, 2, write_value("x", 1))}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      auto const prefix = Bytes(whole).first(length);
      Talk talk;
      talk.say(prefix, Direction::to_server);
      CHECK(talk.emitted == 1);
      CHECK(dissector.probe(prefix, Direction::to_server) != Likeness::certain);
      CHECK(dissector.frame(prefix).verdict == Frame::Verdict::more);
    }
  }
  CHECK(dissector.frame(test::octets("4d534758")).verdict == Frame::Verdict::more);
  CHECK(dissector.frame(test::octets("4d53475810000000")).verdict == Frame::Verdict::lost);
  CHECK(dissector.frame(test::octets("4d53474601000000")).verdict == Frame::Verdict::lost);
  CHECK(dissector.probe(test::octets("47455420"), Direction::to_server) == Likeness::no);
}

TEST_CASE("node ids are written as people write them", "[dissect][opcua]") {
  char text[32];
  CHECK(write_node_id({.numeric = 2258}, text) == "i=2258");
  CHECK(write_node_id({.kind = NodeId::Kind::string, .namespace_index = 2, .octets = as_bytes("Pump")}, text) ==
        "ns=2;s=Pump");
  auto const guid = test::octets("00112233445566778899aabbccddeeff");
  CHECK(write_node_id({.kind = NodeId::Kind::guid, .octets = guid}, text) == "g=00112233445566778899aabbccddee");
}

}  // namespace
}  // namespace greywatch::agent::opcua
