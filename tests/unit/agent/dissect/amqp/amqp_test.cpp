#include "agent/dissect/amqp/amqp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::amqp {
namespace {

using test::octets;

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "amqp.") {}
};

// All bytes are made by hand after the method and performative tables of the standards.
constexpr auto publish = "01 0001 00000014 003C 0028 0000 05 706C616E74 06 72656C617931 00 CE";
constexpr auto open = "0000001B 02 00 0000 00 53 10 C0 0E 02 A1 05 6D65746572 A1 04 706C616E";

TEST_CASE("a publish names exchange and routing key, and writes", "[dissect][amqp]") {
  Talk talk;
  auto const said = talk.ask(publish);
  CHECK_FALSE(said.malformed);
  CHECK(said.operation == Operation::write);
  CHECK(said.code == 60 * 256 + 40);
  CHECK(said.target.unit == 1);
  CHECK(said.target.name == "relay1");
  CHECK(said.fields["name"] == "basic.publish");
  CHECK(said.fields["exchange"] == "plant");
  CHECK(said.fields["mandatory"] == "false");
}

TEST_CASE("a log-on shows the user of PLAIN and never the password", "[dissect][amqp]") {
  Talk talk;
  auto const said =
      talk.ask("01 0000 00000025 000A 000B 00000000 05 504C41494E 0000000B 00 6775657374 00 70617373 05 656E5F5553 CE");
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["mechanism"] == "PLAIN");
  CHECK(said.fields["user_name"] == "guest");
  for (auto const& [name, text] : said.fields.all) CHECK(text.find("pass") == std::string::npos);
}

TEST_CASE("a PLAIN response with one NUL shows nothing", "[dissect][amqp]") {
  Talk talk;
  auto const said = talk.ask("0000001C 02 01 0000 00 53 41 C0 0F 02 A3 05 504C41494E A0 05 00 70617373");
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["user_name"].empty());
}

TEST_CASE("a channel closed for want of rights is refused", "[dissect][amqp]") {
  Talk talk;
  auto const said = talk.answer("01 0001 0000000E 0014 0028 0193 03 6E6F21 003C 0028 CE");
  CHECK_FALSE(said.malformed);
  CHECK(said.status == Status::refused);
  CHECK(said.fields["reply_code"] == "403");
  CHECK(said.fields["failing_method"] == "40");
}

TEST_CASE("a content header tells the size of what follows, and its type", "[dissect][amqp]") {
  Talk talk;
  auto const said = talk.ask("02 0001 00000013 003C 0000 0000000000000007 8000 04 74657874 CE");
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["body_size"] == "7");
  CHECK(said.fields["content_type"] == "text");
}

TEST_CASE("an open of 1.0 names container and host", "[dissect][amqp]") {
  Talk talk;
  auto const said = talk.ask("0000001B 02 00 0000 00 53 10 C0 0E 02 A1 05 6D65746572 A1 04 706C616E");
  CHECK_FALSE(said.malformed);
  CHECK(said.code == 0x10010);
  CHECK(said.fields["container_id"] == "meter");
  CHECK(said.fields["hostname"] == "plan");
}

TEST_CASE("an error of 1.0 is a status", "[dissect][amqp]") {
  Talk talk;
  auto const said =
      talk.answer("00000024 02 00 0000 00 53 18 C0 17 01 00 53 1D C0 11 01 A3 0E 616D71703A6E6F742D666F756E64");
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["error.condition"] == "amqp:not-found");
  CHECK(said.status == Status::unknown_object);
}

TEST_CASE("a frame without its end, and values within values, are malformed", "[dissect][amqp]") {
  Talk talk;
  CHECK(talk.ask("08 0000 00000000 CF").malformed->field == "amqp.frame_end");
  auto const deep = talk.ask("00000018 02 00 0000 00 53 10 00 53 10 00 53 10 00 53 10 00 53 10 45");
  REQUIRE(deep.malformed);
  CHECK(deep.malformed->defect == Defect::too_deep);
  CHECK(deep.status == Status::malformed);
}

TEST_CASE("an unknown method is counted and kept raw", "[dissect][amqp]") {
  Talk talk;
  auto const said = talk.ask("01 0001 00000004 0063 0001 CE");
  CHECK(said.operation == Operation::other);
  CHECK(talk.unknowns["method"] == std::vector<std::uint32_t>{0x630001});
}

TEST_CASE("protocol headers name a flow at once, other frames need company", "[dissect][amqp]") {
  for (auto const* header : {"414D5150 00000901", "414D5150 00010000", "414D5150 03010000"})
    CHECK(dissector.probe(octets(header), Direction::to_server) == Likeness::certain);
  CHECK(dissector.probe(octets("414D5150 07070707"), Direction::to_server) == Likeness::no);
  CHECK(dissector.probe(octets(publish), Direction::to_server) == Likeness::plausible);
}

TEST_CASE("every prefix of a frame waits for more", "[dissect][amqp]") {
  for (auto const* hex : {publish, open, "414D5150 00000901"}) {
    auto const all = octets(hex);
    for (std::size_t n = 0; n < all.size() - 1; ++n)
      CHECK(dissector.frame(Bytes(all).first(n)).verdict == Frame::Verdict::more);
  }
}

}  // namespace
}  // namespace greywatch::agent::amqp
