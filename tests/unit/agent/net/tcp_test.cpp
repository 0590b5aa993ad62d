#include "agent/net/tcp.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;

namespace {

constexpr auto up = Direction::to_server, down = Direction::to_client;

}  // namespace

TEST_CASE("a connection opens, talks both ways and finishes", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1001, "STARTDT");
  bench.b(5001, "act", psh | ack, 1008);
  bench.a(1008, "bye", psh | ack | fin, 5004);
  bench.b(5004, {}, fin | ack, 1012);
  auto const& recorder = bench.recorder;
  CHECK(recorder.closed.empty());
  bench.a(1012, {}, ack, 5005);
  CHECK(recorder.states == std::vector{FlowState::opening, FlowState::open});
  CHECK(recorder.all(up) == "STARTDTbye");
  CHECK(recorder.all(down) == "act");
  REQUIRE(recorder.closed.size() == 1);
  CHECK(recorder.closed[0].state == FlowState::finished);
  CHECK_FALSE(recorder.flow.midstream);
  CHECK(recorder.flow.server.port == 2404);
  CHECK(bench.counters().flows_live == 0);
}

TEST_CASE("late packets of a closed connection begin no flow, a SYN does", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1001, {}, rst | ack, 5001);
  CHECK(bench.recorder.closed.back().state == FlowState::reset);
  bench.b(5001, "in flight", psh | ack, 1001);
  CHECK(bench.counters().tcp_after_close == 1);
  CHECK(bench.recorder.said.empty());
  bench.a(9000, {}, syn);
  bench.a(9001, "again");
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].flow == 2);
}

TEST_CASE("a RST in answer to a SYN is a refusal", "[agent][net][tcp]") {
  Bench bench;
  bench.a(1000, {}, syn);
  bench.b(0, {}, rst | ack, 1001);
  REQUIRE(bench.recorder.closed.size() == 1);
  CHECK(bench.recorder.closed[0].state == FlowState::refused);
}

TEST_CASE("a RST that fits nowhere does not hide the connection", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.b(0x90000000, {}, rst);
  bench.a(1001, "still here", psh | ack, 5001);
  CHECK(bench.counters().tcp_bad_reset == 1);
  CHECK(bench.recorder.all(up) == "still here");
  CHECK(bench.recorder.closed.empty());
}

TEST_CASE("a RST of no known connection is counted only", "[agent][net][tcp]") {
  Bench bench;
  bench.a(1000, {}, rst);
  CHECK(bench.counters().tcp_stray_reset == 1);
  CHECK(bench.counters().flows_live == 0);
}

TEST_CASE("a new SYN on the same ports begins a new flow", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1001, "old");
  bench.a(0xA0000000, {}, syn);
  bench.b(0x50000000, {}, syn | ack, 0xA0000001);
  bench.a(0xA0000001, "new");
  REQUIRE(bench.recorder.said.size() == 2);
  CHECK(bench.recorder.said[0].flow == 1);
  CHECK(bench.recorder.said[1].flow == 2);
  CHECK(bench.recorder.said[1].gap == 0);
  CHECK(bench.recorder.closed[0].state == FlowState::replaced);
  CHECK(bench.counters().tcp_ports_reused == 1);
}

TEST_CASE("a repeated SYN and a late copy of it change nothing", "[agent][net][tcp]") {
  Bench bench;
  bench.a(1000, {}, syn);
  bench.a(1000, {}, syn);
  bench.b(5000, {}, syn | ack, 1001);
  bench.b(5000, {}, syn | ack, 1001);
  bench.a(1001, "data", psh | ack, 5001);
  bench.a(1000, {}, syn);
  bench.a(1005, "more", psh | ack, 5001);
  CHECK(bench.recorder.all(up) == "datamore");
  CHECK(bench.counters().flows_opened == 1);
}

TEST_CASE("a connection that began before the capture is picked up and its server guessed", "[agent][net][tcp]") {
  Bench bench;
  bench.b(700, "mid", psh | ack, 300);
  auto const& flow = bench.recorder.flow;
  CHECK(flow.midstream);
  CHECK(flow.server_guessed);
  CHECK(flow.server.port == 2404);
  bench.a(300, "stream");
  CHECK(bench.recorder.all(down) == "mid");
  CHECK(bench.recorder.all(up) == "stream");
  for (auto const& one : bench.recorder.said) CHECK(one.gap == 0);
}

TEST_CASE("a SYN-ACK whose SYN was missed tells client and server", "[agent][net][tcp]") {
  Bench bench;
  bench.b(5000, {}, syn | ack, 1001);
  bench.a(1001, "hello", psh | ack, 5001);
  CHECK_FALSE(bench.recorder.flow.midstream);
  CHECK(bench.recorder.flow.client.port == 49200);
  CHECK(bench.recorder.all(up) == "hello");
}

TEST_CASE("keep-alives are no data", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1001, "x", psh | ack, 5001);
  bench.a(1001, std::string_view("\0", 1), ack, 5001);
  bench.a(1001, {}, ack, 5001);
  bench.a(1002, "y", psh | ack, 5001);
  CHECK(bench.recorder.all(up) == "xy");
  CHECK(bench.counters().tcp_keepalives == 2);
  CHECK(bench.recorder.conflicts.empty());
}

TEST_CASE("a capture that begins with a keep-alive stays in step", "[agent][net][tcp]") {
  Bench bench;
  bench.a(999, std::string_view("\0", 1), ack, 5001);
  bench.a(1000, "poll", psh | ack, 5001);
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].payload == "poll");
  CHECK(bench.recorder.said[0].gap == 0);
}

TEST_CASE("segments out of order are delivered in order by the frame that fills the hole", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1004, "def", psh | ack, 5001);
  bench.a(1010, "jkl", psh | ack, 5001);
  bench.a(1007, "ghi", psh | ack, 5001);
  CHECK(bench.recorder.said.empty());
  bench.a(1001, "abc", psh | ack, 5001);
  CHECK(bench.recorder.all(up) == "abcdefghijkl");
  for (auto const& one : bench.recorder.said) {
    CHECK(one.frame == 7);
    CHECK(one.gap == 0);
  }
  CHECK(bench.counters().tcp_out_of_order == 3);
  CHECK(bench.counters().tcp_gaps == 0);
}

TEST_CASE("a hole is skipped when the receiver acknowledges what lies behind it", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1001, "one", psh | ack, 5001);
  bench.a(1008, "three", psh | ack, 5001);
  bench.b(5001, {}, ack, 1004);
  CHECK(bench.recorder.said.size() == 1);
  bench.b(5001, {}, ack, 1013);
  REQUIRE(bench.recorder.said.size() == 2);
  CHECK(bench.recorder.said[1].payload == "three");
  CHECK(bench.recorder.said[1].gap == 4);
  CHECK(bench.recorder.said[1].frame == 5);
  CHECK(bench.counters().tcp_gap_octets == 4);
}

TEST_CASE("data behind a hole that was acknowledged already does not wait", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.b(5001, {}, ack, 1008);
  bench.a(1008, "three", psh | ack, 5001);
  REQUIRE(bench.recorder.said.size() == 1);
  CHECK(bench.recorder.said[0].gap == 7);
}

TEST_CASE("a hole that nobody acknowledges is skipped by packet time, of any flow's packets", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1004, "late", psh | ack, 5001);
  bench.now += std::chrono::seconds(4);
  bench.ip(ipv4({.protocol = 17}, udp(40000, 40001, text("other"))));
  REQUIRE(bench.recorder.said.size() == 2);
  CHECK(bench.recorder.said[0].payload == "late");
  CHECK(bench.recorder.said[0].gap == 3);
}

TEST_CASE("a clock that is set back does not keep a hole open", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1004, "late", psh | ack, 5001);
  bench.now -= std::chrono::hours(1);
  bench.b(5001, {}, ack, 1001);
  CHECK(bench.recorder.said.size() == 1);
}

TEST_CASE("a full stream buffer skips the hole, and a later hole works again", "[agent][net][tcp]") {
  Bench bench({.stream_octets = 3 * Block::capacity});
  bench.connect();
  std::string const block(Block::capacity, 'x');
  std::uint32_t sequence = 1002;
  for (int n = 0; n < 4; ++n, sequence += Block::capacity) bench.a(sequence, block, ack, 5001);
  CHECK(bench.counters().tcp_stream_full == 1);
  CHECK(bench.recorder.all(up).size() == 4 * Block::capacity);
  CHECK(bench.recorder.said[0].gap == 1);
  bench.a(sequence + 2, "cd", ack, 5001);
  bench.a(sequence, "ab", ack, 5001);
  CHECK(bench.recorder.all(up).substr(4 * Block::capacity) == "abcd");
}

TEST_CASE("when the common buffer is full the oldest hole gives way", "[agent][net][tcp]") {
  Bench bench({.reassembly_octets = 2 * Block::capacity});
  auto const other = [&](std::uint32_t sequence, std::string_view payload, unsigned port) {
    bench.ip(ipv4({.id = ++bench.id}, tcp({.source = port, .sequence = sequence}, text(payload))));
  };
  for (unsigned port : {50001u, 50002u, 50003u}) other(100, "a", port);
  other(102, "c1", 50001);
  other(102, "c2", 50002);
  CHECK(bench.recorder.said.size() == 3);
  other(102, "c3", 50003);
  CHECK(bench.counters().tcp_reassembly_full == 1);
  REQUIRE(bench.recorder.said.size() == 4);
  CHECK(bench.recorder.said[3].payload == "c1");
}

TEST_CASE("when the table of holes is full the oldest gives way", "[agent][net][tcp]") {
  Bench bench({.holes = 1});
  auto const other = [&](std::uint32_t sequence, std::string_view payload, unsigned port) {
    bench.ip(ipv4({.id = ++bench.id}, tcp({.source = port, .sequence = sequence}, text(payload))));
  };
  for (unsigned port : {50001u, 50002u}) other(100, "a", port);
  other(102, "c1", 50001);
  other(102, "c2", 50002);
  CHECK(bench.counters().tcp_hole_table_full == 1);
  CHECK(bench.recorder.said.back().payload == "c1");
  bench.network.finish();
  CHECK(bench.recorder.said.back().payload == "c2");
}

TEST_CASE("a retransmission is delivered once, whole, merged or split", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1001, "abc", psh | ack, 5001);
  bench.a(1004, "def", psh | ack, 5001);
  bench.a(1004, "def", psh | ack, 5001);
  bench.a(1001, "abcdef", psh | ack, 5001);
  bench.a(1001, "abcdefgh", psh | ack, 5001);
  CHECK(bench.recorder.all(up) == "abcdefgh");
  CHECK(bench.counters().tcp_retransmissions == 3);
  CHECK(bench.counters().tcp_conflicts == 0);
  CHECK(bench.counters().tcp_retransmissions_unverified == 0);
  bench.a(1002, "b", psh | ack, 5001);
  CHECK(bench.counters().tcp_retransmissions_unverified == 1);
}

TEST_CASE("the packet of a man in the middle beside the genuine one is a conflict", "[agent][net][tcp]") {
  Bench bench;
  auto const packet = [&](Octets const& payload, Octets const& mac, unsigned id) {
    bench.frame(
        ethernet(0x0800, ipv4({.id = id}, tcp({.sequence = 1001, .acknowledgement = 5001}, payload)), mac, mac_b));
  };
  bench.step = std::chrono::microseconds(200);
  packet(text("SET 50"), mac_a, 1);
  packet(text("SET 99"), mac_m, 1);
  CHECK(bench.recorder.all(up) == "SET 50");
  REQUIRE(bench.recorder.conflicts.size() == 1);
  CHECK(bench.recorder.conflicts[0] == "SET 99");
  CHECK(to_string(bench.recorder.conflict_mac) == "02:00:00:00:00:ee");
  CHECK(bench.counters().tcp_conflicts == 1);
}

TEST_CASE("a longer forgery conflicts in the part that was said already", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1001, "SET 50", psh | ack, 5001);
  bench.a(1001, "SET 5000", psh | ack, 5001);
  CHECK(bench.counters().tcp_conflicts == 0);
  bench.a(1009, "abc", psh | ack, 5001);
  bench.a(1009, "abXde", psh | ack, 5001);
  CHECK(bench.counters().tcp_conflicts == 1);
  CHECK(bench.recorder.all(up) == "SET 5000abcde");
}

TEST_CASE("octets that wait behind a hole are compared too, and the first to arrive win", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1004, "def", psh | ack, 5001);
  bench.a(1004, "dXf", psh | ack, 5001);
  CHECK(bench.recorder.conflicts == std::vector<std::string>{"dXf"});
  bench.a(1001, "abcDEFg", psh | ack, 5001);
  CHECK(bench.recorder.all(up) == "abcdefg");
  CHECK(bench.recorder.conflicts.size() == 2);
}

TEST_CASE("a wild sequence number changes nothing while the receiver acknowledges elsewhere", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.b(5001, {}, ack, 1001);
  bench.a(0x70000000, "wild", psh | ack, 5001);
  bench.a(1001, "tame", psh | ack, 5001);
  CHECK(bench.recorder.all(up) == "tame");
  CHECK(bench.counters().tcp_out_of_window == 1);
}

TEST_CASE("after a loss larger than any window the stream goes on where the receiver acknowledges",
          "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1001, "before", psh | ack, 5001);
  bench.b(5001, {}, ack, 0x60000000);
  bench.a(0x60000000, "after", psh | ack, 5001);
  CHECK(bench.recorder.all(up) == "beforeafter");
  CHECK(bench.recorder.said[1].gap == 0x60000000 - 1007);
  CHECK(bench.counters().tcp_resynchronised == 1);
}

TEST_CASE("one-sided captures resynchronise without acknowledgements", "[agent][net][tcp]") {
  Bench bench;
  bench.a(1001, "before");
  bench.a(0x60000000, "after");
  CHECK(bench.recorder.all(up) == "beforeafter");
}

TEST_CASE("sequence numbers wrap", "[agent][net][tcp]") {
  Bench bench;
  bench.a(0xFFFFFFFE, "ab");
  bench.a(0x00000002, "ef");
  bench.a(0x00000000, "cd");
  CHECK(bench.recorder.all(up) == "abcdef");
}

TEST_CASE("octets that a short snap length cut off are a gap of the next segment", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  auto const whole = ipv4({.id = 900}, tcp({.sequence = 1001, .acknowledgement = 5001}, text("0123456789")));
  bench.frame(Octets(whole.begin(), whole.end() - 6), LinkType::raw_ip, static_cast<std::uint32_t>(whole.size()));
  bench.a(1011, "next", psh | ack, 5001);
  REQUIRE(bench.recorder.said.size() == 2);
  CHECK(bench.recorder.said[0].payload == "0123");
  CHECK(bench.recorder.said[0].missing == 6);
  CHECK(bench.recorder.said[1].gap == 6);
}

TEST_CASE("data after a FIN is counted, a FIN out of order waits", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1004, {}, fin | ack, 5001);
  bench.b(5001, {}, fin | ack, 1001);
  CHECK(bench.recorder.closed.empty());
  bench.b(5002, "more", psh | ack, 1001);
  CHECK(bench.counters().tcp_after_fin == 1);
  bench.a(1001, "end", psh | ack, 5001);
  CHECK(bench.recorder.all(up) == "end");
  REQUIRE(bench.recorder.closed.size() == 1);
  CHECK(bench.recorder.closed[0].state == FlowState::finished);
}

TEST_CASE("finish delivers what waits and closes every flow", "[agent][net][tcp]") {
  Bench bench;
  bench.connect();
  bench.a(1003, "tail", psh | ack, 5001);
  bench.ip(ipv4({.protocol = 17}, udp(40000, 40001, text("u"))));
  bench.network.finish();
  CHECK(bench.recorder.all(up) == "utail");
  REQUIRE(bench.recorder.closed.size() == 2);
  for (auto const& one : bench.recorder.closed) CHECK(one.state == FlowState::stopped);
  CHECK(bench.counters().flows_live == 0);
}

TEST_CASE("broken TCP headers are counted", "[agent][net][tcp]") {
  Bench bench;
  bench.ip(ipv4({}, octets("C350 0964 0000")));
  CHECK(bench.counters().transport_truncated == 1);
  bench.ip(ipv4({}, octets("C350 0964 00000001 00000000 4010 2000 00000000")));
  bench.ip(ipv4({}, octets("C350 0964 00000001 00000000 F010 2000 00000000")));
  CHECK(bench.counters().transport_bad_length == 2);
}
