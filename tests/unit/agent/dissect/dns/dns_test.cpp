#include "agent/dissect/dns/dns.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::dns {
namespace {

using test::Exchange;
using test::octets;

/// relay.example, at octet 12 of a message.
constexpr auto name =
    "0572656c617907"
    "6578616d706c6500";
std::string const query = std::string(
                              "1234"
                              "0100"
                              "0001"
                              "0000"
                              "0000"
                              "0000") +
                          name + "00010001";
std::string answer(std::string const& flags, std::string const& records, std::string const& count = "0001") {
  return "1234" + flags + "0001" + count +
         "0000"
         "0000" +
         name + "00010001" + records;
}
std::string const address =
    "c00c"
    "0001"
    "0001"
    "0000003c"
    "0004"
    "c0000205";

TEST_CASE("A name is asked for, and its address told") {
  Exchange flow(dissector, "dns.");
  auto const asked = flow.ask(query);
  CHECK(asked.operation == Operation::read);
  CHECK(asked.role == Role::request);
  CHECK(asked.subcode == 1);
  CHECK(asked.fields["question.name"] == "relay.example");
  CHECK(asked.fields["recursion_desired"] == "true");
  auto const told = flow.answer(answer("8180", address));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.fields["record.name"] == "relay.example");
  CHECK(told.fields["record.ttl"] == "60");
  CHECK(told.fields["a"] == "192.0.2.5");
  CHECK(told.rules().empty());
}

TEST_CASE("Response codes become states") {
  Exchange flow(dissector, "dns.");
  CHECK(flow.answer(answer("8183", "", "0000")).status == Status::unknown_object);
  CHECK(flow.answer(answer("8185", "", "0000")).status == Status::refused);
  CHECK(flow.answer(answer("8184", "", "0000")).status == Status::unsupported);
  CHECK(flow.answer(answer("8182", "", "0000")).status == Status::failed);
}

TEST_CASE("An answer to another question than was asked under its number is told") {
  Exchange flow(dissector, "dns.");
  flow.ask(query);
  auto forged = answer("8180", address);
  forged[27] = '3';  // selay.example
  CHECK(flow.answer(forged).rules() == "dns.response.other_question");
  auto shouted = answer("8180", address);
  shouted[26] = '5';  // Relay.example: letters may change their case
  CHECK(flow.answer(shouted).rules().empty());
  auto late = answer("8180", address);
  late[0] = '9';
  CHECK(flow.answer(late).rules().empty());
}

TEST_CASE("Records of many types are read") {
  Exchange flow(dissector, "dns.");
  auto const said = flow.answer(answer("8400",
                                       "c00c"
                                       "001c"
                                       "0001"
                                       "00000001"
                                       "0010"
                                       "20010db8000000000000000000000001"
                                       "c00c"
                                       "0005"
                                       "0001"
                                       "00000001"
                                       "0006"
                                       "03777777c00c"
                                       "c00c"
                                       "000f"
                                       "0001"
                                       "00000001"
                                       "0004"
                                       "000ac00c"
                                       "c00c"
                                       "0010"
                                       "0001"
                                       "00000001"
                                       "0006"
                                       "0161"
                                       "03626364"
                                       "c00c"
                                       "0021"
                                       "0001"
                                       "00000001"
                                       "0008"
                                       "000100020964c00c"
                                       "c00c"
                                       "000d"
                                       "0001"
                                       "00000001"
                                       "0006"
                                       "0161"
                                       "03626364"
                                       "c00c"
                                       "0006"
                                       "0001"
                                       "00000001"
                                       "0018"
                                       "c00cc00c"
                                       "00000001"
                                       "00000002"
                                       "00000003"
                                       "00000004"
                                       "00000005",
                                       "0007"));
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["aaaa"] == "2001:db8::1");
  CHECK(said.fields["cname"] == "www.relay.example");
  CHECK(said.fields["mx.preference"] == "10");
  CHECK(said.fields["mx.exchange"] == "relay.example");
  CHECK(said.fields["txt"] == "a bcd");
  CHECK(said.fields["srv.port"] == "2404");
  CHECK(said.fields["srv.target"] == "relay.example");
  CHECK(said.fields["hinfo.os"] == "bcd");
  CHECK(said.fields["soa.serial"] == "1");
  CHECK(said.fields["soa.minimum"] == "5");
}

TEST_CASE("A dynamic update configures its zone") {
  Exchange flow(dissector, "dns.");
  auto const update = flow.ask(std::string("0001"
                                           "2800"
                                           "0001"
                                           "0000"
                                           "0001"
                                           "0000") +
                               name + "00060001" +
                               "c00c"
                               "0001"
                               "00ff"
                               "00000000"
                               "0000");
  CHECK(update.operation == Operation::configure);
  CHECK(update.subcode == 0);
  CHECK(update.fields["updates"] == "1");
  CHECK(update.fields["questions"].empty());
}

TEST_CASE("Multicast DNS reports, and takes the upper bit of the class for itself") {
  Exchange flow(dissector, "dns.");
  flow.flow.server.port = 5353;
  auto const said = flow.ask(std::string("0000"
                                         "8400"
                                         "0000"
                                         "0001"
                                         "0000"
                                         "0000") +
                             name +
                             "0001"
                             "8001"
                             "00000078"
                             "0004"
                             "c0000205");
  CHECK(said.operation == Operation::report);
  CHECK(said.role == Role::unsolicited);
  CHECK(said.fields["record.class"] == "1");
  CHECK(said.fields["record.cache_flush"] == "true");
}

TEST_CASE("LLMNR has flags of its own") {
  Exchange flow(dissector, "dns.");
  flow.flow.server.port = 5355;
  auto const said = flow.answer(answer("8500", address));
  CHECK(said.fields["conflict"] == "true");
  CHECK(said.fields["tentative"] == "true");
}

TEST_CASE("Pointers that lead on or to themselves, long names and labels are malformed") {
  Exchange flow(dissector, "dns.");
  auto const head = std::string(
      "1234"
      "0100"
      "0001"
      "0000"
      "0000"
      "0000");
  CHECK(flow.ask(head + "c00c"
                        "00010001")
            .malformed->defect == Defect::bad_value);
  CHECK(flow.ask(head + "c010"
                        "00010001"
                        "00")
            .malformed->defect == Defect::bad_value);
  CHECK(flow.ask(head + "80"
                        "00010001")
            .malformed->defect == Defect::bad_value);
  std::string labels;
  for (int n = 0; n < 128; ++n) labels += "0161";
  CHECK(flow.ask(head + labels +
                 "00"
                 "00010001")
            .malformed->defect == Defect::bad_length);
}

TEST_CASE("Counts that lie are malformed") {
  Exchange flow(dissector, "dns.");
  auto const lie = flow.answer(answer("8180", address, "0002"));
  REQUIRE(lie.malformed);
  CHECK(lie.malformed->defect == Defect::truncated);
  CHECK(lie.fields["a"] == "192.0.2.5");
}

TEST_CASE("Octets that are no letters are written as numbers, dots in labels with a stroke") {
  Exchange flow(dissector, "dns.");
  auto const said = flow.ask(std::string("1234"
                                         "0100"
                                         "0001"
                                         "0000"
                                         "0000"
                                         "0000") +
                             "05612e620163"
                             "00"
                             "00010001");
  CHECK(said.fields["question.name"] == "a\\.b\\001c");
}

TEST_CASE("NetBIOS names are another protocol's") {
  std::string label = "20";
  for (int n = 0; n < 32; ++n) label += "43";
  auto const nbns = octets(
      "1234"
      "0110"
      "0001"
      "0000"
      "0000"
      "0000" +
      label +
      "00"
      "0020"
      "0001");
  CHECK(dissector.probe(nbns, Direction::to_server) == Likeness::no);
}

TEST_CASE("Over TCP a length stands in front, and may come alone") {
  auto const whole = octets("001f" + query);
  CHECK(dissector_tcp.probe(whole, Direction::to_server) == Likeness::certain);
  for (std::size_t length = 2; length < whole.size(); ++length) {
    auto const part = dissector_tcp.frame(Bytes(whole).first(length));
    CHECK(part.verdict == Frame::Verdict::more);
    CHECK(part.length == whole.size());
  }
  CHECK(dissector_tcp.frame(whole).verdict == Frame::Verdict::complete);
  CHECK(dissector_tcp.frame(octets("0001")).verdict == Frame::Verdict::lost);
  Exchange flow(dissector_tcp, "dns.");
  CHECK(flow.say(whole, Direction::to_server).fields["question.name"] == "relay.example");
  auto const long_answer = octets("0400" + answer("8180", address, "0010"));
  CHECK(dissector_tcp.probe(long_answer, Direction::to_client) == Likeness::more);
}

TEST_CASE("Every prefix of a message is malformed, and never claimed for certain") {
  Exchange flow(dissector, "dns.");
  auto const whole = octets(answer("8180", address));
  CHECK(dissector.probe(whole, Direction::to_client) == Likeness::certain);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK(flow.say(Bytes(whole).first(length), Direction::to_client).malformed);
    CHECK(dissector.probe(Bytes(whole).first(length), Direction::to_client) != Likeness::certain);
  }
}

}  // namespace
}  // namespace greywatch::agent::dns
