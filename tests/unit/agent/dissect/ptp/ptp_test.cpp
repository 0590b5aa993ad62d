#include "agent/dissect/ptp/ptp.hpp"

#include <catch2/catch.hpp>
#include <cstdio>

#include "agent/dissect/ptp/message.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::ptp {
namespace {

using test::Exchange;
using test::octets;

std::string hex(std::uint64_t value, int digits) {
  char text[24];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}
std::string hex(std::string_view text) {
  std::string out;
  for (unsigned char letter : text) out += hex(letter, 2);
  return out;
}
std::string text(std::string const& letters) { return hex(letters.size(), 2) + hex(letters); }

constexpr std::uint64_t master = 0x001122FFFE334455, other = 0x00AABBFFFECCDDEE;
constexpr std::int64_t noon = 1'764'244'800;  // 2025-11-27 12:00:00

/// What messages of this test differ in.
struct With {
  std::uint64_t clock = master;
  std::uint16_t sequence = 1, flags = 0;
  std::uint8_t domain = 0;
  std::uint64_t correction = 0;
};

/// A message of version 2.0, IEEE 1588-2008, table 18.
std::string message(MessageType type, std::string const& body, With const& with = {}) {
  auto const number = static_cast<unsigned>(type);
  auto const control = number == 0 ? 0 : number == 1 ? 1 : number == 8 ? 2 : number == 9 ? 3 : number == 13 ? 4 : 5;
  return hex(number, 2) + "02" + hex(header_octets + octets(body).size(), 4) + hex(with.domain, 2) + "00" +
         hex(with.flags, 4) + hex(with.correction, 16) + "00000000" + hex(with.clock, 16) + "0001" +
         hex(with.sequence, 4) + hex(control, 2) + "00" + body;
}
std::string timestamp(std::int64_t seconds, std::uint32_t nanoseconds = 0) {
  return hex(static_cast<std::uint64_t>(seconds), 12) + hex(nanoseconds, 8);
}
std::string port(std::uint64_t clock) { return hex(clock, 16) + "0001"; }
std::string tlv(std::uint16_t type, std::string const& value) {
  return hex(type, 4) + hex(octets(value).size(), 4) + value;
}
std::string announce(With const& with = {}, std::uint64_t grandmaster = master, unsigned clock_class = 6,
                     unsigned utc_offset = 37, std::string const& tlvs = "") {
  return message(MessageType::announce,
                 timestamp(0) + hex(utc_offset, 4) + "00" + "80" + hex(clock_class, 2) + "21" + "4e5d" + "7f" +
                     hex(grandmaster, 16) + "0002" + "20" + tlvs,
                 with);
}
std::string management(unsigned action, std::string const& tlvs, std::uint64_t target = ~std::uint64_t{0}) {
  return message(MessageType::management, hex(target, 16) + "ffff" + "0100" + hex(action, 2) + "00" + tlvs);
}

/// The messages of one address.
struct Clock : Exchange {
  Clock() : Exchange(ethernet_dissector, "ptp.") { now = from_unix_ns(noon * 1'000'000'000); }
  std::string rules(std::string const& hex) { return ask(hex).rules(); }
};

TEST_CASE("An Announce tells the grandmaster and its quality") {
  Clock clock;
  auto const said = clock.ask(announce({.sequence = 5, .flags = 0x003c, .domain = 93}));
  REQUIRE_FALSE(said.malformed);
  CHECK(said.operation == Operation::time);
  CHECK(said.role == Role::unsolicited);
  CHECK(said.code == 0xB);
  CHECK(said.target.unit == 93);
  CHECK(said.target.object == master);
  CHECK(said.target.count == 1);
  CHECK(said.fields["clock_identity"] == "0x001122fffe334455");
  CHECK(said.fields["grandmaster_identity"] == "0x001122fffe334455");
  CHECK(said.fields["current_utc_offset"] == "37");
  CHECK(said.fields["grandmaster_priority1"] == "128");
  CHECK(said.fields["grandmaster_clock_class"] == "6");
  CHECK(said.fields["grandmaster_clock_accuracy"] == "33");
  CHECK(said.fields["grandmaster_variance"] == "20061");
  CHECK(said.fields["grandmaster_priority2"] == "127");
  CHECK(said.fields["steps_removed"] == "2");
  CHECK(said.fields["time_source"] == "32");
  CHECK(said.fields["flag.ptp_timescale"] == "true");
  CHECK(said.fields["flag.leap_61"] == "false");
  CHECK(said.rules().empty());
}

TEST_CASE("The power profiles' and other TLVs are read") {
  Clock clock;
  auto const of_2011 = clock.ask(announce({}, master, 6, 37, tlv(3, "1c129d 000001 00fe 00000032 00000064 0000")));
  CHECK(of_2011.fields["c37_238.grandmaster_id"] == "254");
  CHECK(of_2011.fields["c37_238.grandmaster_time_inaccuracy"] == "50");
  CHECK(of_2011.fields["c37_238.network_time_inaccuracy"] == "100");
  auto const of_2017 = clock.ask(announce({.sequence = 2}, master, 6, 37,
                                          tlv(3, "1c129d 000002 00fe 00000000 000000fa 0000") +
                                              tlv(9, "01 00000e10 00000e10 000069ff0000" + text("CET")) +
                                              tlv(8, hex(master, 16) + hex(other, 16))));
  CHECK(of_2017.fields["c37_238.total_time_inaccuracy"] == "250");
  CHECK(of_2017.fields["alternate_offset.current"] == "3600");
  CHECK(of_2017.fields["alternate_offset.name"] == "CET");
  CHECK(of_2017.fields["path_trace"] == "0x001122fffe334455 0x00aabbfffeccddee");
  CHECK(of_2017.fields["tlv.type"] == "3 9 8");
  CHECK(clock.unknowns.empty());
  clock.ask(announce({.sequence = 3}, master, 6, 37, tlv(0x1234, "")));
  CHECK(clock.unknowns["tlv"] == std::vector<std::uint32_t>{0x1234});
  auto const gptp = clock.ask(
      message(MessageType::follow_up, timestamp(noon) + tlv(3, "0080c2 000001 fffffff6 0003" + std::string(32, '0'))));
  CHECK(gptp.fields["802_1as.cumulative_rate_offset"] == "-10");
  CHECK(gptp.fields["802_1as.time_base_indicator"] == "3");
}

TEST_CASE("Sync, follow-up and the messages that measure delay are read") {
  Clock clock;
  auto const sync = clock.ask(message(MessageType::sync, timestamp(noon, 5), {.flags = 0x0200, .correction = 0x18000}));
  CHECK(sync.operation == Operation::time);
  CHECK(sync.fields["flag.two_step"] == "true");
  CHECK(sync.fields["origin_timestamp.seconds"] == "1764244800");
  CHECK(sync.fields["origin_timestamp.nanoseconds"] == "5");
  CHECK(sync.fields["correction.ns"] == "1");
  CHECK(sync.fields["correction.sub_ns"] == "0.500000");
  auto const follow_up = clock.ask(message(MessageType::follow_up, timestamp(noon, 6)));
  CHECK(follow_up.fields["precise_origin_timestamp.nanoseconds"] == "6");
  auto const asked = clock.ask(message(MessageType::delay_req, timestamp(0)));
  CHECK(asked.operation == Operation::read);
  CHECK(asked.role == Role::request);
  auto const told = clock.answer(message(MessageType::delay_resp, timestamp(noon) + port(other)));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.fields["receive_timestamp.seconds"] == "1764244800");
  CHECK(told.fields["requesting_clock_identity"] == "0x00aabbfffeccddee");
  CHECK(clock.ask(message(MessageType::pdelay_req, timestamp(0) + std::string(20, '0'))).role == Role::request);
  CHECK(clock.ask(message(MessageType::pdelay_resp, timestamp(7) + port(other)))
            .fields["request_receipt_timestamp.seconds"] == "7");
  CHECK(clock.ask(message(MessageType::pdelay_resp_follow_up, timestamp(8) + port(other)))
            .fields["response_origin_timestamp.seconds"] == "8");
}

TEST_CASE("Unicast transmission is asked for, granted, refused and cancelled") {
  Clock clock;
  auto const signal = [&](std::string const& tlvs) {
    return clock.ask(message(MessageType::signaling, port(other) + tlvs));
  };
  auto const asked = signal(tlv(4, "b0 01 0000012c"));
  CHECK(asked.operation == Operation::session);
  CHECK(asked.role == Role::request);
  CHECK(asked.subcode == 4);
  CHECK(asked.fields["unicast.message_type"] == "11");
  CHECK(asked.fields["unicast.log_interval"] == "1");
  CHECK(asked.fields["unicast.duration"] == "300");
  CHECK(signal(tlv(5, "b0 01 0000012c 00 01")).status == Status::ok);
  CHECK(signal(tlv(5, "b0 01 00000000 00 00")).status == Status::refused);
  CHECK(signal(tlv(6, "b0 00")).role == Role::request);
  CHECK(signal(tlv(7, "b0 00")).role == Role::response);
  CHECK(signal("").role == Role::unsolicited);
}

TEST_CASE("Management reads, sets, commands and is answered") {
  Clock clock;
  auto const get = clock.ask(management(0, tlv(1, "2001")));
  CHECK(get.operation == Operation::read);
  CHECK(get.role == Role::request);
  CHECK(get.subcode == 0x2001);
  CHECK(get.target.count == 0);
  auto const told = clock.answer(management(2, tlv(1, "2001 0001 0000000000018000 0000000000020000"), other));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.target.object == other);
  CHECK(told.fields["management.steps_removed"] == "1");
  CHECK(told.fields["management.offset_from_master"] == "1.500000");
  CHECK(told.fields["management.mean_path_delay"] == "2.000000");
  CHECK(clock.ask(management(1, tlv(1, "2005 01 00"))).operation == Operation::configure);
  CHECK(clock.ask(management(1, tlv(1, "200f" + timestamp(noon)))).operation == Operation::time);
  CHECK(clock.ask(management(3, tlv(1, "0005 0000"))).operation == Operation::control);
  auto const refused = clock.answer(management(2, tlv(2, "0005 2005 00000000 00")));
  CHECK(refused.status == Status::refused);
  CHECK(refused.subcode == 0x2005);
  CHECK(refused.fields["management.error"] == "5");
  CHECK(clock.answer(management(2, tlv(2, "0002 7777 00000000"))).status == Status::unknown_object);
  CHECK(clock.unknowns["management_id"] == std::vector<std::uint32_t>{0x7777});
  CHECK(clock.ask(management(9, tlv(1, "2001"))).operation == Operation::other);
  CHECK(clock.unknowns["action"] == std::vector<std::uint32_t>{9});
  CHECK(clock.answer(management(2, tlv(1, "0003 010203"))).fields["management.data"] == "010203");
  auto const zone = clock.answer(management(2, tlv(1, "2021 01 00000e10 fffff1f0 000069ff0000 00")));
  CHECK(zone.fields["alternate_offset.jump"] == "-3600");
  CHECK(zone.fields["alternate_offset.next_jump"] == "1778319360");
  CHECK(clock.answer(management(2, tlv(1, "2015" + hex(master, 16)))).fields["path_trace"] == "0x001122fffe334455");
}

TEST_CASE("A clock's description tells its maker, model, number and revisions") {
  Clock clock;
  auto const said = clock.answer(management(
      2, tlv(1, "0001 8000" + text("IEEE 802.3") + "0006 001122334455" + "0003 0006 001122334455" + "001122 00" +
                    text("Acme;GM-1;0042") + text("A;1.2;") + text("Bay 3") + "001b19000200")));
  CHECK(said.operation == Operation::diagnose);
  CHECK(said.fields["management.clock_type"] == "32768");
  CHECK(said.fields["management.physical_address"] == "001122334455");
  CHECK(said.fields["management.manufacturer"] == "Acme");
  CHECK(said.fields["management.model"] == "GM-1");
  CHECK(said.fields["management.serial"] == "0042");
  CHECK(said.fields["management.hardware_revision"] == "A");
  CHECK(said.fields["management.firmware_revision"] == "1.2");
  CHECK(said.fields["management.software_revision"].empty());
  CHECK(said.fields["management.user_description"] == "Bay 3");
  CHECK(said.fields["management.profile_identity"] == "001b19000200");
}

TEST_CASE("A master that names another grandmaster, or one that lost its source, is told") {
  Clock clock;
  CHECK(clock.rules(announce({.sequence = 1})).empty());
  CHECK(clock.rules(announce({.sequence = 2}, master, 7)) == "ptp.grandmaster.degraded");
  CHECK(clock.rules(announce({.sequence = 3}, master, 6)).empty());
  CHECK(clock.rules(announce({.sequence = 4}, other, 248)) == "ptp.grandmaster.changed");
  CHECK(clock.rules(announce({.sequence = 5, .flags = 0x0100}, master, 6)).empty());
}

TEST_CASE("One address that announces a domain as two clocks is told once") {
  Clock clock;
  CHECK(clock.rules(announce()).empty());
  CHECK(clock.rules(announce({.clock = other}, other)) == "ptp.announce.second_source");
  CHECK(clock.rules(announce({.clock = other, .sequence = 2}, other)).empty());
  Clock of_two_domains;
  CHECK(of_two_domains.rules(announce()).empty());
  CHECK(of_two_domains.rules(announce({.clock = other, .domain = 1}, other)).empty());
}

TEST_CASE("A UTC offset that changes without a leap second is told") {
  Clock clock;
  CHECK(clock.rules(announce({.sequence = 1, .flags = 4})).empty());
  CHECK(clock.rules(announce({.sequence = 2, .flags = 4}, master, 6, 36)) == "ptp.utc_offset.changed");
  CHECK(clock.rules(announce({.sequence = 3, .flags = 0}, master, 6, 0)).empty());
  CHECK(clock.rules(announce({.sequence = 4, .flags = 5}, master, 6, 37)).empty());
  CHECK(clock.rules(announce({.sequence = 5, .flags = 4}, master, 6, 38)).empty());
}

TEST_CASE("Time that steps is told, by the precise time where there are two steps") {
  Clock clock;
  auto const at = [&](int second) { clock.now = from_unix_ns((noon + second) * 1'000'000'000); };
  CHECK(clock.rules(message(MessageType::sync, timestamp(noon), {.sequence = 1})).empty());
  at(1);
  CHECK(clock.rules(message(MessageType::sync, timestamp(noon + 1), {.sequence = 2})).empty());
  at(2);
  CHECK(clock.rules(message(MessageType::sync, timestamp(noon + 62), {.sequence = 3})) == "ptp.time.stepped");
  at(3);
  CHECK(clock.rules(message(MessageType::sync, timestamp(noon + 63), {.sequence = 4})).empty());
  Clock two;
  CHECK(two.rules(message(MessageType::sync, timestamp(5), {.sequence = 1, .flags = 0x0200})).empty());
  CHECK(two.rules(message(MessageType::follow_up, timestamp(noon), {.sequence = 1})).empty());
  CHECK(two.rules(message(MessageType::sync, timestamp(99), {.sequence = 2, .flags = 0x0200})).empty());
  CHECK(two.rules(message(MessageType::follow_up, timestamp(noon - 9), {.sequence = 2})) == "ptp.time.stepped");
}

TEST_CASE("Sequence numbers that miss, repeat or go back are told; one message seen twice is not") {
  Clock clock;
  auto const sync = [&](std::uint16_t sequence, std::uint32_t nanoseconds, std::uint64_t correction = 0) {
    return clock.rules(
        message(MessageType::sync, timestamp(noon, nanoseconds), {.sequence = sequence, .correction = correction}));
  };
  CHECK(sync(65535, 1).empty());
  CHECK(sync(0, 2).empty());
  CHECK(sync(0, 2, 77).empty());
  CHECK(sync(0, 3) == "ptp.message.conflicting");
  CHECK(sync(3, 4) == "ptp.sequence.gap");
  CHECK(sync(2, 5) == "ptp.sequence.backward");
  CHECK(clock.rules(announce({.sequence = 9})).empty());  // counted by itself
  clock.lose(Direction::to_server);
  CHECK(sync(90, 6).empty());
}

TEST_CASE("Version 1 is recognised, and its Sync tells the grandmaster") {
  Clock clock;
  auto const sync = "0001 0001" + hex("_DFLT") + std::string(22, '0') +
                    "01 01 001122334455 0001 0007 00 00 0008 00000000" + hex(noon, 8) + "00000005" +
                    "0000 0021 0001 00aabbccddee 0001 0007 000000 01" + hex("GPS") + "00" + std::string(104, '0');
  auto const said = clock.ask(sync);
  REQUIRE_FALSE(said.malformed);
  CHECK(octets(sync).size() == 124);
  CHECK(said.code == 256);
  CHECK(said.operation == Operation::time);
  CHECK(said.fields["version"] == "1");
  CHECK(said.fields["v1.subdomain"] == "_DFLT");
  CHECK(said.fields["v1.origin_timestamp.seconds"] == "1764244800");
  CHECK(said.fields["current_utc_offset"] == "33");
  CHECK(said.fields["v1.grandmaster_uuid"] == std::to_string(0x00aabbccddee));
  CHECK(said.fields["v1.grandmaster_stratum"] == "1");
  CHECK(said.fields["v1.grandmaster_identifier"] == "GPS");
  CHECK(udp_dissector.probe(octets(sync), Direction::to_server) == Likeness::certain);
  auto const all = octets(sync);
  for (std::size_t length = 2; length < all.size(); ++length) {
    CHECK(clock.say(Bytes(all).first(length), Direction::to_server).malformed);
    CHECK(udp_dissector.probe(Bytes(all).first(length), Direction::to_server) == Likeness::no);
  }
}

TEST_CASE("Lengths that lie, and times that are none, are malformed") {
  Clock clock;
  auto whole = octets(announce({}, master, 6, 37, tlv(8, hex(other, 16))));
  whole[3] = 60;
  CHECK(clock.say(whole, Direction::to_server).malformed->field == "body");
  whole[3] = 70;
  CHECK(clock.say(whole, Direction::to_server).malformed->field == "tlv.length");
  whole[3] = 20;
  CHECK(clock.say(whole, Direction::to_server).malformed->field == "message_length");
  whole[3] = 200;
  CHECK(clock.say(whole, Direction::to_server).malformed->defect == Defect::truncated);
  CHECK(clock.ask(message(MessageType::sync, timestamp(noon, 1'000'000'000))).malformed->field == "nanoseconds");
  auto third = octets(announce());
  third[1] = 3;
  CHECK(clock.say(third, Direction::to_server).malformed->field == "version");
}

TEST_CASE("Free message types are counted, and octets behind the message are let pass") {
  Clock clock;
  CHECK_FALSE(clock.ask(message(static_cast<MessageType>(5), "")).malformed);
  CHECK(clock.unknowns["message_type"] == std::vector<std::uint32_t>{5});
  auto const sync = message(MessageType::sync, timestamp(noon));
  clock.ask(sync + "0000");  // what Ethernet pads
  CHECK(clock.deviations.empty());
  clock.ask(announce() + "00000000");
  CHECK(clock.deviations["octets_behind_message"] == 1);
  CHECK(ethernet_dissector.probe(octets(sync + "0000"), Direction::to_server) == Likeness::certain);
  CHECK(udp_dissector.probe(octets(sync + "0000"), Direction::to_server) == Likeness::certain);
  CHECK(udp_dissector.probe(octets(sync + "000000"), Direction::to_server) == Likeness::plausible);
}

TEST_CASE("Every prefix of a message is refused or read, and never claimed") {
  Clock clock;
  auto const whole = octets(announce());
  for (auto const* row : {&ethernet_dissector, &udp_dissector}) {
    CHECK(row->probe(whole, Direction::to_server) == Likeness::certain);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CHECK(clock.say(Bytes(whole).first(length), Direction::to_server).malformed);
      CHECK(row->probe(Bytes(whole).first(length), Direction::to_server) == Likeness::no);
    }
  }
}

}  // namespace
}  // namespace greywatch::agent::ptp
