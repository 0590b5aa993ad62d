#include <catch2/catch.hpp>

#include "agent/dissect/dhcp/dhcp.hpp"
#include "agent/dissect/dhcp/v6_message.hpp"
#include "common/address.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::dhcp::v6 {
namespace {

using test::Exchange;
using test::octets;

std::string hex(std::size_t value, std::size_t digits) {
  std::string text;
  for (; digits > 0; --digits, value >>= 4) text.insert(text.begin(), "0123456789abcdef"[value & 15]);
  return text;
}
std::string option(std::uint16_t code, std::string const& value) {
  return hex(code, 4) + hex(value.size() / 2, 4) + value;
}
std::string message(std::uint8_t type, std::string const& options, std::string const& transaction = "112233") {
  return hex(type, 2) + transaction + options;
}
std::string relay(std::uint8_t type, std::uint8_t hops, std::string const& options,
                  std::string const& peer = "fe80000000000000000000000000000a") {
  return hex(type, 2) + hex(hops, 2) + "20010db8000000000000000000000001" + peer + options;
}
std::string const address = "20010db8000000000000000000000064";
std::string const client = option(1, "00030001020000000001");
std::string const server = option(2, "000100012c000000020000000002");
std::string const other_server = option(2, "000100012c000000020000000099");
std::string lease(std::string const& ip, std::string const& valid = "00001c20") {
  return option(3,
                "00000001"
                "00000708"
                "00000b40" +
                    option(5, ip + "00000e10" + valid));
}

/// A client and a server on one link: datagrams go between their addresses.
struct Link : Exchange {
  Link() : Exchange(dissector6, "dhcpv6.") {
    flow.client.ip = *parse_ip("fe80::a");
    flow.server.ip = *parse_ip("fe80::b");
  }
};

TEST_CASE("A client looks for servers, and says what it is") {
  Link link;
  auto const said = link.ask(message(1, client + option(8, "0064") + option(14, "") + option(6, "00170018") +
                                            option(16,
                                                   "00000137"
                                                   "0008"
                                                   "4d53465420352e30") +
                                            option(39,
                                                   "01"
                                                   "0572656c6179") +
                                            option(3, "000000010000000000000000")));
  CHECK_FALSE(said.malformed);
  CHECK(said.code == 1);
  CHECK(said.operation == Operation::session);
  CHECK(said.role == Role::request);
  CHECK(said.fields["transaction_id"] == "1122867");
  CHECK(said.fields["client_duid"] == "00030001020000000001");
  CHECK(said.fields["duid.type"] == "3");
  CHECK(said.fields["duid.link_layer_address"] == "02:00:00:00:00:01");
  CHECK(said.fields["client_mac"] == "02:00:00:00:00:01");
  CHECK(said.fields["host_ip"] == "fe80::a");
  CHECK(said.fields["elapsed_time"] == "100");
  CHECK(said.fields["rapid_commit"] == "true");
  CHECK(said.fields["requested_option"] == "23 24");
  CHECK(said.fields["vendor_class.enterprise"] == "311");
  CHECK(said.fields["vendor_class"] == "MSFT 5.0");
  CHECK(said.fields["client_fqdn"] == "relay");
  CHECK(said.fields["iaid"] == "00000001");
  CHECK(said.fields["option.type"] == "1 8 14 6 16 39 3");
}

TEST_CASE("A server gives an address, a prefix and name servers") {
  Link link;
  link.ask(message(3, client + server + lease(address)));
  link.now += std::chrono::milliseconds(250);
  auto const given = link.answer(message(7, client + server + lease(address) +
                                                option(25,
                                                       "00000002"
                                                       "00000708"
                                                       "00000b40" +
                                                           option(26,
                                                                  "00000e10"
                                                                  "00001c20"
                                                                  "38"
                                                                  "20010db8010000000000000000000000")) +
                                                option(23, "20010db8000000000000000000000035") +
                                                option(24,
                                                       "05706c616e74076578616d706c6500"
                                                       "076578616d706c6500")));
  CHECK_FALSE(given.malformed);
  CHECK(given.role == Role::response);
  CHECK(given.status == Status::ok);
  CHECK(given.target.name == "2001:db8::64");
  CHECK(given.fields["host_ip"] == "2001:db8::64");
  CHECK(given.fields["address"] == "2001:db8::64");
  CHECK(given.fields["address.preferred_lifetime"] == "3600");
  CHECK(given.fields["address.valid_lifetime"] == "7200");
  CHECK(given.fields["t1"] == "1800 1800");
  CHECK(given.fields["prefix"] == "2001:db8:100::");
  CHECK(given.fields["prefix.length"] == "56");
  CHECK(given.fields["dns_server"] == "2001:db8::35");
  CHECK(given.fields["search_domain"] == "plant.example example");
  CHECK(given.fields["request_type"] == "3");
  CHECK(given.fields["response_time"] == "0.250000");
  CHECK(given.violations.empty());
}

TEST_CASE("A prefix alone is what a message is about, too") {
  Link link;
  auto const given =
      link.answer(message(7, client + server +
                                 option(25, "000000020000070800000b40" + option(26,
                                                                                "00000e1000001c2038"
                                                                                "20010db8010000000000000000000000"))));
  CHECK(given.target.name == "2001:db8:100::/56");
  CHECK(given.fields["host_ip"] == "fe80::a");
}

TEST_CASE("Identifiers of all four types are read, others are counted") {
  Link link;
  auto const fields = [&](std::string const& duid) { return link.ask(message(11, option(1, duid))).fields; };
  CHECK(fields("000100012c000000020000000002")["duid.time"] == "1684882304");
  CHECK(fields("000100012c000000020000000002")["client_mac"] == "02:00:00:00:00:02");
  CHECK(fields("00020000013700aa")["duid.enterprise"] == "311");
  CHECK(fields("00020000013700aa")["duid.identifier"] == "00aa");
  CHECK(fields("00030006020000000002")["duid.hardware_type"] == "6");
  CHECK(fields("000400112233445566778899aabbccddeeff")["duid.uuid"] == "00112233445566778899aabbccddeeff");
  CHECK(fields("000500")["client_duid"] == "000500");
  CHECK(link.unknowns["duid_type"] == std::vector<std::uint32_t>{5});
}

TEST_CASE("A status of the message stands above those of its leases") {
  Link link;
  auto const status = [&](std::string const& options) {
    return link.answer(message(7, client + server + options)).status;
  };
  auto const none = option(3, "000000010000000000000000" + option(13, "00024e6f6e65"));
  CHECK(status("") == Status::ok);
  CHECK(status(none) == Status::refused);
  CHECK(status(none + lease(address)) == Status::ok);
  CHECK(status(lease(address) + option(13, "0001")) == Status::failed);
  CHECK(status(option(13, "0003")) == Status::unknown_object);
  CHECK(link.answer(message(7, none)).fields["status_message"] == "None");
  CHECK(status(option(13, "0063")) == Status::failed);
  CHECK(link.unknowns["status_code"] == std::vector<std::uint32_t>{99});
}

TEST_CASE("An address that is withdrawn is nobody's") {
  Link link;
  auto const said = link.answer(message(7, client + server + lease(address, "00000000")));
  CHECK(said.target.count == 0);
  CHECK(said.fields["host_ip"] == "fe80::a");
}

TEST_CASE("Relays carry what a client says, and tell its address") {
  Link link;
  auto const inner = message(1, client);
  auto const outer =
      relay(12, 1, option(18, "65746830") + option(9, relay(12, 0, option(79, "00010200000000aa") + option(9, inner))),
            "fe80000000000000000000000000000c");
  auto const said = link.ask(outer);
  CHECK_FALSE(said.malformed);
  CHECK(said.code == 12);
  CHECK(said.subcode == 1);
  CHECK(said.fields["message_type"] == "12 12 1");
  CHECK(said.fields["hop_count"] == "1 0");
  CHECK(said.fields["peer_address"] == "fe80::c fe80::a");
  CHECK(said.fields["interface_id"] == "eth0");
  CHECK(said.fields["host_ip"] == "fe80::a");
  CHECK(said.fields["client_link_layer"] == "02:00:00:00:00:aa");
  CHECK(said.fields["client_mac"] == "02:00:00:00:00:aa 02:00:00:00:00:01");
  // The answer comes straight to the client on the other side of the relay.
  auto const answered = link.answer(message(2, client + server));
  CHECK(answered.fields["request_type"] == "1");
  CHECK(dissector6.probe(octets(outer), Direction::to_server) == Likeness::certain);
}

TEST_CASE("However many relays stand beside each other, what the client said is what it is about") {
  Link link;
  std::string many;
  for (int n = 0; n < 256; ++n) many += option(9, relay(12, 0, option(9, message(1, client))));
  CHECK(link.ask(relay(12, 1, many)).subcode == 1);
}

TEST_CASE("Relays within relays are followed so far and no further") {
  Link link;
  auto nested = message(1, client);
  for (int n = 0; n < 32; ++n) nested = relay(12, 0, option(9, nested));
  CHECK_FALSE(link.ask(nested).malformed);
  for (int n = 0; n < 16; ++n) nested = relay(12, 0, option(9, nested));
  auto const deep = link.ask(nested);
  REQUIRE(deep.malformed);
  CHECK(deep.malformed->defect == Defect::too_deep);
}

TEST_CASE("A server that was not asked breaks a rule by its answer") {
  Link link;
  link.ask(message(3, client + server + lease(address)));
  CHECK(link.answer(message(7, client + server + lease(address))).rules().empty());
  CHECK(link.answer(message(7, client + other_server + lease(address))).rules() == "dhcpv6.response.other_server");
  // All servers are asked by a Solicit: each may answer.
  link.ask(message(1, client, "445566"));
  CHECK(link.answer(message(2, client + server, "445566")).rules().empty());
  CHECK(link.answer(message(2, client + other_server, "445566")).rules().empty());
}

TEST_CASE("An answer to another client under this one's transaction breaks a rule") {
  Link link;
  link.ask(message(1, client));
  CHECK(link.answer(message(2, option(1, "00030001020000000077") + server)).rules() == "dhcpv6.response.other_client");
  CHECK(link.answer(message(2, option(1, "00030001020000000077") + server, "778899")).rules().empty());
}

TEST_CASE("A client is told to configure itself anew by who proves himself only") {
  Link link;
  auto const options = client + server + option(19, "05");
  auto const bare = link.answer(message(10, options, "000000"));
  CHECK(bare.operation == Operation::configure);
  CHECK(bare.role == Role::unsolicited);
  CHECK(bare.fields["reconfigure_message_type"] == "5");
  CHECK(bare.rules() == "dhcpv6.reconfigure.unauthenticated");
  auto const proven = link.answer(message(10,
                                          options + option(11,
                                                           "030100"
                                                           "0000000000000001"
                                                           "02"
                                                           "00112233445566778899aabbccddeeff"),
                                          "000000"));
  CHECK(proven.rules().empty());
  CHECK(proven.fields["auth.protocol"] == "3");
  CHECK(proven.fields["auth.reconfigure_type"] == "2");
  CHECK(proven.fields["auth.replay_detection"] == "0000000000000001");
}

TEST_CASE("Of transactions the latest are remembered, and what was pushed out is counted") {
  Link link;
  for (std::size_t n = 0; n < 2000; ++n) {
    link.now += std::chrono::microseconds(1);
    link.ask(message(1, client, hex(n, 6)));
  }
  CHECK(link.answer(message(2, client + server, hex(1999, 6))).fields["request_type"] == "1");
  CHECK(link.answer(message(2, client + server, hex(0, 6))).fields["request_type"].empty());
  CHECK(link.tables_full >= 2000 - 256);
}

TEST_CASE("Time servers, boot files, vendors' options and user classes are read") {
  Link link;
  auto const said = link.answer(message(7, client + server +
                                               option(56, "00010010" + address + "00030009" +
                                                              "036e7470026578"
                                                              "00" +
                                                              "00020010" + "ff050000000000000000000000000101") +
                                               option(59, "746674703a2f2f622f66") +
                                               option(60,
                                                      "000161"
                                                      "00026263") +
                                               option(17,
                                                      "00000009"
                                                      "0001000141") +
                                               option(15,
                                                      "000469505845"
                                                      "00020001") +
                                               option(7, "ff") + option(12, address) + option(32, "00015180")));
  CHECK(said.fields["ntp.server"] == "2001:db8::64");
  CHECK(said.fields["boot_file_url"] == "tftp://b/f");
  CHECK(said.fields["boot_file_parameter"] == "a bc");
  CHECK(said.fields["vendor_options.enterprise"] == "9");
  CHECK(said.fields["vendor_options.data"] == "A");
  CHECK(said.fields["user_class"] == "iPXE 0001");
  CHECK(said.fields["preference"] == "255");
  CHECK(said.fields["unicast"] == "2001:db8::64");
  CHECK(said.fields["information_refresh_time"] == "86400");
}

TEST_CASE("Messages of DHCP for IPv4 are read where they are carried") {
  Link link;
  auto const inside = "010106001122334400008000" + std::string(32, '0') + "020000000001" + std::string(20, '0') +
                      std::string(2 * 192, '0') + "63825363" + "350101ff";
  auto const said = link.ask(message(20, option(87, inside), "000000"));
  CHECK_FALSE(said.malformed);
  CHECK(said.fields.all.at("dhcp.message_type") == "1");
  auto const bad = link.ask(message(20, option(87, "0101"), "000000"));
  REQUIRE(bad.malformed);
  CHECK(bad.malformed->field == "header");
}

TEST_CASE("Each lie is malformed, and what stands beside it is read") {
  Link link;
  auto const field = [&](std::string const& options) {
    auto const said = link.ask(message(1, options + client));
    CHECK(said.fields["client_duid"] == "00030001020000000001");
    CHECK(said.status == Status::malformed);
    return said.malformed ? std::string(said.malformed->field) : "";
  };
  CHECK(field(option(2, "0003")) == "server_duid");
  CHECK(field(option(2, "0004001122")) == "server_duid");
  CHECK(field(option(2, std::string(2 * 131, '1'))) == "server_duid");
  CHECK(field(option(3, "0000000100000000")) == "ia_na");
  CHECK(field(option(4, "000001")) == "ia_ta");
  CHECK(field(option(3, "000000010000000000000000" + option(5, address))) == "ia_address");
  CHECK(field(option(25, "000000010000000000000000" + option(26, "000000000000000081" + address))) == "ia_prefix");
  CHECK(field(option(6, "001700")) == "requested_option");
  CHECK(field(option(7, "")) == "preference");
  CHECK(field(option(8, "00")) == "elapsed_time");
  CHECK(field(option(11, "0000")) == "auth");
  CHECK(field(option(13, "00")) == "status_code");
  CHECK(field(option(14, "00")) == "rapid_commit");
  CHECK(field(option(15, "000561")) == "user_class");
  CHECK(field(option(16, "000001")) == "vendor_class");
  CHECK(field(option(23, address.substr(2))) == "dns_server");
  CHECK(field(option(23, "")) == "dns_server");
  CHECK(field(option(24, "0561")) == "search_domain");
  CHECK(field(option(24, "c000")) == "search_domain");
  CHECK(field(option(39, "")) == "client_fqdn");
  CHECK(field(option(56, "00010001aa")) == "ntp");
  CHECK(field(option(79, "00")) == "client_link_layer");
}

TEST_CASE("An option beyond the end is malformed there, and a relay without a message at its end") {
  Link link;
  auto const cut = link.ask(message(1, client + "000800ff00"));
  REQUIRE(cut.malformed);
  CHECK(cut.malformed->defect == Defect::truncated);
  CHECK(cut.malformed->offset == 4 + 14);
  auto const empty = link.ask(relay(12, 0, option(18, "65746830")));
  REQUIRE(empty.malformed);
  CHECK(empty.malformed->field == "relay_message");
  // Beside a full one, an empty one is still without.
  auto const full = option(9, relay(12, 0, option(9, message(1, client))));
  auto const beside = link.ask(relay(12, 1, full + option(9, relay(12, 0, option(18, "65746830")))));
  REQUIRE(beside.malformed);
  CHECK(beside.malformed->field == "relay_message");
}

TEST_CASE("What nobody registered is counted") {
  Link link;
  link.ask(message(99, ""));
  link.ask(message(1, client + option(4000, "00") + option(56, "000900") + option(10, "")));
  CHECK(link.unknowns["message_type"] == std::vector<std::uint32_t>{99});
  CHECK(link.unknowns["option"] == std::vector<std::uint32_t>{4000, 10});
}

TEST_CASE("Times that a client would not take are let pass and counted") {
  Link link;
  link.ask(message(3, client + option(3,
                                      "00000001"
                                      "00000b40"
                                      "00000708")));
  CHECK(link.deviations["T1 greater than T2"] == 1);
  link.ask(message(3, client + lease(address, "00000001")));
  CHECK(link.deviations["preferred lifetime greater than the valid one"] == 1);
}

TEST_CASE("A lease query is about others: nobody's inventory takes it") {
  Link link;
  auto const said = link.answer(message(
      15, client + server + option(45, option(1, "00030001020000000055") + option(5, address + "00000e1000001c20"))));
  CHECK(said.operation == Operation::read);
  CHECK(said.fields["client_duid"] == "00030001020000000001");
  CHECK(said.fields["lease.client_duid"] == "00030001020000000055");
  CHECK(said.fields["host_ip"].empty());
  CHECK(said.fields["address"] == "2001:db8::64");
}

TEST_CASE("Every prefix is refused or read, and none is claimed for its first octets") {
  Link link;
  auto const whole = octets(message(1, client + option(8, "0064") + lease(address)));
  CHECK(dissector6.probe(whole, Direction::to_server) == Likeness::certain);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    link.say(prefix, Direction::to_server);
    if (length < 18) CHECK(dissector6.probe(prefix, Direction::to_server) == Likeness::no);
  }
}

TEST_CASE("Failover, other types and other protocols are not claimed") {
  CHECK(dissector6.probe(octets(message(24, client)), Direction::to_server) == Likeness::no);
  CHECK(dissector6.probe(octets(message(200, client)), Direction::to_server) == Likeness::no);
  CHECK(dissector6.probe(octets("0102030405060708090a0b0c"), Direction::to_server) == Likeness::no);
  CHECK(dissector6.probe(octets(message(1, "")), Direction::to_server) == Likeness::no);
}

/// With its length in front, as over TCP.
std::string framed(std::string const& message) { return hex(message.size() / 2, 4) + message; }

TEST_CASE("Lease queries and failover come over TCP, each behind its length") {
  Exchange stream(dissector6_tcp, "dhcpv6.");
  auto const query = framed(message(14, client + option(44, "05" + std::string(32, '0'))));
  CHECK(dissector6_tcp.probe(octets(query), Direction::to_server) == Likeness::certain);
  CHECK(dissector6_tcp.frame(octets(query + query)).length == query.size() / 2);
  CHECK(dissector6_tcp.frame(octets(query.substr(0, 20))).verdict == Frame::Verdict::more);
  CHECK(dissector6_tcp.frame(octets("0003")).verdict == Frame::Verdict::lost);
  auto const asked = stream.ask(query);
  CHECK(asked.operation == Operation::read);
  CHECK(asked.fields["query.type"] == "5");
  auto const update = stream.ask(framed(message(24, client, "0000012c000000")));
  CHECK(update.fields["transaction_id"] == "1");
  CHECK(update.fields["failover.sent_time"] == "738197504");
  auto const cut = stream.ask(framed(message(15, client + "00")));
  REQUIRE(cut.malformed);
  CHECK(cut.malformed->offset == 2 + 4 + 14);
}

TEST_CASE("What clients and servers say by datagram is not looked for in streams, nor what is short of an identifier") {
  auto const probe = [](std::string const& hex) { return dissector6_tcp.probe(octets(hex), Direction::to_server); };
  CHECK(probe(framed(message(1, client))) == Likeness::no);
  CHECK(probe(framed(message(16, ""))) == Likeness::no);
  auto const long_one = framed(message(17, client + server + lease(address)));
  CHECK(probe(long_one.substr(0, long_one.size() - 20)) == Likeness::more);
  CHECK(probe(long_one.substr(0, 20)) == Likeness::no);
  CHECK(dissector6_tcp.probe({}, Direction::to_server) == Likeness::no);
}

}  // namespace
}  // namespace greywatch::agent::dhcp::v6
