#include "agent/dissect/dissection.hpp"

#include <catch2/catch.hpp>

#include "tests/support/allocations.hpp"
#include "tests/unit/agent/dissect/toys.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::toys;

TEST_CASE("two plausible messages name a flow, and the first keeps its own time and frame", "[dissect]") {
  Wire wire;
  wire.say(a("one"));
  CHECK(wire.listener.said.empty());
  wire.say(a("two"), Direction::to_client);
  REQUIRE(wire.listener.said.size() == 2);
  CHECK(wire.listener.said[0].text == "one");
  CHECK(wire.listener.said[0].frame == 1);
  CHECK(wire.listener.said[0].time == 10);
  CHECK(wire.listener.said[0].way == Direction::to_server);
  CHECK(wire.listener.said[1].frame == 2);
  CHECK(wire.listener.said[1].way == Direction::to_client);
}

TEST_CASE("one certain message names a flow at once", "[dissect]") {
  Wire wire;
  wire.say(b("hello"));
  CHECK(wire.listener.texts() == "hello");
  CHECK(wire.listener.said[0].protocol == "beta");
}

TEST_CASE("a port is no proof: two protocols share one", "[dissect]") {
  Wire first(502), second(502);
  first.say(b("hello"));
  second.say(a("one") + a("two"));
  CHECK(first.listener.said.at(0).protocol == "beta");
  CHECK(second.listener.said.at(0).protocol == "alpha");
  CHECK(second.listener.texts() == "one two");
  Wire neither(502);
  neither.say("GET / HTTP/1.1");
  neither.say("Host: alpha");
  CHECK(neither.listener.said.empty());
  CHECK(neither.engine.live_streams() == 0);
}

TEST_CASE("a message is read whole wherever it was cut", "[dissect]") {
  auto const stream = a("one") + a("") + a("three");
  for (std::size_t first = 1; first < stream.size(); ++first) {
    for (std::size_t second = first; second < stream.size(); ++second) {
      Wire wire;
      wire.say(stream.substr(0, first));
      if (second > first) wire.say(stream.substr(first, second - first));
      wire.say(stream.substr(second));
      INFO(first << " " << second);
      REQUIRE(wire.listener.texts() == "one  three");
      CHECK(wire.listener.said[2].frame == wire.frame);
      CHECK(wire.counters().resyncs == 0);
    }
  }
}

TEST_CASE("a message in single octets is numbered after the frame that completed it", "[dissect]") {
  Wire wire;
  wire.say(a("one") + a("two"));
  for (char octet : a("three")) wire.say(std::string(1, octet));
  CHECK(wire.listener.texts() == "one two three");
  CHECK(wire.listener.said[2].frame == 8);
}

TEST_CASE("directions are cut apart from each other", "[dissect]") {
  Wire wire;
  wire.say(a("one") + a("two") + "A\5th");
  wire.say("A\4fo", Direction::to_client);
  wire.say("ree");
  wire.say("ur", Direction::to_client);
  CHECK(wire.listener.texts() == "one two three four");
}

TEST_CASE("a gap voids the message begun, tells the session, and the next start is found", "[dissect]") {
  Wire wire;
  wire.say(a("one") + a("two") + "A\5th");
  wire.say("xx" + a("three"), Direction::to_server, 40);
  CHECK(wire.listener.texts() == "one two three");
  CHECK(wire.listener.said[2].code == 101);
  CHECK(wire.counters().gaps == 1);
  CHECK(wire.counters().resyncs == 0);
  CHECK(wire.counters().skipped_octets == 2);
}

TEST_CASE("a session whose flow said something else before is told that it begins late", "[dissect]") {
  Wire wire;
  wire.say("CONNECT");
  wire.say(a("one") + a("two"));
  REQUIRE(wire.listener.texts() == "one two");
  CHECK(wire.listener.said[0].code == 101);
  Wire lossy;
  lossy.say(a("one") + a("two"), Direction::to_server, 12);
  CHECK(lossy.listener.said.at(0).code == 101);
}

TEST_CASE("after a gap a peer that sends headers apart is followed too", "[dissect]") {
  Wire wire;
  wire.say(a("one") + a("two"));
  wire.say("rest", Direction::to_server, 9);
  wire.say("A");
  wire.say("\5three");
  CHECK(wire.listener.texts() == "one two three");
}

TEST_CASE("lost framing is an observation, and reading goes on at the next message", "[dissect]") {
  Wire wire;
  wire.say(a("one") + a("two"));
  wire.say("rubbish" + a("three") + a("four"));
  REQUIRE(wire.listener.said.size() == 5);
  CHECK(wire.listener.said[2].malformed);
  CHECK(wire.listener.said[3].text == "three");
  CHECK(wire.listener.said[4].text == "four");
  CHECK(wire.counters().resyncs == 1);
  CHECK(wire.counters().skipped_octets == 7);
  CHECK(wire.counters().malformed[static_cast<std::size_t>(Defect::bad_value)] == 1);
}

TEST_CASE("malformed messages are observed without end when some are good", "[dissect]") {
  Wire wire;
  wire.say(a("one") + a("two"));
  for (int i = 0; i < 1000; ++i) wire.say(a("!") + a("good"));
  CHECK(wire.listener.said.size() == 2002);
  CHECK(wire.counters().withdrawn == 0);
}

TEST_CASE("a guess that brings only trouble is withdrawn, and the flow is named anew", "[dissect]") {
  Wire wire;
  wire.say(a("one") + a("two"));
  for (int i = 0; i < 4; ++i) wire.say("rubbish");
  CHECK(wire.counters().withdrawn == 1);
  CHECK(wire.engine.live_streams() == 0);
  wire.say(b("hello"));
  CHECK(wire.listener.said.back().protocol == "beta");
}

TEST_CASE("malformed messages with good framing stay observed on the protocol's own port", "[dissect]") {
  Wire wire(502);
  for (int i = 0; i < 1000; ++i) wire.say(a("!"));
  wire.engine.on_close(wire.flow);
  CHECK(wire.listener.said.size() == 1000);
}

TEST_CASE("a guess that the second message contradicts costs nothing", "[dissect]") {
  Wire wire;
  wire.say(a("one"));
  wire.say("rubbish");
  CHECK(wire.engine.live_streams() == 0);
  wire.say(b("hello"));
  CHECK(wire.listener.texts() == "hello");
}

TEST_CASE("a lone plausible message is read at close on its own port only", "[dissect]") {
  Wire known(502), unknown(1234);
  for (auto* wire : {&known, &unknown}) {
    wire->say(a("one"));
    wire->engine.on_close(wire->flow);
    CHECK(wire->listener.closed == 1);
    CHECK(wire->flow.dissect_slot == 0);
    CHECK(wire->engine.live_streams() == 0);
  }
  CHECK(known.listener.texts() == "one");
  CHECK(unknown.listener.said.empty());
}

TEST_CASE("an unknown flow is tried again, ever more rarely, and for good on a known port", "[dissect]") {
  Wire wire(9999), hinted(2404);
  for (int i = 0; i < 100; ++i) wire.say("noise"), hinted.say("noise");
  hinted.say(b("hello"));
  CHECK(hinted.listener.texts() == "hello");
  int needed = 0;
  while (wire.listener.said.empty() && ++needed < 2000) wire.say(b("hello"));
  CHECK(needed == 128 - 100);
  CHECK(wire.engine.live_streams() == 1);
}

TEST_CASE("a datagram is one message", "[dissect]") {
  Wire wire;
  wire.flow.transport = Transport::udp;
  wire.say(message('G', "one"));
  wire.say(message('G', "two"));
  wire.say(message('G', "three") + "tail");
  CHECK(wire.listener.texts() == "one two threetail");
}

TEST_CASE("full tables refuse, count, and go on", "[dissect]") {
  DissectionOptions options{.rows = rows};
  options.most_streams = 1;
  options.buffer_octets = 1;
  Wire wire(options);
  wire.say(b("hello"));
  Flow second{.transport = Transport::tcp};
  wire.engine.on_segment({.flow = second, .payload = as_bytes("B\5hello")});
  CHECK(wire.counters(1).sessions_refused == 1);
  wire.engine.on_close(wire.flow);
  wire.engine.on_segment({.flow = second, .payload = as_bytes("B\5hello")});
  CHECK(wire.listener.texts() == "hello hello");
}

TEST_CASE("a pool without room for a tail is counted, and the stream heals", "[dissect]") {
  DissectionOptions options{.rows = rows};
  options.buffer_octets = 1;  // one page: 512 small buffers
  Listener listener;
  Dissection engine(options, listener);
  std::vector<Flow> flows(600);
  for (auto& flow : flows) {
    flow.transport = Transport::tcp;
    engine.on_segment({.flow = flow, .payload = as_bytes("B\5helloB\5he")});
  }
  CHECK(listener.count == 600);
  CHECK(engine.counters().protocols()[1].overflows == 88);
  for (auto& flow : flows) engine.on_segment({.flow = flow, .payload = as_bytes("lloB\5hello")});
  CHECK(listener.count == 600 + 512 * 2 + 88);
}

/// Two rows of datagrams: both take what begins with 'A', only the second what begins with 'B', each on two messages.
struct AlikeBeginnings : Wire {
  AlikeBeginnings(std::size_t buffer_octets = 65536)
      : Wire(DissectionOptions{.rows = alike, .buffer_octets = buffer_octets}) {
    flow.transport = Transport::udp;
  }
  void say(std::string const& octets, std::uint64_t in_frame) {
    engine.on_segment({.frame = in_frame, .flow = flow, .payload = as_bytes(octets)});
  }

 private:
  static Likeness begins_late(Bytes octets, Direction) {
    return octets[0] == 'A' || octets[0] == 'B' ? Likeness::plausible : Likeness::no;
  }
  static void tell(Bytes octets, Direction, void*, Emitter& emitter) {
    auto observation = emitter.begin();
    observation.octets = octets;
    emitter.emit(observation);
  }
  static constexpr Dissector late = [] {
    auto row = toy<'B'>("late", Transport::udp, {});
    row.probe = begins_late;
    row.read = tell;
    return row;
  }();
  static constexpr auto early = toy<'A'>("early", Transport::udp, {});
  static constexpr Dissector const* alike[] = {&early, &late};
};

TEST_CASE("a full pool keeps no part of a segment before naming", "[dissect]") {
  AlikeBeginnings wire(1);  // one page: who needs blocks of another size gets none
  wire.say(a("one"), 1);
  // What is held of a segment before its octets still fits, the octets do not.
  wire.say(a(std::string(40, 'x')), 2);
  CHECK(wire.counters(0).overflows == 1);
  CHECK(wire.counters(1).overflows == 1);
  CHECK(wire.listener.said.empty());
  CHECK(wire.engine.live_streams() == 1);  // the second segment waits for another
}

TEST_CASE("segments that one frame set free are each offered to the rows behind", "[dissect]") {
  for (std::uint64_t const second : {4, 5}) {
    AlikeBeginnings wire;
    wire.say(a("one"), 4);
    wire.say(b("two"), second);
    wire.say(b("three"), 6);
    REQUIRE(wire.listener.said.size() == 3);
    CHECK(wire.listener.said[0].text == a("one"));
    CHECK(wire.listener.said[1].text == b("two"));
    CHECK(wire.listener.said[1].frame == second);
  }
}

TEST_CASE("behind lost framing as much is thrown away at once as the row says", "[dissect]") {
  static int asked = 0;
  static constexpr Dissector endless = [] {
    auto row = toy<'A'>("endless", Transport::tcp, port);
    row.probe = [](Bytes octets, Direction) {
      ++asked;
      return octets[0] == 'A' ? Likeness::plausible : Likeness::no;
    };
    row.frame = [](Bytes octets) {
      bool const good = octets.size() >= 2 && octets[1] == 0;
      return good ? Frame{.verdict = Frame::Verdict::complete, .length = 2}
                  : Frame{.verdict = Frame::Verdict::lost, .length = 1000};
    };
    return row;
  }();
  static constexpr Dissector const* rows_of[] = {&endless};
  Wire wire(DissectionOptions{.rows = rows_of, .most_trouble = 255});
  for (int good = 0; good < 3; ++good) wire.say(a(""));
  asked = 0;
  for (int segment = 0; segment < 3; ++segment) wire.say(std::string(10'000, 'A'));
  CHECK(asked <= 3 * 11);
}

TEST_CASE("counters name protocol, family and kind", "[dissect]") {
  Wire wire;
  wire.say(a("?") + a("?") + a("~") + a("#") + a("!"));
  std::vector<std::string> lines;
  wire.engine.counters().for_each(
      [&](auto family, std::string_view protocol, std::string_view kind, std::uint64_t count) {
        if (count != 0)
          lines.push_back(std::to_string(static_cast<int>(family)) + std::string(protocol) + ":" + std::string(kind) +
                          "=" + std::to_string(count));
      });
  CHECK(lines == std::vector<std::string>{"0alpha:=5", "1alpha:bad_value=1", "1alpha:table_full=1", "2alpha:marks=2",
                                          "3alpha:tilde=1"});
  CHECK(wire.engine.counters().messages() == 5);
  CHECK(wire.engine.counters().malformed() == 1);
}

TEST_CASE("nothing is allocated per segment after warm-up", "[dissect]") {
  Wire wire;
  wire.listener.keep = false;
  auto const round = [&] {
    wire.say("A\3one");
    wire.say("A\3twoA\5th");
    wire.say("reeA\4four");
    wire.say("oops", Direction::to_server, 7);
    wire.say("rubbish!A\3");
    wire.say("six");
    wire.engine.on_close(wire.flow);
  };
  round();
  auto const before = test::allocations();
  for (int i = 0; i < 100; ++i) round();
  CHECK(test::allocations() == before);
  CHECK(wire.listener.count > 400);
}

TEST_CASE("a hundred thousand streams are small", "[dissect]") { CHECK(sizeof(Stream) == 56); }

TEST_CASE("rows of one name share their counters", "[dissect]") {
  static constexpr auto other = toy<'A'>("alpha", Transport::udp, {});
  static constexpr Dissector const* both[] = {&alpha, &beta, &other};
  Wire wire(DissectionOptions{.rows = both});
  wire.say(a("one") + a("two"));
  Flow datagrams{.transport = Transport::udp};
  for (int i = 0; i < 2; ++i)
    wire.engine.on_segment({.time = {}, .frame = 9, .flow = datagrams, .payload = as_bytes("A\x01x")});
  CHECK(wire.engine.counters().protocols().size() == 2);
  CHECK(wire.counters(0).messages == 4);
}

TEST_CASE("a datagram that the capture cut is nobody's malformed message", "[dissect]") {
  Wire wire;
  Flow flow{.transport = Transport::udp};
  std::string const whole = "G\x02!!";
  for (std::uint32_t missing : {0u, 0u, 7u})
    wire.engine.on_segment({.time = {}, .frame = 1, .flow = flow, .payload = as_bytes(whole), .missing = missing});
  CHECK(wire.listener.said.size() == 2);
  CHECK(wire.counters(2).gaps == 1);
}

TEST_CASE("an ethertype and an IP protocol are hints as ports are", "[dissect]") {
  static constexpr std::uint16_t ethertype[] = {0x88B8};
  static constexpr auto frames = toy<'A'>("frames", Transport::ethernet, ethertype);
  static constexpr Dissector const* one[] = {&frames};
  for (bool const own : {true, false}) {
    Wire wire(DissectionOptions{.rows = one});
    Flow flow{.ethertype = static_cast<std::uint16_t>(own ? 0x88B8 : 0x88BA), .transport = Transport::ethernet};
    wire.engine.on_segment({.time = {}, .frame = 1, .flow = flow, .payload = as_bytes("A\x01x")});
    wire.engine.on_close(flow);  // one plausible message is enough on its own ethertype only
    CHECK(wire.listener.said.size() == (own ? 1 : 0));
  }
}

TEST_CASE("what protocols begin alike is read by the one that goes on with it", "[dissect]") {
  // Both begin with an empty message 'A', which says nothing; "late" goes on with 'C'.
  static constexpr auto early_probe = [](Bytes octets, Direction) {
    if (octets[0] != 'A') return Likeness::no;
    return octets.size() > 1 && octets[1] == 0 ? Likeness::more : Likeness::plausible;
  };
  static constexpr auto late_probe = [](Bytes octets, Direction way) {
    return octets[0] == 'C' ? Likeness::certain : early_probe(octets, way);
  };
  static constexpr auto late_frame = [](Bytes octets) {
    return octets[0] == 'C' ? frame<'C'>(octets) : frame<'A'>(octets);
  };
  static constexpr Dissector early = [] {
    auto row = toy<'A'>("early", Transport::tcp, port);
    row.probe = early_probe;
    return row;
  }();
  static constexpr Dissector late = [] {
    auto row = toy<'A'>("late", Transport::tcp, port);
    row.probe = late_probe;
    row.frame = late_frame;
    return row;
  }();
  static constexpr Dissector const* both[] = {&early, &late};
  Wire wire(DissectionOptions{.rows = both});
  wire.say(a(""));
  wire.say(a(""), Direction::to_client);
  wire.say(message('C', "so"));
  REQUIRE(wire.listener.said.size() == 3);
  CHECK(wire.listener.said[0].protocol == "late");
  CHECK(wire.listener.said[0].frame == 1);
  CHECK(wire.listener.said[1].way == Direction::to_client);
  CHECK(wire.listener.said[2].text == "so");
  CHECK(wire.engine.live_streams() == 1);
}
