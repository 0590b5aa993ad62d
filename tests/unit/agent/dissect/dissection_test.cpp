#include "agent/dissect/dissection.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/allocations.hpp"

using namespace greywatch;
using namespace greywatch::agent;

namespace {

// Two toy protocols. A message is a mark, the length of its text, and the text; '!' begins a text that is refused. The
// mark of "alpha" is 'A' and makes it plausible; "beta" has 'B' and is certain when its text is "hello".
template <char mark>
Likeness probe(Bytes octets, Direction) {
  if (octets[0] != mark) return Likeness::no;
  if (octets.size() < 2) return Likeness::more;
  if (octets[1] > 60) return Likeness::no;
  return mark == 'B' && as_text(octets.subspan(2)).starts_with("hello") ? Likeness::certain : Likeness::plausible;
}

template <char mark>
Frame frame(Bytes octets) {
  if (octets[0] != mark) return {.verdict = Frame::Verdict::lost, .length = 1};
  if (octets.size() < 2) return {};
  std::size_t const length = 2u + octets[1];
  return {.verdict = octets.size() < length ? Frame::Verdict::more : Frame::Verdict::complete, .length = length};
}

void read(Bytes message, Direction, void* session, Emitter& emitter) {
  auto& count = *static_cast<std::uint32_t*>(session);
  auto observation = emitter.begin();
  observation.code = ++count;
  observation.octets = message.subspan(2);
  static constexpr Malformed refused{Defect::bad_value, 2, "toy.text"};
  if (message.size() > 2 && message[2] == '!') observation.malformed = &refused;
  if (message.size() > 2 && message[2] == '?') emitter.unknown("marks", '?');
  if (message.size() > 2 && message[2] == '~') emitter.tolerated("tilde");
  emitter.emit(observation);
}

void forget(Direction, void* session) { *static_cast<std::uint32_t*>(session) = 100; }

constexpr std::uint16_t port[] = {502};
constexpr std::uint16_t other_port[] = {2404};
constexpr Dissector alpha{.name = "alpha",
                          .transport = Transport::tcp,
                          .ports = port,
                          .session_size = 4,
                          .most = 62,
                          .probe = probe<'A'>,
                          .frame = frame<'A'>,
                          .read = read,
                          .gap = forget};
constexpr Dissector beta{.name = "beta",
                         .transport = Transport::tcp,
                         .ports = other_port,
                         .session_size = 4,
                         .most = 62,
                         .probe = probe<'B'>,
                         .frame = frame<'B'>,
                         .read = read,
                         .gap = nullptr};
constexpr Dissector gram{.name = "gram",
                         .transport = Transport::udp,
                         .ports = {},
                         .session_size = 4,
                         .most = 62,
                         .probe = probe<'G'>,
                         .frame = nullptr,
                         .read = read,
                         .gap = nullptr};
constexpr Dissector const* rows[] = {&alpha, &beta, &gram};

struct Said {
  std::string protocol, text;
  std::uint64_t frame;
  std::int64_t time;
  std::uint32_t code;
  Direction way;
  bool malformed;
};

struct Listener : ObservationSink {
  std::vector<Said> said;
  int closed = 0;
  bool keep = true;
  std::uint64_t count = 0;
  void on_observation(Observation const& seen) override {
    ++count;
    if (!keep) return;
    said.push_back({std::string(seen.protocol), std::string(as_text(seen.octets)), seen.frame, unix_ns(seen.time),
                    seen.code, seen.way, seen.malformed != nullptr});
  }
  void on_close(Flow&) override { ++closed; }
  std::string texts() const {
    std::string all;
    for (auto const& one : said) all += (all.empty() ? "" : " ") + one.text;
    return all;
  }
};

std::string message(char mark, std::string text) { return std::string{mark, static_cast<char>(text.size())} + text; }
std::string a(std::string text) { return message('A', std::move(text)); }
std::string b(std::string text) { return message('B', std::move(text)); }

struct Wire {
  Listener listener;
  DissectionOptions options{.rows = rows};
  Dissection engine{options, listener};
  Flow flow{.transport = Transport::tcp};
  std::uint64_t frame = 0;

  Wire() = default;
  explicit Wire(std::uint16_t server_port) { flow.server.port = server_port; }
  explicit Wire(DissectionOptions const& with) : options(with), engine(with, listener) {}
  void say(std::string const& octets, Direction way = Direction::to_server, std::uint32_t gap = 0) {
    ++frame;
    engine.on_segment({.time = from_unix_ns(static_cast<std::int64_t>(frame) * 10),
                       .frame = frame,
                       .flow = flow,
                       .way = way,
                       .payload = as_bytes(octets),
                       .gap = gap});
  }
  ProtocolCounters const& counters(std::size_t row = 0) const { return engine.counters().protocols()[row]; }
};

}  // namespace

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

TEST_CASE("counters name protocol, family and kind", "[dissect]") {
  Wire wire;
  wire.say(a("?") + a("?") + a("~") + a("!"));
  std::vector<std::string> lines;
  wire.engine.counters().for_each(
      [&](auto family, std::string_view protocol, std::string_view kind, std::uint64_t count) {
        if (count != 0)
          lines.push_back(std::to_string(static_cast<int>(family)) + std::string(protocol) + ":" + std::string(kind) +
                          "=" + std::to_string(count));
      });
  CHECK(lines == std::vector<std::string>{"0alpha:=4", "1alpha:bad_value=1", "2alpha:marks=2", "3alpha:tilde=1"});
  CHECK(wire.engine.counters().messages() == 4);
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

namespace {

// "long": as alpha with the mark 'L', but a hundred times its length octet follow the text, and nobody wants them.
Frame frame_of_long(Bytes octets) {
  if (octets[0] != 'L') return {.verdict = Frame::Verdict::lost, .length = 1};
  if (octets.size() < 2) return {};
  std::size_t const wanted = 2u + octets[1];
  if (octets.size() < wanted) return {.verdict = Frame::Verdict::more, .length = wanted};
  return {.verdict = Frame::Verdict::complete, .length = wanted + octets[1] * 100u, .wanted = wanted};
}
constexpr Dissector of_long{.name = "long",
                            .transport = Transport::tcp,
                            .ports = port,
                            .session_size = 4,
                            .most = 62,
                            .probe = probe<'L'>,
                            .frame = frame_of_long,
                            .read = read,
                            .gap = forget};
constexpr Dissector const* long_rows[] = {&of_long};

std::string l(std::string const& text) { return message('L', text) + std::string(text.size() * 100, 'L'); }

}  // namespace

TEST_CASE("of a long message only what is wanted is kept, wherever it was cut", "[dissect]") {
  auto const stream = l("one") + l("two") + l("three");
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    Wire wire(DissectionOptions{.rows = long_rows});
    wire.say(stream.substr(0, cut));
    wire.say(stream.substr(cut));
    INFO(cut);
    CHECK(wire.listener.texts() == "one two three");
    CHECK(wire.counters().skipped_octets == 0);
  }
}

TEST_CASE("octets lost where nobody wanted them lose no message", "[dissect]") {
  Wire wire(DissectionOptions{.rows = long_rows});
  wire.say(l("one") + l("two").substr(0, 50));
  wire.say(l("two").substr(150) + l("three"), Direction::to_server, 100);
  CHECK(wire.listener.texts() == "one two three");
  CHECK(wire.counters().resyncs == 0);
  wire.say(l("four").substr(0, 100));
  wire.say(l("five").substr(7) + l("six"), Direction::to_server, 5000);  // more than was left: a search
  CHECK(wire.listener.texts() == "one two three four six");
}

TEST_CASE("rows of one name share their counters", "[dissect]") {
  static constexpr Dissector other{.name = "alpha",
                                   .transport = Transport::udp,
                                   .ports = {},
                                   .session_size = 4,
                                   .most = 62,
                                   .probe = probe<'A'>,
                                   .frame = nullptr,
                                   .read = read,
                                   .gap = nullptr};
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
  static constexpr Dissector frames{.name = "frames",
                                    .transport = Transport::ethernet,
                                    .ports = ethertype,
                                    .session_size = 4,
                                    .most = 62,
                                    .probe = probe<'A'>,
                                    .frame = nullptr,
                                    .read = read,
                                    .gap = nullptr};
  static constexpr Dissector const* one[] = {&frames};
  for (bool const own : {true, false}) {
    Wire wire(DissectionOptions{.rows = one});
    Flow flow{.transport = Transport::ethernet, .ethertype = static_cast<std::uint16_t>(own ? 0x88B8 : 0x88BA)};
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
  static constexpr Dissector early{.name = "early",
                                   .transport = Transport::tcp,
                                   .ports = port,
                                   .session_size = 4,
                                   .most = 62,
                                   .probe = early_probe,
                                   .frame = frame<'A'>,
                                   .read = read,
                                   .gap = nullptr};
  static constexpr Dissector late{.name = "late",
                                  .transport = Transport::tcp,
                                  .ports = port,
                                  .session_size = 4,
                                  .most = 62,
                                  .probe = late_probe,
                                  .frame = late_frame,
                                  .read = read,
                                  .gap = nullptr};
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

namespace {

// "parts": as alpha with the mark 'P'; a text that ends in '-' goes on in the next message of its direction.
void read_parts(Bytes message, Direction, void*, Emitter& emitter) {
  auto const text = message.subspan(2);
  if (!text.empty() && text.back() == '-') {
    if (!emitter.keep(text.first(text.size() - 1))) emitter.drop();
    return;
  }
  auto observation = emitter.begin();
  bool const whole = emitter.kept().empty() || emitter.keep(text);
  observation.octets = whole && !emitter.kept().empty() ? emitter.kept() : text;
  emitter.emit(observation);
  emitter.drop();
}
constexpr Dissector of_parts{.name = "parts",
                             .transport = Transport::tcp,
                             .ports = port,
                             .session_size = 0,
                             .most = 62,
                             .probe = probe<'P'>,
                             .frame = frame<'P'>,
                             .read = read_parts,
                             .gap = nullptr};
constexpr Dissector const* part_rows[] = {&of_parts};

std::string p(std::string text) { return message('P', std::move(text)); }

}  // namespace

TEST_CASE("what a row shares outlives its flows, and is of that row alone", "[dissect]") {
  static constexpr auto counting = [](Bytes, Direction, void*, Emitter& emitter) {
    auto observation = emitter.begin();
    observation.code = ++*static_cast<std::uint32_t*>(emitter.shared());
    emitter.emit(observation);
  };
  static constexpr Dissector one{
      .name = "one",
      .transport = Transport::udp,
      .ports = {},
      .session_size = 0,
      .shared_size = 4,
      .most = 62,
      .probe = probe<'G'>,
      .frame = nullptr,
      .read = counting,
      .gap = nullptr,
  };
  static constexpr Dissector other{
      .name = "other",
      .transport = Transport::udp,
      .ports = {},
      .session_size = 0,
      .shared_size = 4,
      .most = 62,
      .probe = probe<'H'>,
      .frame = nullptr,
      .read = counting,
      .gap = nullptr,
  };
  static constexpr Dissector const* both[] = {&one, &other};
  Wire wire(DissectionOptions{.rows = both});
  for (char const mark : {'G', 'G', 'H'}) {
    wire.flow.transport = Transport::udp;
    wire.say(message(mark, "a"));
    wire.say(message(mark, "b"));
    wire.engine.on_close(wire.flow);
  }
  std::vector<std::uint32_t> codes;
  for (auto const& said : wire.listener.said) codes.push_back(said.code);
  CHECK(codes == std::vector<std::uint32_t>{1, 2, 3, 4, 1, 2});
}

TEST_CASE("what a dissector keeps is of one direction and one flow, and its room comes back", "[dissect]") {
  DissectionOptions options{.rows = part_rows};
  options.buffer_octets = 5 * BufferPool::page_octets;  // one page for each size
  Wire wire(options);
  wire.say(p("on-") + p("to-"));
  wire.say(p("answer"), Direction::to_client);
  wire.say(p("other"));
  CHECK(wire.listener.texts() == "answer ontoother");
  for (int each = 0; each < 600; ++each) {
    wire.say(p("left-") + p("left-"));
    wire.engine.on_close(wire.flow);
  }
  CHECK(wire.counters().overflows == 0);
  for (int each = 0; each < 1118; ++each) wire.say(p(std::string(59, 'x') + "-"));
  CHECK(wire.counters().overflows == 1);  // 64 KiB are full after 1,110 of them, and dropped with the next
  wire.say(p("end"));
  CHECK(wire.listener.said.back().text.size() == 59 * 7 + 3);
}

namespace {

// "patient": as alpha with the mark 'W'; every text waits for the flow to end.
constexpr Dissector patient{
    .name = "patient",
    .transport = Transport::tcp,
    .ports = port,
    .session_size = 0,
    .most = 62,
    .probe = probe<'W'>,
    .frame = frame<'W'>,
    .read = [](Bytes message, Direction, void*, Emitter& emitter) { emitter.keep(message.subspan(2)); },
    .gap = nullptr,
    .close =
        [](Direction, void*, Emitter& emitter) {
          if (emitter.kept().empty()) return;
          auto observation = emitter.begin();
          observation.octets = emitter.kept();
          emitter.emit(observation);
        }};
constexpr Dissector const* patient_rows[] = {&patient};

}  // namespace

TEST_CASE("what still waits is told when the flow ends, by direction, and never of a flow without a name",
          "[dissect]") {
  Wire wire(DissectionOptions{.rows = patient_rows});
  wire.say(message('W', "one"));
  wire.say(message('W', "two"), Direction::to_client);
  wire.say(message('W', "three"));
  CHECK(wire.listener.said.empty());
  wire.engine.on_close(wire.flow);
  CHECK(wire.listener.texts() == "onethree two");
  CHECK(wire.listener.said.back().way == Direction::to_client);
  CHECK(wire.engine.live_streams() == 0);
}
