#include "agent/dissect/registry.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "agent/dissect/dissection.hpp"
#include "tests/support/octets.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::test;

namespace {

struct Listener : ObservationSink {
  std::vector<std::string> said;
  bool keep = true;
  std::uint64_t count = 0;
  void on_observation(Observation const& seen) override {
    ++count;
    if (keep)
      said.push_back(std::string(seen.protocol) + " " + std::to_string(seen.code) + "@" + std::to_string(seen.frame));
  }
  void on_close(Flow&) override {}
};

constexpr auto read_request = "0001 0000 0006 11 03 006B 0003";
constexpr auto read_response = "0001 0000 0009 11 03 06 022B 0000 0064";
constexpr auto startdt = "68 04 07 00 00 00";
constexpr auto startdt_confirmed = "68 04 0B 00 00 00";

struct Wire {
  Listener listener;
  Dissection engine{{}, listener};
  std::uint64_t frame = 0;

  void say(Flow& flow, Bytes payload, Direction way = Direction::to_server, std::uint32_t gap = 0) {
    ++frame;
    engine.on_segment({.time = from_unix_ns(static_cast<std::int64_t>(frame)),
                       .frame = frame,
                       .flow = flow,
                       .way = way,
                       .payload = payload,
                       .gap = gap});
  }
};

}  // namespace

TEST_CASE("every row has a name of its own on its transport, and what that needs", "[dissect]") {
  std::set<std::pair<std::string_view, Transport>> names;
  for (auto const* row : registry()) {
    CHECK(names.emplace(row->name, row->transport).second);
    CHECK(row->probe != nullptr);
    CHECK(row->read != nullptr);
    CHECK(row->has_frames() == (row->transport == Transport::tcp));
    CHECK(row->most <= BufferPool::page_octets);
    CHECK(row->session_size <= 256);
    CHECK(row->shared_size <= 128 * 1024);
  }
  CHECK(registry().size() <= 126);
}

TEST_CASE("each protocol is found on the other's port", "[dissect]") {
  for (std::uint16_t port : {502, 2404, 40000}) {
    Wire wire;
    Flow modbus{.transport = Transport::tcp}, iec104{.transport = Transport::tcp};
    modbus.server.port = iec104.server.port = port;
    wire.say(modbus, octets(read_request));
    wire.say(iec104, octets(startdt));
    wire.say(iec104, octets(startdt_confirmed), Direction::to_client);
    wire.say(modbus, octets(read_response), Direction::to_client);
    std::set<std::string> const said(wire.listener.said.begin(), wire.listener.said.end());
    CHECK(said == std::set<std::string>{"modbus 3@1", "modbus 3@4", "iec104 263@2", "iec104 267@3"});
  }
}

TEST_CASE("a flow that is handed on is read by the row that knows what follows, also in the same segment",
          "[dissect]") {
  auto const request = octets("0300 0013 0e e0 0000 0000 00 01 00 0800 03000000");
  auto const confirm = octets("0300 0013 0e d0 0000 0000 00 02 00 0800 02000000");
  auto const refusal = octets("15 0303 0002 0228");
  for (bool const together : {false, true}) {
    Wire wire;
    Flow flow{.transport = Transport::tcp};
    flow.server.port = 3389;
    wire.say(flow, request);
    auto answer = confirm;
    if (together) answer.insert(answer.end(), refusal.begin(), refusal.end());
    wire.say(flow, answer, Direction::to_client);
    if (!together) wire.say(flow, refusal, Direction::to_client);
    wire.say(flow, refusal);
    CHECK(wire.engine.live_streams() == 1);
    wire.engine.on_close(flow);
    CHECK(wire.engine.live_streams() == 0);
    auto const first = together ? "tls 21@2" : "tls 21@3", second = together ? "tls 21@3" : "tls 21@4";
    CHECK(wire.listener.said == std::vector<std::string>{"rdp 480@1", "rdp 464@2", first, second});
  }
}

TEST_CASE("Modbus messages are found wherever the stream is cut", "[dissect][modbus]") {
  auto const stream = octets(std::string(read_request) + "0002 0000 0006 11 06 0001 0003 0003 0000 0002 11 07");
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    Wire wire;
    Flow flow{.transport = Transport::tcp};
    wire.say(flow, Bytes(stream).first(cut));
    wire.say(flow, Bytes(stream).subspan(cut));
    INFO(cut);
    REQUIRE(wire.listener.said.size() == 3);
    CHECK(wire.listener.said[0] == std::string("modbus 3@") + (cut >= 12 ? "1" : "2"));
    CHECK(wire.listener.said[2] == "modbus 7@2");
    CHECK(wire.engine.counters().malformed() == 0);
    wire.engine.on_close(flow);
    CHECK(wire.engine.live_streams() == 0);
  }
}

TEST_CASE("after octets were lost within a Modbus response, the next one is read", "[dissect][modbus]") {
  Wire wire;
  Flow flow{.transport = Transport::tcp};
  wire.say(flow, octets(read_request));
  wire.say(flow, octets("0001 0000 00C9 11 03 C6 0001 0002"), Direction::to_client);
  wire.say(flow, octets("0000 0000 0000 0000 0000 0000 0055 0000 0000 0000 0000"), Direction::to_client, 170);
  wire.say(flow, octets(read_response), Direction::to_client);
  CHECK(wire.listener.said == std::vector<std::string>{"modbus 3@1", "modbus 3@4"});
  CHECK(wire.engine.counters().malformed() == 0);
}

TEST_CASE("a scan that sends one unknown function per connection is seen when the connections close",
          "[dissect][modbus]") {
  Wire wire;
  for (std::uint8_t code = 100; code < 110; ++code) {
    Flow flow{.transport = Transport::tcp};
    flow.server.port = 502;
    auto request = octets("0001 0000 0002 11 00");
    request[7] = code;
    wire.say(flow, request);
    wire.engine.on_close(flow);
  }
  REQUIRE(wire.listener.said.size() == 10);
  CHECK(wire.listener.said[9] == "modbus 109@10");
}

TEST_CASE("a peer that only breaks the rules cannot silence the parser", "[dissect][modbus]") {
  Wire wire;
  Flow flow{.transport = Transport::tcp};
  flow.server.port = 502;
  for (int i = 0; i < 500; ++i) wire.say(flow, octets("0001 0000 0006 11 03 006B 0000"));  // no registers
  for (int i = 0; i < 500; ++i) wire.say(flow, octets("DEADBEEF"));
  wire.say(flow, octets("0001 0000 0006 11 06 0001 0003"));
  CHECK(wire.listener.said.back() == "modbus 6@1001");
  CHECK(wire.engine.counters().malformed() >= 500);
}

TEST_CASE("a hundred thousand live Modbus flows stay within the memory meant for them", "[dissect][modbus]") {
  for (auto const* row : registry()) {
    auto const octets_a_stream = StreamPool::octets_of(row->session_size);
    INFO(row->name);
    CHECK(octets_a_stream * 100'000 + DissectionOptions{}.buffer_octets <= 24u * 1024 * 1024);
  }
  Wire wire;
  wire.listener.keep = false;
  std::vector<Flow> flows(100'000);
  auto const request = octets(read_request);
  for (auto& flow : flows) {
    flow.transport = Transport::tcp;
    wire.say(flow, request);
  }
  CHECK(wire.listener.count == flows.size());
  CHECK(wire.engine.live_streams() == flows.size());
  for (auto& flow : flows) wire.engine.on_close(flow);
  CHECK(wire.engine.live_streams() == 0);
}
