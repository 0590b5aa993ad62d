#include "agent/dissect/enip/enip.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/enip/messages.hpp"

namespace greywatch::agent::enip {
namespace {

using test::Exchange;

TEST_CASE("A request names its object, and its response the same one") {
  Exchange flow(tcp_dissector, "enip.");
  auto const asked =
      flow.ask(unconnected("1003"
                           "2004"
                           "2464"
                           "3003"
                           "0700"));
  CHECK(asked.operation == Operation::write);
  CHECK(asked.code == 0x10);
  CHECK(asked.subcode == 4);
  CHECK(asked.target.count == 1);
  CHECK(asked.value == 7.0);
  CHECK(asked.fields["cip.class"] == "4");
  CHECK(asked.fields["cip.instance"] == "100");
  CHECK(asked.fields["cip.attribute"] == "3");
  auto const told = flow.answer(unconnected("90000000"));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.subcode == 4);
  CHECK(told.target.object == asked.target.object);
  CHECK(told.operation == Operation::write);
  CHECK(told.fields["cip.instance"] == "100");
}

TEST_CASE("Services become what they ask of the plant") {
  Exchange flow(tcp_dissector, "enip.");
  auto const operation = [&](std::string const& cip) { return flow.ask(unconnected(cip)).operation; };
  CHECK(operation("0102"
                  "20012401") == Operation::read);
  CHECK(operation("0502"
                  "20012401"
                  "01") == Operation::control);
  CHECK(operation("0602"
                  "208e2401") == Operation::control);
  CHECK(operation("0702"
                  "208e2401") == Operation::control);
  CHECK(operation("1003"
                  "20f524013005"
                  "01") == Operation::configure);
  CHECK(operation("0402"
                  "208b2401"
                  "01000600") == Operation::time);
  CHECK(operation("0802"
                  "20682400") == Operation::program);
  CHECK(operation("0802"
                  "20042400") == Operation::configure);
  CHECK(operation("4b02"
                  "20ac2401"
                  "06000100") == Operation::program);
  CHECK(operation("4c02"
                  "20372401") == Operation::program);
  CHECK(operation("5402"
                  "20062401") == Operation::session);
  CHECK(operation("4b02"
                  "20672401"
                  "07"
                  "0100"
                  "01000000"
                  "0f00"
                  "0100"
                  "80"
                  "00") == Operation::control);
  CHECK(operation("4b02"
                  "20672401"
                  "07"
                  "0100"
                  "01000000"
                  "0f00"
                  "0100"
                  "aa"
                  "00") == Operation::write);
  CHECK(flow.unknowns.empty());
  CHECK(operation("6302"
                  "20772401") == Operation::other);
  CHECK(flow.unknowns["service"] == std::vector<std::uint32_t>{0x7763});
}

TEST_CASE("Tags are read and written by their names") {
  Exchange flow(tcp_dissector, "enip.");
  auto const read =
      flow.ask(unconnected("4c08"
                           "910556616c766500"
                           "91044f70656e"
                           "2803"
                           "0100"));
  CHECK(read.operation == Operation::read);
  CHECK(read.fields["cip.symbol"] == "Valve Open");
  auto const write =
      flow.ask(unconnected("4d04"
                           "910556616c766500"
                           "ca000100"
                           "0000c03f"));
  CHECK(write.operation == Operation::write);
  CHECK(write.value == 1.5);
  CHECK(write.target.count == 1);
  auto const refused = flow.answer(unconnected("cd00ff010521"));
  CHECK(refused.status == Status::failed);
  CHECK(refused.operation == Operation::write);
  CHECK(refused.fields["cip.additional_status"] == "8453");
}

TEST_CASE("Of several services the gravest counts") {
  Exchange flow(tcp_dissector, "enip.");
  auto const polls =
      flow.ask(unconnected("0a02"
                           "20022401"
                           "0200"
                           "0600"
                           "0c00"
                           "010220012401"
                           "010220022401"));
  CHECK(polls.operation == Operation::read);
  CHECK(polls.subcode == 2);
  CHECK(polls.fields["cip.multiple.count"] == "2");
  CHECK(polls.fields["cip.service"] == "10 1 1");
  auto const stop =
      flow.ask(unconnected("0a02"
                           "20022401"
                           "0200"
                           "0600"
                           "0c00"
                           "010220012401"
                           "0702208e2401"));
  CHECK(stop.operation == Operation::control);
  CHECK(stop.code == 0x0A);
  CHECK(stop.subcode == 0x8E);
  auto const told =
      flow.answer(unconnected("8a000000"
                              "0200"
                              "0600"
                              "0a00"
                              "81000000"
                              "87001000"));
  CHECK(told.status == Status::ok);
  CHECK(told.operation == Operation::control);
  CHECK(told.fields["cip.general_status"] == "0 0 16");
  auto const lie =
      flow.ask(unconnected("0a02"
                           "20022401"
                           "0200"
                           "0600"
                           "ff00"
                           "010220012401"
                           "0702208e2401"));
  CHECK(lie.malformed);
}

TEST_CASE("An answer is no packet of services that is sent on, however many it says it has") {
  Exchange flow(tcp_dissector, "enip.");
  // Its count is 20832, and none of them is there.
  flow.ask(unconnected("5202 20062401 07f9 0600 8a0f0600 6051 0100 0100"));
  CHECK(flow.emitted == 1);
  CHECK(flow.unknowns["service"].empty());
}

TEST_CASE("Further services of a packet that change something are told too") {
  Exchange flow(tcp_dissector, "enip.");
  flow.ask(
      unconnected("0a02"
                  "20022401"
                  "0300"
                  "0800"
                  "0e00"
                  "1400"
                  "010220012401"
                  "0702208e2401"
                  "1003"
                  "2004"
                  "2464"
                  "3003"
                  "0700"));
  REQUIRE(flow.emitted == 2);
  CHECK(flow.all[0].operation == Operation::control);
  CHECK(flow.all[0].fields["object"] == "class 0x8e instance 1");
  CHECK(flow.all[1].operation == Operation::write);
  CHECK(flow.all[1].code == 0x0A);
  CHECK(flow.all[1].subcode == 4);
  CHECK(flow.all[1].value == 7.0);
  CHECK(flow.all[1].fields["object"] == "class 0x4 instance 100 attribute 3");
  CHECK(flow.all[1].fields["cip.service"].empty());
}

TEST_CASE("What is sent on is read, and so is its answer") {
  Exchange flow(tcp_dissector, "enip.");
  auto const asked =
      flow.ask(unconnected("5202"
                           "20062401"
                           "07f9"
                           "0700"
                           "0702208e2401ff"
                           "00"
                           "0100"
                           "0100"));
  CHECK(asked.operation == Operation::control);
  CHECK(asked.code == 7);
  CHECK(asked.subcode == 0x8E);
  CHECK(asked.fields["cip.service"] == "82 7");
  CHECK(asked.fields["cip.port"] == "1");
  auto const told = flow.answer(unconnected("87000000"));
  CHECK(told.subcode == 0x8E);
  CHECK(told.rules().empty());
  flow.ask(
      unconnected("5202"
                  "20062401"
                  "07f9"
                  "0600"
                  "0702208e2401"
                  "0100"
                  "0100"));
  auto const lost = flow.answer(unconnected("d200010112030200"));
  CHECK(lost.status == Status::failed);
  CHECK(lost.code == 7);
}

TEST_CASE("All attributes of an object come with their numbers") {
  Exchange flow(tcp_dissector, "enip.");
  flow.ask(
      unconnected("0102"
                  "20012401"));
  // Vendor, device type, product code, revision, status, serial number, name, state.
  auto told =
      flow.answer(unconnected("81000000"
                              "0100"
                              "0e00"
                              "3600"
                              "100b"
                              "6030"
                              "eeffc000"
                              "024162"
                              "03"));
  CHECK(told.fields["cip.attribute"] == "1 2 3 4 5 6 7 8");
  CHECK(told.fields["cip.identity.status"] == "12384");
  CHECK(told.fields["cip.identity.product_name"] == "Ab");
  CHECK(told.fields["cip.identity.state"] == "3");
  flow.ask(
      unconnected("0102"
                  "20022401"));
  told =
      flow.answer(unconnected("81000000"
                              "0300"
                              "01000200"
                              "8e00"
                              "ff"));
  CHECK(told.fields["cip.attribute"] == "1");
  CHECK(told.fields["cip.router.class_count"] == "3");
  CHECK(told.fields["cip.router.class"] == "1 2 142");
  CHECK(told.fields["cip.data"] == "ff");
  // A count that lies.
  flow.ask(
      unconnected("0102"
                  "20022401"));
  told =
      flow.answer(unconnected("81000000"
                              "ffff"
                              "0100"));
  CHECK(told.fields["cip.router.class"] == "1");
}

TEST_CASE("Only some commands of PCCC have a function") {
  Exchange flow(tcp_dissector, "enip.");
  auto const execute = [&](std::string const& command) {
    return flow.ask(
        unconnected("4b02"
                    "20672401"
                    "073713efbe0000" +
                    command));
  };
  // Protected typed logical read, then an unprotected read, of which an address follows.
  auto asked = execute(
      "0f002a00a2"
      "0407890000");
  CHECK(asked.operation == Operation::read);
  CHECK(asked.fields["cip.pccc.command"] == "15");
  CHECK(asked.fields["cip.pccc.transaction"] == "42");
  CHECK(asked.fields["cip.pccc.function"] == "162");
  asked = execute(
      "01002b00"
      "000104");
  CHECK(asked.operation == Operation::read);
  CHECK(asked.fields["cip.pccc.command"] == "1");
  CHECK(asked.fields["cip.pccc.function"].empty());
  CHECK(asked.fields["cip.data"] == "000104");
}

TEST_CASE("A response of another service than its only request's is told") {
  Exchange flow(tcp_dissector, "enip.");
  flow.ask(
      unconnected("0702"
                  "208e2401"));
  CHECK(flow.answer(unconnected("86000000")).rules() == "enip.response.service_mismatch");
  CHECK(flow.answer(unconnected("87000000")).rules().empty());
  CHECK(flow.answer(unconnected("87000000")).rules().empty());
  flow.ask(
      unconnected("0702"
                  "208e2401"));
  flow.lose(Direction::to_server);
  CHECK(flow.answer(unconnected("86000000")).rules().empty());
}

TEST_CASE("Status codes tell how a request ended") {
  Exchange flow(tcp_dissector, "enip.");
  auto const status = [&](std::string const& code) { return flow.answer(unconnected("8e00" + code + "00")).status; };
  CHECK(status("05") == Status::unknown_object);
  CHECK(status("08") == Status::unsupported);
  CHECK(status("0f") == Status::refused);
  CHECK(status("13") == Status::failed);
  CHECK(status("06") == Status::ok);
  CHECK(status("77") == Status::failed);
  CHECK(flow.unknowns["general_status"] == std::vector<std::uint32_t>{0x77});
}

TEST_CASE("Paths are read through every kind of segment") {
  Exchange flow(tcp_dissector, "enip.");
  // Port 1 link 2, port 18 by name, network segment, 16 bits of class and instance, 32 bits of a connection point.
  auto const said =
      flow.ask(unconnected("0e10"
                           "0102"
                           "1f04120031302e31"
                           "4301"
                           "21000403"
                           "25003412"
                           "2e0001000000"
                           "3007"
                           "80010000"
                           "44"));
  CHECK(said.fields["cip.port"] == "1 18");
  CHECK(said.fields["cip.link_address_text"] == "10.1");
  CHECK(said.fields["cip.class"] == "772");
  CHECK(said.fields["cip.connection_point"] == "1");
  CHECK(said.fields["cip.attribute"] == "7");
  CHECK_FALSE(said.malformed);
}

}  // namespace
}  // namespace greywatch::agent::enip
