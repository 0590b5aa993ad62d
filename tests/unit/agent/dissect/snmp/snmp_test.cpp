#include "agent/dissect/snmp/snmp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::snmp {
namespace {

using test::Exchange;
using test::octets;

std::string tlv(std::string const& tag, std::string const& body) {
  char length[24];
  std::snprintf(length, sizeof length, "%02zx", body.size() / 2);
  return tag + length + body;
}
std::string const community = tlv("04", "7075626c6963");        // public
std::string const description = tlv("06", "2b06010201010100");  // 1.3.6.1.2.1.1.1.0
std::string message(std::string const& pdu, std::string const& value, std::string const& status = "00",
                    std::string const& name = community) {
  return tlv("30", "020101" + name +
                       tlv(pdu,
                           "0202002a"
                           "0201" +
                               status + "020100" + tlv("30", tlv("30", description + value))));
}

TEST_CASE("A manager asks for the description, and is told") {
  Exchange flow(dissector, "snmp.");
  auto const asked = flow.ask(message("a0", "0500"));
  CHECK(asked.operation == Operation::read);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 0);
  CHECK(asked.target.count == 1);
  CHECK(asked.fields["name"] == "1.3.6.1.2.1.1.1.0");
  CHECK(asked.fields["request_id"] == "42");
  CHECK(asked.fields["default_community"] == "public");
  auto const told = flow.answer(message("a2", tlv("04", "525455")));
  CHECK(told.status == Status::ok);
  CHECK(told.fields["system_description"] == "RTU");
}

TEST_CASE("A community that is no default is not said") {
  Exchange flow(dissector, "snmp.");
  auto const said = flow.ask(message("a0", "0500", "00", tlv("04", "736563726574")));
  CHECK_FALSE(said.malformed);
  for (auto const& [name, value] : said.fields.all) CHECK(value.find("secret") == std::string::npos);
  CHECK(said.fields["default_community"].empty());
}

TEST_CASE("A set writes, and errors become states") {
  Exchange flow(dissector, "snmp.");
  CHECK(flow.ask(message("a3", "020101")).operation == Operation::write);
  CHECK(flow.answer(message("a2", "0500", "02")).status == Status::unknown_object);
  CHECK(flow.answer(message("a2", "0500", "06")).status == Status::refused);
  CHECK(flow.answer(message("a2", "0500", "05")).status == Status::failed);
  CHECK(flow.answer(message("a2", "8000")).status == Status::unknown_object);
  CHECK(flow.ask(message("a5", "0500", "03")).fields["non_repeaters"] == "3");
  CHECK(flow.ask(message("a7", "0500")).operation == Operation::report);
}

TEST_CASE("A trap of version 1 names its agent") {
  Exchange flow(dissector, "snmp.");
  auto const trap = flow.ask(tlv("30", "020100" + community +
                                           tlv("a4", tlv("06", "2b0601") +
                                                         "4004c0000201"
                                                         "020106"
                                                         "020107"
                                                         "430100" +
                                                         tlv("30", ""))));
  CHECK_FALSE(trap.malformed);
  CHECK(trap.role == Role::unsolicited);
  CHECK(trap.fields["enterprise"] == "1.3.6.1");
  CHECK(trap.fields["agent_address"] == "192.0.2.1");
  CHECK(trap.fields["specific_trap"] == "7");
}

TEST_CASE("Of version 3 the header is read, and what is encrypted is not") {
  Exchange flow(dissector, "snmp.");
  auto const security = tlv("04", tlv("30", tlv("04", "8000") +
                                                "020101"
                                                "020102" +
                                                tlv("04", "6f70") +
                                                "0400"
                                                "0400"));
  auto const said = flow.ask(tlv("30", "020103" +
                                           tlv("30",
                                               "020107"
                                               "020205dc"
                                               "040103"
                                               "020103") +
                                           security + tlv("04", "deadbeef")));
  CHECK_FALSE(said.malformed);
  CHECK(said.code == 256);
  CHECK(said.fields["message_id"] == "7");
  CHECK(said.fields["encrypted"] == "true");
  CHECK(said.fields["user_name"] == "op");
  CHECK(said.fields["engine_id"] == "8000");
}

TEST_CASE("Each lie is malformed: version, PDU, a variable without a name") {
  Exchange flow(dissector, "snmp.");
  CHECK(flow.ask(tlv("30", "020109")).malformed->field == "version");
  CHECK(flow.ask(message("af", "0500")).malformed->field == "pdu");
  CHECK(flow.ask(tlv("30", "020101" + community +
                               tlv("a0",
                                   "020101"
                                   "020100"
                                   "020100" +
                                       tlv("30", tlv("30", "0500")))))
            .malformed->field == "variable");
}

TEST_CASE("Every prefix is malformed and not claimed") {
  Exchange flow(dissector, "snmp.");
  auto const whole = octets(message("a0", "0500"));
  CHECK(dissector.probe(whole, Direction::to_server) == Likeness::certain);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK(flow.say(Bytes(whole).first(length), Direction::to_server).malformed);
    CHECK(dissector.probe(Bytes(whole).first(length), Direction::to_server) == Likeness::no);
  }
}

}  // namespace
}  // namespace greywatch::agent::snmp
