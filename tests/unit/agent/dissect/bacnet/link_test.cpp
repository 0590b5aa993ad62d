#include "agent/dissect/bacnet/link.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"

namespace greywatch::agent::bacnet {
namespace {

using test::octets;

TEST_CASE("A broadcast to all networks names its hops and carries an APDU") {
  auto const datagram = octets("810b000c 0120ffff00ff 1008");
  auto const link = read_link(datagram);
  REQUIRE(link);
  CHECK(link_function(link->function) == "Original-Broadcast-NPDU");
  auto const network = read_network(link->packet);
  REQUIRE(network);
  REQUIRE(network->destination);
  CHECK(network->destination->network == 0xffff);
  CHECK(network->destination->address.empty());
  CHECK(network->hop_count == 255);
  CHECK(network->rest.size() == 2);
  for (std::size_t n = 0; n < 6; ++n) CHECK_FALSE(read_link(Bytes(datagram).first(n)));
}

TEST_CASE("A routed request names the station it comes from") {
  auto const packet = octets("010d 0005 01 2a 0204");
  auto const network = read_network(packet);
  REQUIRE(network);
  CHECK(network->expecting_reply);
  CHECK(network->priority == 1);
  REQUIRE(network->source);
  CHECK(network->source->network == 5);
  CHECK(network->source->address.size() == 1);
}

TEST_CASE("A link that states another length is read to its end, and what it states is kept") {
  auto const datagram = octets("810a0011 0104 2004 14");
  auto const link = read_link(datagram);
  REQUIRE(link);
  CHECK(link->length == 17);
  CHECK(link->packet.size() == 5);
}

TEST_CASE("A table's entries and a source's address may not lie") {
  CHECK_FALSE(read_link(octets("8103000d 010203040506070809")));
  CHECK_FALSE(read_network(octets("0108 0005 00 1008")));
  CHECK_FALSE(read_network(octets("0120 0005 06 0102")));
}

}  // namespace
}  // namespace greywatch::agent::bacnet
