#include "agent/dissect/bacnet/apdu.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"

namespace greywatch::agent::bacnet {
namespace {

using test::octets;

TEST_CASE("A request to read a property names its service, its invoke id and what it takes") {
  auto const request = octets("0005010c 0c00000005 1955");
  auto const apdu = read_apdu(request);
  REQUIRE(apdu);
  CHECK(apdu->kind == Kind::confirmed_request);
  CHECK(apdu->invoke_id == 1);
  CHECK(apdu->most_octets == 5);
  CHECK(confirmed_service(*apdu->service).name == "readProperty");
  CHECK(confirmed_service(*apdu->service).operation == Operation::read);
  CHECK(apdu->body.size() == 7);
  for (std::size_t n = 0; n < 4; ++n) CHECK_FALSE(read_apdu(Bytes(request).first(n)));
}

TEST_CASE("A segment of an answer tells its place") {
  auto const segment = octets("3c 07 02 04 0e aabb");
  auto const apdu = read_apdu(segment);
  REQUIRE(apdu);
  CHECK(apdu->more_follows);
  CHECK(apdu->sequence_number == 2);
  CHECK(apdu->window_size == 4);
  CHECK(apdu->service == 14);
  CHECK(apdu->body.size() == 2);
}

TEST_CASE("Rejects and aborts give a reason, an unknown one stays raw") {
  auto const reject = octets("600109"), abort = octets("7101c8");
  CHECK(reject_reason(*read_apdu(reject)->reason) == "unrecognized-service");
  CHECK(read_apdu(abort)->from_server);
  CHECK(read_apdu(abort)->reason == 200);
  CHECK(abort_reason(200).empty());
}

TEST_CASE("More segments cannot follow what is no segment, and there are eight types") {
  CHECK_FALSE(read_apdu(octets("0405010c")));
  CHECK_FALSE(read_apdu(octets("80010c")));
}

TEST_CASE("A tag's number and length may take octets of their own") {
  auto const said = octets("f9 2a 01  75 fe 0100  75 ff 00010000  11  3e 3f");
  Reader in(said);
  auto const number = read_tag(in);
  CHECK(number.context);
  CHECK(number.number == 42);
  CHECK(number.length == 1);
  in.skip(1);
  CHECK(read_tag(in).length == 256);
  CHECK(read_tag(in).length == 65536);
  auto const truth = read_tag(in);
  CHECK(truth.value == 1);
  CHECK(truth.length == 0);
  CHECK(read_tag(in).opening);
  CHECK(read_tag(in).closing);
  CHECK(in);
}

}  // namespace
}  // namespace greywatch::agent::bacnet
