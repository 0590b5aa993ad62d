#include <catch2/catch.hpp>

#include "agent/dissect/dissection.hpp"
#include "tests/unit/agent/dissect/toys.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::toys;

namespace {

// "long": as alpha with the mark 'L', but a hundred times its length octet follow the text, and nobody wants them.
Frame frame_of_long(Bytes octets) {
  if (octets[0] != 'L') return {.verdict = Frame::Verdict::lost, .length = 1};
  if (octets.size() < 2) return {};
  std::size_t const wanted = 2u + octets[1];
  if (octets.size() < wanted) return {.verdict = Frame::Verdict::more, .length = wanted};
  return {.verdict = Frame::Verdict::complete, .length = wanted + octets[1] * 100u, .wanted = wanted};
}
constexpr Dissector of_long = [] {
  auto row = toy<'L'>("long", Transport::tcp, port);
  row.frame = frame_of_long;
  row.gap = forget;
  return row;
}();
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
constexpr Dissector of_parts = [] {
  auto row = toy<'P'>("parts", Transport::tcp, port);
  row.read = read_parts;
  return row;
}();
constexpr Dissector const* part_rows[] = {&of_parts};

std::string p(std::string text) { return message('P', std::move(text)); }

}  // namespace

TEST_CASE("what a row shares outlives its flows, and is of that row alone", "[dissect]") {
  static constexpr auto counting = [](Bytes, Direction, void*, Emitter& emitter) {
    auto observation = emitter.begin();
    observation.code = ++*static_cast<std::uint32_t*>(emitter.shared());
    emitter.emit(observation);
  };
  static constexpr auto sharing = [](Dissector row) {
    row.shared_size = 4;
    row.read = counting;
    return row;
  };
  static constexpr auto one = sharing(toy<'G'>("one", Transport::udp, {}));
  static constexpr auto other = sharing(toy<'H'>("other", Transport::udp, {}));
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
