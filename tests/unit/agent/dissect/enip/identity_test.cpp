#include <catch2/catch.hpp>

#include "agent/dissect/enip/enip.hpp"
#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/enip/messages.hpp"

namespace greywatch::agent::enip {
namespace {

using test::Exchange;

// Multiple_Service_Packet of the message router: a write to an assembly, all of the identity, its serial number alone,
// and two of its attributes by a list. CIP Networks Library volume 1, A-4.10.
std::string const packet =
    "0a02 20022401"
    "0400 0a00 1500 1b00 2300"
    "1003 200424643003 010203"
    "0102 20012401"
    "0e03 200124013006"
    "0302 20012401 0200 0100 0700";

/// Vendor, device type, product code, revision, status, serial number, name, state.
std::string const identity = "0100 0e00 3600 140b 6030 eeffc000 024162 03";

std::string const answers =
    "8a000000"
    "0400 0a00 0e00 2400 2c00"
    "90000000" +
    ("81000000" + identity) +
    "8e000000 eeffc000"
    "83000000 0200 0100 0000 0100 0700 0000 024162";

TEST_CASE("what a packet of services answers for the identity is named as when it comes alone", "[dissect][enip]") {
  Exchange flow(tcp_dissector, "enip.");
  CHECK(flow.ask(unconnected(packet)).operation == Operation::write);
  auto told = flow.answer(unconnected(answers));
  CHECK_FALSE(told.malformed);
  CHECK(told.fields["cip.identity.vendor_id"] == "1 1");
  CHECK(told.fields["cip.identity.major_revision"] == "20");
  CHECK(told.fields["cip.identity.serial_number"] == "12648430 12648430");
  CHECK(told.fields["cip.identity.product_name"] == "Ab Ab");
  CHECK(told.fields["cip.identity.state"] == "3");
  CHECK(flow.identified);
  // What was answered is not answered again.
  told = flow.answer(unconnected(answers));
  CHECK(told.fields["cip.identity.product_name"].empty());
  CHECK_FALSE(flow.identified);
}

TEST_CASE("what a packet read whose answer never came says nothing of another packet's values", "[dissect][enip]") {
  Exchange flow(tcp_dissector, "enip.");
  // The name of the identity is asked for, but the request was not sent on.
  flow.ask(unconnected("5202 20062401 0a0e 1000 0a02 20022401 0100 0400 0e03 200124013007 0100 0100"));
  flow.answer(unconnected("d2000101 0402"));
  // Then three octets of an assembly, which look like a name.
  flow.ask(unconnected("5202 20062401 0a0e 1000 0a02 20022401 0100 0400 0e03 200424643003 0100 0100"));
  auto const told = flow.answer(unconnected("8a000000 0100 0400 8e000000 024142"));
  CHECK_FALSE(told.malformed);
  CHECK(told.fields["cip.identity.product_name"].empty());
  CHECK_FALSE(flow.identified);
}

TEST_CASE("a packet that is sent on to a module, or over a connection, reads the identity too", "[dissect][enip]") {
  Exchange flow(tcp_dissector, "enip.");
  // Unconnected Send of a packet with one service, along a route of one port.
  flow.ask(unconnected("5202 20062401 07f9 1200 0a02 20022401 0100 0400 0102 20012401 0100 0101"));
  auto told = flow.answer(unconnected("8a000000 0100 0400 81000000" + identity));
  CHECK(told.fields["cip.identity.product_name"] == "Ab");
  flow.ask(connected("0a02 20022401 0100 0400 0102 20012401", "0700"));
  told = flow.answer(connected("8a000000 0100 0400 81000000" + identity, "0700"));
  CHECK(told.fields["cip.identity.product_name"] == "Ab");
  CHECK(flow.identified);
}

TEST_CASE("answers for other objects, and to packets that were not seen, are no identity", "[dissect][enip]") {
  Exchange flow(tcp_dissector, "enip.");
  flow.ask(unconnected("0a02 20022401 0100 0400 0102 20022401"));
  auto told = flow.answer(unconnected("8a000000 0100 0400 81000000" + identity));
  CHECK(told.fields["cip.identity.vendor_id"].empty());
  CHECK_FALSE(flow.identified);
  flow.ask(unconnected(packet));
  flow.lose(Direction::to_client);
  told = flow.answer(unconnected(answers));
  CHECK(told.fields["cip.identity.vendor_id"].empty());
  // One that is refused says nothing.
  flow.ask(unconnected("0a02 20022401 0100 0400 0102 20012401"));
  told = flow.answer(unconnected("8a000000 0100 0400 81000800"));
  CHECK(told.fields["cip.identity.vendor_id"].empty());
}

TEST_CASE("the identity object that is read alone tells the inventory", "[dissect][enip]") {
  Exchange flow(tcp_dissector, "enip.");
  flow.ask(unconnected("0102 20012401"));
  CHECK(flow.answer(unconnected("81000000" + identity)).fields["cip.identity.product_name"] == "Ab");
  CHECK(flow.identified);
  flow.ask(unconnected("0102 20022401"));
  flow.answer(unconnected("81000000 0100 0100"));
  CHECK_FALSE(flow.identified);
}

}  // namespace
}  // namespace greywatch::agent::enip
