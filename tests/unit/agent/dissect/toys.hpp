#pragma once
#include <string>
#include <vector>

#include "agent/dissect/dissection.hpp"

/// Protocols made up to try the engine with, who listens to it, and a flow to speak on.
namespace greywatch::agent::toys {

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

inline void read(Bytes message, Direction, void* session, Emitter& emitter) {
  auto& count = *static_cast<std::uint32_t*>(session);
  auto observation = emitter.begin();
  observation.code = ++count;
  observation.octets = message.subspan(2);
  static constexpr Malformed refused{Defect::bad_value, 2, "toy.text"};
  if (message.size() > 2 && message[2] == '!') observation.malformed = &refused;
  if (message.size() > 2 && message[2] == '?') emitter.unknown("marks", '?');
  if (message.size() > 2 && message[2] == '~') emitter.tolerated("tilde");
  if (message.size() > 2 && message[2] == '#') emitter.table_full();
  emitter.emit(observation);
}

inline void forget(Direction, void* session) { *static_cast<std::uint32_t*>(session) = 100; }

inline constexpr std::uint16_t port[] = {502};
inline constexpr std::uint16_t other_port[] = {2404};
/// The row of a toy by its mark; over TCP it has frames.
template <char mark>
constexpr Dissector toy(std::string_view name, Transport transport, std::span<std::uint16_t const> ports) {
  return {.name = name,
          .transport = transport,
          .ports = ports,
          .session_size = 4,
          .most = 62,
          .probe = probe<mark>,
          .frame = transport == Transport::tcp ? frame<mark> : nullptr,
          .read = read,
          .gap = nullptr};
}
inline constexpr Dissector alpha = [] {
  auto row = toy<'A'>("alpha", Transport::tcp, port);
  row.gap = forget;
  return row;
}();
inline constexpr auto beta = toy<'B'>("beta", Transport::tcp, other_port);
inline constexpr auto gram = toy<'G'>("gram", Transport::udp, {});
inline constexpr Dissector const* rows[] = {&alpha, &beta, &gram};

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

inline std::string message(char mark, std::string text) {
  return std::string{mark, static_cast<char>(text.size())} + text;
}
inline std::string a(std::string text) { return message('A', std::move(text)); }
inline std::string b(std::string text) { return message('B', std::move(text)); }

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

}  // namespace greywatch::agent::toys
