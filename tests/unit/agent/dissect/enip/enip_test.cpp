#include "agent/dissect/enip/enip.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/enip/messages.hpp"

namespace greywatch::agent::enip {
namespace {

using test::Exchange;
using test::octets;

TEST_CASE("A session is registered, used and closed") {
  Exchange flow(tcp_dissector, "enip.");
  auto const asked = flow.ask(encapsulate("6500", "01000000", "00000000"));
  CHECK(asked.operation == Operation::session);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 0x10065);
  CHECK(asked.fields["register.version"] == "1");
  auto const told = flow.answer(encapsulate("6500", "01000000"));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.fields["session_handle"] == "285344000");
  CHECK(flow.ask(unconnected("0102"
                             "20012401"))
            .rules()
            .empty());
  CHECK(flow.ask(unconnected("0102"
                             "20012401",
                             "0102030405060708", "00010212"))
            .rules() == "enip.session.handle_mismatch");
  flow.ask(encapsulate("6600", ""));
  CHECK(flow.ask(unconnected("0102"
                             "20012401",
                             "0102030405060708", "00010212"))
            .rules()
            .empty());
  auto const refused = flow.answer(encapsulate("6f00", "", "00010212", "0102030405060708", "64000000"));
  CHECK(refused.status == Status::refused);
}

TEST_CASE("A device tells what it is when identities are listed") {
  Exchange flow(udp_dissector, "enip.");
  auto const asked = flow.ask(encapsulate("6300", "", "00000000"));
  CHECK(asked.operation == Operation::diagnose);
  CHECK(asked.role == Role::request);
  auto const told = flow.answer(encapsulate("6300",
                                            "0100"
                                            "0c00"
                                            "2700"
                                            "0100"
                                            "0002"
                                            "af12"
                                            "c0000202"
                                            "0000000000000000"
                                            "0100"
                                            "0e00"
                                            "3600"
                                            "1014"
                                            "6030"
                                            "eeffc000"
                                            "05"
                                            "4c4f474958"
                                            "03",
                                            "00000000"));
  CHECK(told.role == Role::response);
  CHECK(told.fields["socket.address"] == "192.0.2.2");
  CHECK(told.fields["socket.port"] == "44818");
  CHECK(told.fields["identity.vendor"] == "Rockwell Automation/Allen-Bradley");
  CHECK(told.fields["identity.firmware"] == "16.020");
  CHECK(told.fields["identity.serial"] == "00c0ffee");
  CHECK(told.fields["identity.product_name"] == "LOGIX");
  CHECK(told.fields["identity.state"] == "3");
}

TEST_CASE("A connection is opened, refused and closed") {
  Exchange flow(tcp_dissector, "enip.");
  auto const asked =
      flow.ask(unconnected("5402"
                           "20062401"
                           "0a0e"
                           "00000000"
                           "1300fe80"
                           "4d00"
                           "3713"
                           "efbe0000"
                           "02000000"
                           "00127a00"
                           "f443"
                           "00127a00"
                           "f543"
                           "a3"
                           "08"
                           "0100"
                           "3404"
                           "0100"
                           "0e00"
                           "3600"
                           "94"
                           "0b"
                           "20022401"));
  CHECK(asked.operation == Operation::session);
  CHECK_FALSE(asked.malformed);
  CHECK(asked.fields["cip.connection.serial_number"] == "77");
  CHECK(asked.fields["cip.connection.to_target_parameters"] == "17396");
  CHECK(asked.fields["cip.key.vendor_id"] == "1");
  CHECK(asked.fields["cip.key.major_revision"] == "20");
  auto const opened =
      flow.answer(unconnected("d4000000"
                              "01037900"
                              "1300fe80"
                              "4d00"
                              "3713"
                              "efbe0000"
                              "00127a00"
                              "00127a00"
                              "0000"));
  CHECK(opened.fields["cip.connection.to_target_id"] == "7930625");
  CHECK(opened.fields["cip.connection.to_originator_api"] == "8000000");
  auto const closed =
      flow.ask(unconnected("4e02"
                           "20062401"
                           "0a0e"
                           "4d00"
                           "3713"
                           "efbe0000"
                           "0300"
                           "0100"
                           "20022401"));
  CHECK(closed.fields["cip.connection.path_size"] == "3");
}

TEST_CASE("Connected messages are paired by their count") {
  Exchange flow(tcp_dissector, "enip.");
  auto const asked =
      flow.ask(connected("0302"
                         "20012401"
                         "02000100"
                         "0600",
                         "0700"));
  CHECK(asked.fields["cpf.connection_id"] == "7930625");
  CHECK(asked.fields["cpf.sequence_count"] == "7");
  CHECK(asked.fields["cip.attribute"] == "1 6");
  auto const told =
      flow.answer(connected("83000000"
                            "0200"
                            "0100"
                            "0000"
                            "0100"
                            "0600"
                            "0000"
                            "eeffc000",
                            "0700"));
  CHECK(told.subcode == 1);
  CHECK(told.fields["cip.identity.vendor_id"] == "1");
  CHECK(told.fields["cip.identity.serial_number"] == "12648430");
}

TEST_CASE("Cyclic data looks alike each time") {
  Exchange flow(udp_dissector, "enip.");
  auto const said = flow.ask(
      "0200"
      "0280"
      "0800"
      "03064b00"
      "db943f00"
      "b100"
      "0600"
      "a587e80f0300");
  CHECK(said.operation == Operation::report);
  CHECK(said.role == Role::unsolicited);
  CHECK(said.target.count == 0);
  CHECK(said.fields["cpf.sequenced_connection_id"] == "4916739");
  CHECK(said.fields["cpf.sequence_number"] == "4166875");
  CHECK(said.fields["io.data"] == "a587e80f0300");
}

TEST_CASE("Every lie of a length is malformed") {
  Exchange flow(tcp_dissector, "enip.");
  auto const refused = [&](std::string const& message, char const* field) {
    auto const said = flow.ask(message);
    REQUIRE(said.malformed);
    CHECK(said.malformed->field == field);
    CHECK(said.status == Status::malformed);
  };
  auto const whole = unconnected(
      "0102"
      "20012401");
  refused(whole.substr(0, 40), "header");
  refused(whole.substr(0, whole.size() - 2), "length");
  refused(whole + "00", "length");
  refused(encapsulate("6f00", "00000000"), "interface_handle");
  refused(encapsulate("6f00",
                      "00000000"
                      "0a00"
                      "0200"
                      "00000000"
                      "b200"
                      "ff00"
                      "01"),
          "cpf.length");
  refused(encapsulate("7000",
                      "00000000"
                      "0a00"
                      "0200"
                      "a100"
                      "0200"
                      "0103"
                      "b100"
                      "0200"
                      "0700"),
          "cpf.length");
  refused(encapsulate("6500", "0100"), "register.version");
  refused(unconnected("0109"
                      "20012401"),
          "cip.request_path_size");
  refused(unconnected("0102"
                      "e0012401"),
          "cip.path_segment");
  refused(unconnected("810000ff"), "cip.general_status");
  refused(unconnected("0a02"
                      "20022401"
                      "0100"
                      "0900"
                      "01"),
          "cip.multiple.offset");
}

TEST_CASE("A probe knows its messages, and leaves others alone") {
  auto const tcp = [](std::string const& hex) { return tcp_dissector.probe(octets(hex), Direction::to_server); };
  auto const udp = [](std::string const& hex) { return udp_dissector.probe(octets(hex), Direction::to_server); };
  CHECK(tcp(unconnected("0102"
                        "20012401")) == Likeness::certain);
  CHECK(tcp(encapsulate("6500", "01000000", "00000000")) == Likeness::certain);
  CHECK(tcp(encapsulate("6500", "02000000", "00000000")) == Likeness::no);
  CHECK(tcp(encapsulate("6300", "", "00000000")) == Likeness::plausible);
  CHECK(tcp("160301020001") == Likeness::no);
  CHECK(tcp("000000000006110300") == Likeness::no);  // Modbus, not a NOP
  CHECK(tcp("6f002400") == Likeness::more);
  CHECK(udp(encapsulate("6300", "", "00000000")) == Likeness::plausible);
  CHECK(udp(encapsulate("6300", "", "00000000") + "00") == Likeness::no);
  CHECK(udp("0200"
            "0280"
            "0800"
            "03064b00"
            "db943f00"
            "b100"
            "0600"
            "a587e80f0300") == Likeness::certain);
  CHECK(udp("0200"
            "0280"
            "0800"
            "03064b00"
            "db943f00"
            "b100"
            "0600"
            "a587e80f03") == Likeness::no);
}

TEST_CASE("Every prefix of a message is refused or waited for") {
  auto const whole =
      octets(unconnected("1003"
                         "2004"
                         "2464"
                         "3003"
                         "0700"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    CHECK(tcp_dissector.frame(prefix).verdict == Frame::Verdict::more);
    CHECK(udp_dissector.probe(prefix, Direction::to_server) == Likeness::no);
    Exchange flow(tcp_dissector, "enip.");
    CHECK(flow.say(prefix, Direction::to_server).malformed);
  }
  CHECK(tcp_dissector.frame(whole).verdict == Frame::Verdict::complete);
}

}  // namespace
}  // namespace greywatch::agent::enip
