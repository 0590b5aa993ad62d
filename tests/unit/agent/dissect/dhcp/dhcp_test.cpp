#include "agent/dissect/dhcp/dhcp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::dhcp {
namespace {

using test::Exchange;
using test::octets;

std::string message(std::string const& op, std::string const& options, std::string const& client = "00000000",
                    std::string const& your = "00000000") {
  return op +
         "010600"
         "11223344"
         "0000"
         "8000" +
         client + your +
         "00000000"
         "00000000"
         "020000000001" +
         std::string(20, '0') + std::string(2 * 192, '0') + "63825363" + options;
}
std::string const request = message("01",
                                    "350103"
                                    "3204c0000264"
                                    "3604c0000202"
                                    "0c0572656c6179"
                                    "3c03504c43"
                                    "370401030633"
                                    "ff");

TEST_CASE("A client asks for an address, and says what it is") {
  Exchange flow(dissector, "dhcp.");
  auto const said = flow.ask(request);
  CHECK(said.code == 3);
  CHECK(said.operation == Operation::session);
  CHECK(said.role == Role::request);
  CHECK(said.target.object == 0xc0000264);
  CHECK(said.fields["client_mac"] == "02:00:00:00:00:01");
  CHECK(said.fields["host_name"] == "relay");
  CHECK(said.fields["vendor_class"] == "PLC");
  CHECK(said.fields["requested_ip"] == "192.0.2.100");
  CHECK(said.fields["assigned_ip"] == "192.0.2.100");
  CHECK(said.fields["server_identifier"] == "192.0.2.2");
  CHECK(said.fields["parameter_request"] == "1 3 6 51");
  CHECK(said.fields["broadcast"] == "true");
}

TEST_CASE("A server gives an address with a lease, or refuses") {
  Exchange flow(dissector, "dhcp.");
  auto const given = flow.answer(message("02",
                                         "350105"
                                         "330400000e10"
                                         "0104ffffff00"
                                         "0304c0000201"
                                         "0608c0000201c0000202"
                                         "ff",
                                         "00000000", "c0000264"));
  CHECK(given.role == Role::response);
  CHECK(given.status == Status::ok);
  CHECK(given.fields["lease_time"] == "3600");
  CHECK(given.fields["subnet_mask"] == "255.255.255.0");
  CHECK(given.fields["domain_name_server"] == "192.0.2.1 192.0.2.2");
  CHECK(given.fields["assigned_ip"] == "192.0.2.100");
  CHECK(flow.answer(message("02",
                            "350106"
                            "ff"))
            .status == Status::refused);
  CHECK(flow.answer(message("02",
                            "350109"
                            "ff"))
            .operation == Operation::configure);
}

TEST_CASE("A discovery takes no address yet") {
  Exchange flow(dissector, "dhcp.");
  CHECK(flow.ask(message("01",
                         "350101"
                         "3204c0000264"
                         "ff"))
            .fields["assigned_ip"]
            .empty());
}

TEST_CASE("Client identifiers and full names are read") {
  Exchange flow(dissector, "dhcp.");
  auto const said = flow.ask(message("01",
                                     "350101"
                                     "3d0701020000000009"
                                     "510800000061626364"
                                     "78"
                                     "ff"));
  CHECK(said.fields["client_mac"] == "02:00:00:00:00:01 02:00:00:00:00:09");
  CHECK(said.fields["client_fqdn"] == "abcdx");
  CHECK(flow.ask(message("01",
                         "3d0300ab01"
                         "ff"))
            .fields["client_identifier"] == "00:ab:01");
}

TEST_CASE("Each lie is malformed: operation, address length, cookie, an option beyond the end") {
  Exchange flow(dissector, "dhcp.");
  CHECK(flow.ask(message("03", "350101ff")).malformed->field == "op");
  auto lengthy = request;
  lengthy.replace(4, 2, "11");
  CHECK(flow.ask(lengthy).malformed->field == "hardware_length");
  auto cookie = request;
  cookie.replace(2 * 236, 2, "00");
  CHECK(flow.ask(cookie).malformed->field == "cookie");
  auto const option = flow.ask(message("01",
                                       "350101"
                                       "0cff61"));
  REQUIRE(option.malformed);
  CHECK(option.malformed->field == "option");
  CHECK(option.malformed->offset == 243);
  CHECK(option.fields["message_type"] == "1");
}

TEST_CASE("Message types that nobody assigned are counted") {
  Exchange flow(dissector, "dhcp.");
  flow.ask(message("01",
                   "350163"
                   "ff"));
  CHECK(flow.unknowns["message_type"] == std::vector<std::uint32_t>{99});
}

TEST_CASE("Every prefix is refused or read, and claimed only with its cookie") {
  Exchange flow(dissector, "dhcp.");
  auto const whole = octets(request);
  CHECK(dissector.probe(whole, Direction::to_server) == Likeness::certain);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    flow.say(prefix, Direction::to_server);
    if (length < 240) CHECK(dissector.probe(prefix, Direction::to_server) == Likeness::no);
  }
}

}  // namespace
}  // namespace greywatch::agent::dhcp
