#include "agent/dissect/enip/enip.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::enip {
namespace {

using test::Exchange;
using test::octets;

/// Parts without blanks; numbers as the wire has them, lowest octet first.
std::string le16(std::size_t value) { return fmt::format("{:02x}{:02x}", value & 255, value >> 8 & 255); }
std::string encapsulate(std::string const& command, std::string const& data, std::string const& session = "00010211",
                        std::string const& context = "0102030405060708", std::string const& status = "00000000") {
  return command + le16(data.size() / 2) + session + status + context + "00000000" + data;
}
std::string unconnected(std::string const& cip, std::string const& context = "0102030405060708",
                        std::string const& session = "00010211") {
  return encapsulate("6f00",
                     "00000000"
                     "0a00"
                     "0200"
                     "00000000"
                     "b200" +
                         le16(cip.size() / 2) + cip,
                     session, context);
}
std::string connected(std::string const& cip, std::string const& count) {
  return encapsulate("7000",
                     "00000000"
                     "0000"
                     "0200"
                     "a100"
                     "0400"
                     "01037900"
                     "b100" +
                         le16(2 + cip.size() / 2) + count + cip);
}

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
