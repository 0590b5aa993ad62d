#include "agent/net/tcp.hpp"

#include <algorithm>
#include <limits>

#include "agent/net/tcp_chunk.hpp"

namespace greywatch::agent {

std::optional<TcpSegment> read_tcp(Bytes octets, std::uint32_t missing, NetworkCounters& counters) {
  if (octets.size() < 20) return ++counters.transport_truncated, std::nullopt;
  auto const* at = octets.data();
  std::size_t const header = tcp_header_octets(at);
  if (header < 20) return ++counters.transport_bad_length, std::nullopt;
  if (header > octets.size()) {
    if (missing < header - octets.size()) return ++counters.transport_bad_length, std::nullopt;
    return ++counters.transport_truncated, std::nullopt;
  }
  return tcp_segment(octets, header, missing);
}

Tcp::Tcp(NetworkOptions const& options, FlowTable& table, SegmentSink& sink, Digest const& digest,
         NetworkCounters& counters)
    : table_(table),
      sink_(sink),
      digest_(digest),
      counters_(counters),
      buffer_(options),
      stream_octets_(options.stream_octets),
      window_(static_cast<std::int32_t>(std::clamp<std::uint32_t>(options.tcp_window, 1, 1u << 30))),
      hole_timeout_(options.hole_timeout) {}

bool Tcp::begins_anew(FlowEntry& entry, Direction way, TcpSegment const& segment) const {
  if (!segment.has(TcpSegment::syn_flag) || segment.has(TcpSegment::rst_flag)) return false;
  auto const& stream = entry.stream(way);
  auto const expected_way = segment.opens() ? Direction::to_server : Direction::to_client;
  if (way != expected_way && entry.flow.server_guessed) return true;  // the guess was wrong
  if (!stream.known) return entry.flow.midstream;
  // A late copy of the SYN that began this stream lies a little behind it; a new one hits there with odds of 2^-16.
  constexpr std::int32_t late = 1 << 16;
  auto const behind = ahead_of(stream.next, segment.sequence + 1);
  return behind < 0 || behind >= late;
}

void Tcp::take(FlowEntry& entry, Direction way, TcpSegment const& segment, Origin const& origin, Time time) {
  if (segment.has(TcpSegment::rst_flag)) return reset(entry, way, segment, time);
  auto sequence = segment.sequence;
  if (segment.has(TcpSegment::syn_flag)) {
    begin(entry, way, segment);
    ++sequence;
  }
  if (entry.flow.state == FlowState::opening && way == Direction::to_client) {
    entry.flow.state = FlowState::open;
    sink_.on_state(entry.flow, origin.frame);
  }
  go_on(entry, way, segment, sequence, origin, time);
}

void Tcp::begin(FlowEntry& entry, Direction way, TcpSegment const& segment) {
  auto& mine = entry.stream(way);
  auto& peer = entry.stream(opposite(way));
  if (!mine.known) mine.next = segment.sequence + 1, mine.known = true;
  if (segment.has(TcpSegment::ack_flag) && !peer.known) peer.next = segment.acknowledgement, peer.known = true;
}

void Tcp::skip_acknowledged(FlowEntry& entry, Direction way, Time time, std::uint32_t acknowledged) {
  auto const passed = ahead_of(acknowledged, entry.stream(way).next);
  if (passed > 0 && passed <= window_) skip(entry, way, time, acknowledged);
}

void Tcp::take_apart(FlowEntry& entry, Direction way, TcpSegment const& segment, std::uint32_t sequence,
                     Origin const& origin, Time time) {
  bool const fin = segment.has(TcpSegment::fin_flag);
  Chunk chunk{.sequence = sequence,
              .payload = segment.payload,
              .missing = segment.missing,
              .fin = fin,
              .pushed = segment.has(TcpSegment::psh_flag),
              .gap = 0,
              .origin = origin,
              .time = time};
  data(entry, way, chunk);
  if (!fin) settle(entry, time);
}

void Tcp::reset(FlowEntry& entry, Direction way, TcpSegment const& segment, Time time) {
  auto const& mine = entry.stream(way);
  auto const& peer = entry.stream(opposite(way));
  bool const opening = entry.flow.state == FlowState::opening;
  bool good = true;
  if (opening && way == Direction::to_client) {
    good = !segment.has(TcpSegment::ack_flag) || !peer.known || segment.acknowledgement == peer.next;
  } else if (mine.known) {
    auto const ahead = ahead_of(segment.sequence, mine.next);
    good = (ahead >= -window_ && ahead <= window_) || (peer.ack_known && segment.sequence == peer.acked);
  }
  // A forged RST with a guessed number must not hide the connection that goes on.
  if (!good) {
    ++counters_.tcp_bad_reset;
    return;
  }
  end(entry, opening && way == Direction::to_client ? FlowState::refused : FlowState::reset, time);
}

void Tcp::end(FlowEntry& entry, FlowState state, Time time) {
  for (auto way : {Direction::to_server, Direction::to_client}) skip(entry, way, time, std::nullopt);
  // Evicted or replaced between the last FIN and its acknowledgement, it has finished all the same.
  bool const finished = entry.streams[0].finished && entry.streams[1].finished;
  entry.flow.state = finished ? FlowState::finished : state;
  sink_.on_close(entry.flow);
  --counters_.flows_live;
  bool const late_packets = state == FlowState::finished || state == FlowState::reset || state == FlowState::refused;
  if (late_packets)
    table_.move(entry, FlowList::closed);
  else
    table_.erase(entry);
}

bool Tcp::skip_oldest(Time time, FlowEntry const* busy) {
  auto const number = buffer_.oldest();
  if (!number) return false;
  auto const& hole = buffer_[number];
  auto& entry = table_[hole.entry];
  skip(entry, hole.way, time, std::nullopt);
  if (&entry != busy) settle(entry, time);
  return true;
}

void Tcp::expire_holes(Time now) {
  while (auto const number = buffer_.oldest()) {
    auto const age = now - buffer_[number].since;
    // A clock that was set back must not keep a hole open.
    if (age <= hole_timeout_ && age >= -hole_timeout_) return;
    skip_oldest(now, nullptr);
  }
}

}  // namespace greywatch::agent
