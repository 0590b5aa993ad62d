#include "agent/dissect/sv/sv.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"
#include "tests/support/iec61850.hpp"

namespace greywatch::agent::sv {
namespace {

using test::element;
using test::Exchange;
using test::hex;
using test::octets;
using test::published;

/// A sample as 9-2LE has it, with two channels instead of eight.
struct Sample {
  std::string sv_id = "MU01";
  unsigned smp_cnt = 10, conf_rev = 1, smp_synch = 2;
  std::string optional_rate, optional_tail;
  std::string data =
      "FFFFFFFF00000000"
      "0000010000002001";

  std::string asdu() const {
    return element(0x30, element(0x80, hex(sv_id)) + element(0x82, hex(smp_cnt, 2)) + element(0x83, hex(conf_rev, 4)) +
                             element(0x85, hex(smp_synch, 1)) + optional_rate + element(0x87, data) + optional_tail);
  }
};

std::string apdu(std::vector<Sample> const& samples) {
  std::string all;
  for (auto const& sample : samples) all += sample.asdu();
  return element(0x60, element(0x80, hex(samples.size(), 1)) + element(0xA2, all));
}
std::string frame(std::vector<Sample> const& samples, unsigned reserved1 = 0) {
  return published(apdu(samples), 0x4000, reserved1);
}

/// A process bus: a sample each quarter of a millisecond.
struct Bus {
  Bus() : flow(dissector, "sv.") {
    flow.flow.transport = Transport::ethernet;
    flow.destination_mac = {{0x01, 0x0C, 0xCD, 0x04, 0x00, 0x01}};
    flow.source_mac = {{0x02, 0, 0, 0, 0, 1}};
    flow.now = from_unix_ns(3'600'000'000'000);
  }
  std::string say(unsigned smp_cnt) {
    sample.smp_cnt = smp_cnt;
    flow.now += std::chrono::microseconds(250);
    return flow.ask(frame({sample})).rules();
  }
  Exchange flow;
  Sample sample;
};

TEST_CASE("A sample tells its stream, its count and the value and quality of each channel") {
  Exchange flow(dissector, "sv.");
  auto const said = flow.ask(frame({Sample{}}));
  CHECK_FALSE(said.malformed);
  CHECK(said.operation == Operation::report);
  CHECK(said.role == Role::unsolicited);
  CHECK(said.code == 0);
  CHECK(said.target.object == 0x4000);
  CHECK(said.fields["no_asdu"] == "1");
  CHECK(said.fields["sv_id"] == "MU01");
  CHECK(said.fields["smp_cnt"] == "10");
  CHECK(said.fields["conf_rev"] == "1");
  CHECK(said.fields["smp_synch"] == "2");
  CHECK(said.fields["value"] == "-1 256");
  CHECK(said.fields["quality"] == "0 8193");
  CHECK(said.fields["validity"] == "0 1");
}

TEST_CASE("What a stream may tell beside its samples is read") {
  Exchange flow(dissector, "sv.");
  Sample sample;
  sample.optional_rate = element(0x86, "12C0");
  sample.optional_tail = element(0x88, "0001") + element(0x89, "00112233445566FF");
  auto const said = flow.ask(frame({sample}));
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["smp_rate"] == "4800");
  CHECK(said.fields["smp_mod"] == "1");
  CHECK(said.fields["gm_identity"] == "00112233445566ff");
}

TEST_CASE("A data set that is not of channels keeps its octets") {
  Exchange flow(dissector, "sv.");
  Sample sample;
  sample.data = "000000110102030405060708";
  auto const said = flow.ask(frame({sample}));
  CHECK(said.fields["sample"] == "000000110102030405060708");
  CHECK(said.fields["value"].empty());
}

TEST_CASE("Several samples of a message are lists") {
  Exchange flow(dissector, "sv.");
  Sample first, second;
  second.smp_cnt = 11;
  auto const said = flow.ask(frame({first, second}));
  CHECK(flow.emitted == 1);
  CHECK(said.fields["smp_cnt"] == "10 11");
  CHECK(said.fields["value"] == "-1 256 -1 256");
}

TEST_CASE("A lie of a message is told") {
  Exchange flow(dissector, "sv.");
  auto const good = Sample{}.asdu();
  CHECK(flow.ask(published(element(0x60, element(0x80, "02") + element(0xA2, good)), 1)).malformed);
  CHECK(flow.ask(published(element(0x60, element(0x80, "00") + element(0xA2, "")), 1)).malformed);
  CHECK(flow.ask(published(element(0x60, element(0x80, "01") + element(0xA2, element(0x31, "820100"))), 1)).malformed);
  CHECK(
      flow.ask(published(element(0x60, element(0x80, "01") + element(0xA2, element(0x30, "82020001"))), 1)).malformed);
  CHECK(flow.ask(published(element(0x60, element(0xA2, good)), 1)).malformed);
  CHECK(flow.ask(published(element(0x60, element(0x80, "01") + element(0xA2, good) + "8000"), 1)).malformed);
  CHECK_FALSE(flow.ask(published(element(0x60, element(0x80, "01") + element(0xA2, good)), 1)).malformed);
}

TEST_CASE("A stream whose count goes on, and begins anew each second, breaks no rule") {
  Bus bus;
  for (unsigned count = 3990; count < 4000; ++count) CHECK(bus.say(count).empty());
  for (unsigned count = 0; count < 10; ++count) CHECK(bus.say(count).empty());
}

TEST_CASE("Samples that are missing are told once, over the second too") {
  Bus bus;
  CHECK(bus.say(3998).empty());
  CHECK(bus.say(3999).empty());
  CHECK(bus.say(0).empty());
  CHECK(bus.say(2) == "sv.sequence.gap");
  CHECK(bus.say(3).empty());
  CHECK(bus.say(3998) == "sv.sequence.gap");
  CHECK(bus.say(1) == "sv.sequence.gap");
  CHECK(bus.say(2).empty());
}

TEST_CASE("Samples of an older count put between are told, and the genuine ones are not") {
  Bus bus;
  CHECK(bus.say(417).empty());
  for (unsigned count = 402; count < 450; ++count) {
    CHECK(bus.say(count) == "sv.sequence.back");
    CHECK(bus.say(count + 16).empty());
  }
}

TEST_CASE("A merging unit that begins anew is followed after four messages") {
  Bus bus;
  CHECK(bus.say(3000).empty());
  for (unsigned count = 100; count < 104; ++count) CHECK(bus.say(count) == "sv.sequence.back");
  CHECK(bus.say(104).empty());
}

TEST_CASE("Samples of one stream in a message must follow each other") {
  Bus bus;
  CHECK(bus.say(9).empty());
  Sample first, second;
  second.smp_cnt = 13;
  CHECK(bus.flow.ask(frame({first, second})).rules() == "sv.sequence.gap");
  CHECK(bus.say(14).empty());
}

TEST_CASE("A stream that stops for a second and has gone on meanwhile is told") {
  Bus bus;
  CHECK(bus.say(1).empty());
  bus.flow.now += std::chrono::seconds(2);
  CHECK(bus.say(2).empty());  // only late
  bus.flow.now += std::chrono::seconds(2);
  CHECK(bus.say(900) == "sv.stream.interrupted");
  CHECK(bus.say(901).empty());
}

TEST_CASE("A stream that loses its synchronisation, its clock or its configuration is told once") {
  Bus bus;
  bus.sample.optional_tail = element(0x89, "0011223344556677");
  CHECK(bus.say(1).empty());
  bus.sample.smp_synch = 0;
  CHECK(bus.say(2) == "sv.synchronisation.lost");
  CHECK(bus.say(3).empty());
  bus.sample.optional_tail = element(0x89, "0011223344556688");
  CHECK(bus.say(4) == "sv.grandmaster.changed");
  CHECK(bus.say(5).empty());
  bus.sample.conf_rev = 2;
  CHECK(bus.say(6) == "sv.configuration.changed");
  CHECK(bus.say(7).empty());
}

TEST_CASE("A second publisher of a stream, and a simulation beside it, are told") {
  Bus bus;
  CHECK(bus.say(1).empty());
  bus.flow.source_mac.octets[5] = 2;
  CHECK(bus.say(2) == "sv.publisher.second");
  CHECK(bus.say(3) == "sv.publisher.second");
  bus.flow.source_mac.octets[5] = 1;
  CHECK(bus.say(2).empty());
  CHECK(bus.flow.ask(frame({bus.sample}, 0x8000)).rules() == "sv.simulation.started");
  CHECK(bus.flow.ask(frame({bus.sample}, 0x8000)).subcode == 1);
}

TEST_CASE("Routed samples tell their session and the same PDU") {
  Exchange flow(routed_dissector, "sv.");
  flow.flow.transport = Transport::udp;
  auto const datagram = test::routed(apdu({Sample{}}), 0xA2, 0x82, 0x4001, "8502abcd");
  CHECK(routed_dissector.probe(octets(datagram), Direction::to_server) == Likeness::certain);
  auto const said = flow.ask(datagram);
  CHECK_FALSE(said.malformed);
  CHECK(said.target.object == 0x4001);
  CHECK(said.fields["session.identifier"] == "162");
  CHECK(said.fields["smp_cnt"] == "10");
}

TEST_CASE("Every prefix of a frame of samples is malformed, and none is claimed for certain") {
  for (auto const* row : {&dissector, &routed_dissector}) {
    auto const whole = octets(row == &dissector ? frame({Sample{}}) : test::routed(apdu({Sample{}}), 0xA2, 0x82, 1));
    CHECK(row->probe(whole, Direction::to_server) == Likeness::certain);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      Exchange flow(*row, "sv.");
      auto const prefix = Bytes(whole).first(length);
      auto const said = flow.say(prefix, Direction::to_server);
      REQUIRE(said.malformed);
      CHECK(said.malformed->offset <= length);
      CHECK(row->probe(prefix, Direction::to_server) != Likeness::certain);
    }
  }
}

}  // namespace
}  // namespace greywatch::agent::sv
