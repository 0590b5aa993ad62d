#include "agent/dissect/arp/arp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::arp {
namespace {

using test::Exchange;
using test::octets;

std::string const head = "0001080006040";
std::string packet(char operation, std::string const& sender, std::string const& sender_ip, std::string const& target,
                   std::string const& target_ip) {
  return head + "00" + operation + sender + sender_ip + target + target_ip;
}
std::string const station = "020000000001", other = "020000000002", nobody = "000000000000";
std::string const request = packet('1', station, "c0000201", nobody, "c0000202");

TEST_CASE("A host asks who has an address, and is told") {
  Exchange flow(dissector, "arp.");
  auto const asked = flow.ask(request);
  CHECK(asked.code == 1);
  CHECK(asked.operation == Operation::read);
  CHECK(asked.target.object == 0xc0000202);
  CHECK(asked.fields["sender_mac"] == "02:00:00:00:00:01");
  CHECK(asked.fields["sender_ip"] == "192.0.2.1");
  CHECK(asked.fields["target_ip"] == "192.0.2.2");
  auto const told = flow.ask(packet('2', other, "c0000202", station, "c0000201"));
  CHECK(told.operation == Operation::report);
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.target.object == 0xc0000202);
}

TEST_CASE("Probes, announcements and gratuitous replies are told apart") {
  Exchange flow(dissector, "arp.");
  CHECK(flow.ask(packet('1', station, "00000000", nobody, "c0000201")).fields["probe"] == "true");
  auto const announced = flow.ask(packet('1', station, "c0000201", nobody, "c0000201"));
  CHECK(announced.fields["announcement"] == "true");
  CHECK(announced.operation == Operation::report);
  auto const gratuitous = flow.ask(packet('2', station, "c0000201", station, "c0000201"));
  CHECK(gratuitous.fields["gratuitous"] == "true");
  CHECK(gratuitous.fields["announcement"].empty());
  CHECK(gratuitous.role == Role::unsolicited);
}

TEST_CASE("A sender that gives another MAC address than its frame's is told") {
  struct Framed : Exchange {
    using Exchange::Exchange;
    Observation begin() override {
      auto observation = Exchange::begin();
      observation.source_mac = *parse_mac("02:00:00:00:00:01");
      return observation;
    }
  };
  Framed flow(dissector, "arp.");
  CHECK(flow.ask(request).rules().empty());
  CHECK(flow.ask(packet('2', other, "c0000203", station, "c0000201")).rules() == "arp.sender.other_mac");
}

TEST_CASE("An address that moves to another MAC address within a flow is told once") {
  Exchange flow(dissector, "arp.");
  CHECK(flow.ask(packet('2', station, "c0000209", nobody, "c0000201")).rules().empty());
  CHECK(flow.ask(packet('2', other, "c0000209", nobody, "c0000201")).rules() == "arp.address.moved");
  CHECK(flow.ask(packet('2', other, "c0000209", nobody, "c0000201")).rules().empty());
  CHECK(flow.ask(packet('2', other, "c000020a", nobody, "c0000201")).rules().empty());
}

TEST_CASE("Sizes that lie are malformed, and so is operation 0") {
  Exchange flow(dissector, "arp.");
  auto const leak = flow.ask("00010800ff040001" + std::string(2 * 518, '0'));
  REQUIRE(leak.malformed);
  CHECK(leak.malformed->field == "hardware_size");
  CHECK(leak.status == Status::malformed);
  CHECK(flow.ask(packet('0', station, "c0000201", nobody, "c0000202")).malformed->field == "opcode");
}

TEST_CASE("Operations that nobody assigned are counted") {
  Exchange flow(dissector, "arp.");
  CHECK_FALSE(flow.ask("0001080006040063" + station + "c0000201" + nobody + "c0000202").malformed);
  CHECK(flow.unknowns["opcode"] == std::vector<std::uint32_t>{99});
}

TEST_CASE("Every prefix of a packet is refused, and never claimed for certain") {
  Exchange flow(dissector, "arp.");
  auto const whole = octets(request);
  CHECK(dissector.probe(whole, Direction::to_server) == Likeness::certain);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK(flow.say(Bytes(whole).first(length), Direction::to_server).malformed);
    CHECK(dissector.probe(Bytes(whole).first(length), Direction::to_server) != Likeness::certain);
  }
}

}  // namespace
}  // namespace greywatch::agent::arp
