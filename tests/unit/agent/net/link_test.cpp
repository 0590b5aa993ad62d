#include "agent/net/link.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;

namespace {

Octets const hello = ipv4({.protocol = 17, .id = 7}, udp(40000, 2000, text("hello")));

std::optional<LinkFrame> read(Octets const& octets, LinkType link, NetworkCounters& counters) {
  return read_link(
      {.number = 1, .octets = octets, .original_length = static_cast<std::uint32_t>(octets.size()), .link = link},
      counters);
}

}  // namespace

TEST_CASE("an IP packet is found behind every link type", "[agent][net][link]") {
  struct Case {
    LinkType link;
    Octets frame;
  };
  // tcpdump.org/linktypes.html; address families of Linux and the BSDs, both byte orders.
  Case const cases[] = {
      {LinkType::ethernet, ethernet(0x0800, hello)},
      {LinkType::raw_ip, hello},
      {LinkType::ipv4, hello},
      {LinkType::bsd_null, octets("02000000") + hello},
      {LinkType::bsd_null, octets("00000002") + hello},
      {LinkType::bsd_loop, octets("00000002") + hello},
      {LinkType::linux_sll, octets("0000 0001 0006 020000000001 0000 0800") + hello},
      {LinkType::linux_sll2, octets("0800 0000 00000002 0001 00 06 020000000001 0000") + hello},
  };
  for (auto const& one : cases) {
    CAPTURE(static_cast<int>(one.link));
    Bench bench;
    bench.frame(one.frame, one.link);
    REQUIRE(bench.recorder.said.size() == 1);
    CHECK(bench.recorder.said[0].payload == "hello");
    CHECK(to_string(bench.recorder.flow.client.ip) == "10.0.0.1");
    bool const has_mac =
        one.link == LinkType::ethernet || one.link == LinkType::linux_sll || one.link == LinkType::linux_sll2;
    CHECK(bench.recorder.flow.client.mac.has_value() == has_mac);
    CHECK(bench.recorder.flow.server.mac.has_value() == (one.link == LinkType::ethernet));
  }
}

TEST_CASE("VLAN tags, also stacked ones, are taken off and the outermost id is kept", "[agent][net][link]") {
  NetworkCounters counters;
  auto const tagged = read(ethernet(0x8100, octets("6064 0800") + hello), LinkType::ethernet, counters);
  REQUIRE(tagged);
  CHECK(tagged->vlan == 100);
  CHECK(tagged->ethertype == 0x0800);
  auto const stacked = read(ethernet(0x88A8, octets("00C8 8100 0064 0800") + hello), LinkType::ethernet, counters);
  REQUIRE(stacked);
  CHECK(stacked->vlan == 200);
  CHECK(stacked->inner_vlan == 100);
  auto const priority = read(ethernet(0x8100, octets("8000 88B8 0001")), LinkType::ethernet, counters);
  REQUIRE(priority);
  CHECK(priority->vlan == 0);
  CHECK(priority->priority == 4);
  CHECK(priority->ethertype == 0x88B8);
  CHECK_FALSE(read(ethernet(0x8100, octets("0001 8100 0001 8100 0001 8100 0001 8100 0001 0800")), LinkType::ethernet,
                   counters));
  CHECK(counters.vlan_too_deep == 1);
}

TEST_CASE("the same addresses in two VLANs are two flows unless the option says otherwise", "[agent][net][link]") {
  for (bool separate : {true, false}) {
    Bench bench({.vlan_separates = separate});
    bench.frame(ethernet(0x8100, octets("000A 0800") + ipv4({.protocol = 17, .id = 1}, udp(40000, 2000, text("one")))));
    bench.frame(ethernet(0x8100, octets("0014 0800") + ipv4({.protocol = 17, .id = 2}, udp(40000, 2000, text("two")))));
    REQUIRE(bench.recorder.said.size() == 2);
    CHECK((bench.recorder.said[0].flow != bench.recorder.said[1].flow) == separate);
  }
}

TEST_CASE("a PRP trailer is taken off only when its size and LAN fit", "[agent][net][link]") {
  // IEC 62439-3: sequence number, LAN A (0xA) and size of LSDU and trailer, suffix 0x88FB.
  NetworkCounters counters;
  auto const goose = octets("0001000A00000000 6100");
  auto const with = [&](std::string_view trailer) { return ethernet(0x88B8, goose + octets(trailer)); };
  auto const good = read(with("1234 A010 88FB"), LinkType::ethernet, counters);
  REQUIRE(good);
  CHECK(good->payload.size() == goose.size());
  CHECK(good->redundancy_sequence == 0x1234);
  for (auto bad : {"1234 A011 88FB", "1234 C010 88FB", "1234 A010 88FC"}) {
    auto const frame = read(with(bad), LinkType::ethernet, counters);
    REQUIRE(frame);
    CHECK(frame->payload.size() == goose.size() + 6);
    CHECK_FALSE(frame->redundancy_sequence);
  }
  CHECK(counters.prp_frames == 1);
}

TEST_CASE("an HSR tag is taken off and the ethertype behind it counts", "[agent][net][link]") {
  NetworkCounters counters;
  auto const frame = read(ethernet(0x892F, octets("000E 0042 88BA 4000")), LinkType::ethernet, counters);
  REQUIRE(frame);
  CHECK(frame->ethertype == 0x88BA);
  CHECK(frame->redundancy_sequence == 0x42);
  CHECK(frame->payload.size() == 2);
}

TEST_CASE("an IEEE 802.3 length bounds the payload and has ethertype 0", "[agent][net][link]") {
  Bench bench;
  bench.frame(ethernet(3, octets("424203 0000 0000")));
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].payload == "BB\x03");
  CHECK(bench.recorder.flow.ethertype == 0);
  CHECK(bench.recorder.flow.transport == Transport::ethernet);
}

TEST_CASE("Ethernet flows are told apart by source, destination, VLAN and ethertype", "[agent][net][link]") {
  Bench bench;
  bench.frame(ethernet(0x88B8, text("one")));
  bench.frame(ethernet(0x88B8, text("two")));
  bench.frame(ethernet(0x88BA, text("sv")));
  bench.frame(ethernet(0x88B8, text("back"), mac_b, mac_a));
  bench.frame(ethernet(0x8100, octets("0005 88B8") + text("tagged")));
  REQUIRE(bench.recorder.said.size() == 5);
  CHECK(bench.recorder.said[0].flow == bench.recorder.said[1].flow);
  CHECK(bench.counters().flows_live == 4);
  for (auto const& one : bench.recorder.said) CHECK(one.way == Direction::to_server);
  CHECK(bench.recorder.flow.vlan == 5);
}

TEST_CASE("every prefix of a frame is refused or read without harm, and counted", "[agent][net][link]") {
  auto const whole = ethernet(0x8100, octets("0064 0800") + hello);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    Bench bench;
    bench.frame(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
    std::uint64_t dropped = 0;
    bench.counters().for_each([&](std::string_view, std::uint64_t value) { dropped += value; });
    CHECK(dropped == 1);
    CHECK(bench.recorder.said.empty());
  }
}

TEST_CASE("a protocol behind no known link is counted", "[agent][net][link]") {
  Bench bench;
  bench.frame(octets("77000000 45000000"), LinkType::bsd_null);
  bench.frame(octets("1500"), LinkType::raw_ip);
  CHECK(bench.counters().link_unknown == 2);
}
