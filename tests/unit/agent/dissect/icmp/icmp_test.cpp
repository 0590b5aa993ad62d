#include "agent/dissect/icmp/icmp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::icmp {
namespace {

using test::Exchange;
using test::octets;

/// A message with its checksum (RFC 1071). `head` is type and code.
std::vector<std::uint8_t> message(std::string const& head, std::string const& body) {
  auto whole = octets(head + "0000" + body);
  std::uint32_t sum = 0;
  for (std::size_t n = 0; n < whole.size(); ++n) sum += n % 2 == 0 ? whole[n] * 256u : whole[n];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  whole[2] = static_cast<std::uint8_t>(~sum >> 8);
  whole[3] = static_cast<std::uint8_t>(~sum);
  return whole;
}

test::SaidMessage say(Exchange& flow, std::string const& head, std::string const& body,
                      Direction way = Direction::to_server) {
  return flow.say(message(head, body), way);
}

/// UDP from 192.0.2.1:4660 to 192.0.2.2:161, as errors quote it.
constexpr auto quoted =
    "4500001c00000000401100000c000201c0000202"
    "123400a100080000";

TEST_CASE("An echo is asked for and answered with the same data") {
  Exchange flow(dissector, "icmp.");
  auto const asked = say(flow, "0800",
                         "00070001"
                         "616263");
  CHECK(asked.operation == Operation::diagnose);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 8);
  CHECK(asked.fields["identifier"] == "7");
  CHECK(asked.fields["sequence_number"] == "1");
  CHECK(asked.fields["data_octets"] == "3");
  auto const answered = say(flow, "0000",
                            "00070001"
                            "616263",
                            Direction::to_client);
  CHECK(answered.status == Status::ok);
  CHECK(answered.rules().empty());
}

TEST_CASE("An echo reply with other data than its request is told") {
  Exchange flow(dissector, "icmp.");
  say(flow, "0800",
      "00070001"
      "616263");
  CHECK(say(flow, "0000",
            "00070001"
            "616264",
            Direction::to_client)
            .rules() == "icmp.echo.data_changed");
  CHECK(say(flow, "0000",
            "00070002"
            "616264",
            Direction::to_client)
            .rules()
            .empty());
  flow.lose(Direction::to_server);
  CHECK(say(flow, "0000",
            "00070001"
            "616264",
            Direction::to_client)
            .rules()
            .empty());
}

TEST_CASE("Errors name the datagram they are about, and who forbids refuses") {
  Exchange flow(dissector, "icmp.");
  auto const port = say(flow, "0303", std::string("00000000") + quoted);
  CHECK(port.role == Role::unsolicited);
  CHECK(port.status == Status::failed);
  CHECK(port.subcode == 3);
  CHECK(port.fields["original.protocol"] == "17");
  CHECK(port.fields["original.destination_ip"] == "192.0.2.2");
  CHECK(port.fields["original.source_port"] == "4660");
  CHECK(port.fields["original.destination_port"] == "161");
  CHECK(say(flow, "030d", std::string("00000000") + quoted).status == Status::refused);
  CHECK(say(flow, "0304", std::string("00000578") + quoted).fields["mtu"] == "1400");
}

TEST_CASE("A redirect configures, and its gateway is the target") {
  Exchange flow(dissector, "icmp.");
  auto const redirect = say(flow, "0501", std::string("c00002fe") + quoted);
  CHECK(redirect.operation == Operation::configure);
  CHECK(redirect.target.object == 0xc00002fe);
  CHECK(redirect.fields["gateway"] == "192.0.2.254");
}

TEST_CASE("Times, masks and routers are read") {
  Exchange flow(dissector, "icmp.");
  auto const time = say(flow, "0e00",
                        "00010002"
                        "00000003"
                        "00000004"
                        "00000005");
  CHECK(time.fields["originate_timestamp"] == "3");
  CHECK(time.fields["transmit_timestamp"] == "5");
  CHECK(say(flow, "1200",
            "00010002"
            "ffffff00")
            .fields["address_mask"] == "255.255.255.0");
  auto const router = say(flow, "0900",
                          "02020708"
                          "c0000201"
                          "00000000"
                          "c0000202"
                          "80000000");
  CHECK(router.fields["router_address"] == "192.0.2.1 192.0.2.2");
  CHECK(router.fields["preference_level"] == "0 -2147483648");
}

TEST_CASE("A wrong checksum and a body that ends early are malformed") {
  Exchange flow(dissector, "icmp.");
  auto broken = message("0800", "00070001");
  broken[2] ^= 1;
  CHECK(flow.say(broken, Direction::to_server).malformed->defect == Defect::bad_checksum);
  CHECK(say(flow, "0e00",
            "00010002"
            "00000003")
            .malformed->defect == Defect::truncated);
}

TEST_CASE("Types and codes that nobody assigned are counted") {
  Exchange flow(dissector, "icmp.");
  CHECK_FALSE(say(flow, "c800", "00000000").malformed);
  CHECK(flow.unknowns["type"] == std::vector<std::uint32_t>{200});
  CHECK_FALSE(say(flow, "0809", "00000000").malformed);
  CHECK(flow.unknowns["code"] == std::vector<std::uint32_t>{8 * 256 + 9});
}

constexpr auto target = "20010db8000000000000000000000005";

TEST_CASE("Neighbours are solicited and advertised") {
  Exchange flow(dissector6, "icmpv6.");
  auto const asked = say(flow, "8700", std::string("00000000") + target + "0101020000000001");
  CHECK(asked.operation == Operation::read);
  CHECK(asked.target.object == 5);
  CHECK(asked.fields["solicited_address"] == "2001:db8::5");
  CHECK(asked.fields["option.link_layer_address"] == "02:00:00:00:00:01");
  auto const told = say(flow, "8800", std::string("60000000") + target + "0201020000000005");
  CHECK(told.operation == Operation::report);
  CHECK(told.fields["router"] == "false");
  CHECK(told.fields["solicited"] == "true");
  CHECK(told.fields["override"] == "true");
}

TEST_CASE("A router advertisement configures with its prefixes") {
  Exchange flow(dissector6, "icmpv6.");
  auto const said = say(flow, "8600",
                        "40c0070800000000000003e8"
                        "030440c00000100000000800"
                        "00000000"
                        "20010db8000000000000000000000000"
                        "05010000000005dc");
  CHECK(said.operation == Operation::configure);
  CHECK(said.fields["cur_hop_limit"] == "64");
  CHECK(said.fields["managed"] == "true");
  CHECK(said.fields["router_lifetime"] == "1800");
  CHECK(said.fields["option.prefix"] == "2001:db8::");
  CHECK(said.fields["option.prefix_length"] == "64");
  CHECK(said.fields["option.mtu"] == "1500");
}

TEST_CASE("Redirects, too big packets and listeners of version 6 are read") {
  Exchange flow(dissector6, "icmpv6.");
  auto const redirect = say(flow, "8900", std::string("00000000") + target + target);
  CHECK(redirect.fields["redirect_target"] == "2001:db8::5");
  CHECK(redirect.operation == Operation::configure);
  auto const big = say(flow, "0200", "00000500");
  CHECK(big.fields["mtu"] == "1280");
  CHECK(big.status == Status::none);
  auto const report = say(flow, "8f00",
                          std::string("00000001"
                                      "04000000") +
                              "ff0200000000000000000000000000fb");
  CHECK(report.fields["record_type"] == "4");
  CHECK(report.fields["multicast_address"] == "ff02::fb");
  say(flow, "8000",
      "00010001"
      "aa");
  CHECK(say(flow, "8100",
            "00010001"
            "ab",
            Direction::to_client)
            .rules() == "icmpv6.echo.data_changed");
}

TEST_CASE("An option without length ends the options") {
  Exchange flow(dissector6, "icmpv6.");
  CHECK(say(flow, "8500",
            "00000000"
            "0100000000000000")
            .fields["option.type"]
            .empty());
}

TEST_CASE("Every prefix of a message is read without a claim beyond it") {
  for (auto const* of : {&dissector, &dissector6}) {
    Exchange flow(*of);
    auto const whole = message("8600", "40c0070800000000000003e805010000000005dc");
    for (std::size_t length = 0; length < whole.size(); ++length)
      flow.say(Bytes(whole).first(length), Direction::to_server);
    CHECK(of->probe(Bytes(whole).first(3), Direction::to_server) == Likeness::no);
    CHECK(of->probe(whole, Direction::to_server) == Likeness::certain);
  }
}

}  // namespace
}  // namespace greywatch::agent::icmp
