// The half of Dissection that finds out which protocol a flow is.
#include <array>
#include <bit>
#include <cstring>

#include "agent/dissect/assemble.hpp"
#include "agent/dissect/dissection.hpp"

namespace greywatch::agent {

namespace {

constexpr std::uint32_t longest_pause = 1024;  // segments of an unknown flow between two tries of all rows

/// A segment that waits for its flow's name; its octets follow.
struct Held {
  Time time;
  std::uint64_t frame;
  std::uint32_t length;
  std::uint32_t gap;
  std::uint32_t missing;
  Direction way;
  Mac source_mac, destination_mac;
  std::optional<std::uint8_t> vlan_priority;
};

}  // namespace

/// Only asks whether messages look right.
class Dissection::Judging {
 public:
  Judging(Dissector const& row, Stream& stream, Direction way) : row_(row), stream_(stream), way_(way) {}

  void message(Bytes octets) {
    switch (row_.probe(octets, way_)) {
      case Likeness::certain:
        verdict = Verdict::named;
        break;
      case Likeness::plausible:
        if (++stream_.votes >= 2) verdict = Verdict::named;
        break;
      case Likeness::more:
        break;
      case Likeness::no:
        verdict = Verdict::refused;
        break;
    }
  }
  void lost(Bytes, Frame const&) { verdict = Verdict::refused; }
  void overflow() { verdict = Verdict::refused; }
  void skipped(std::size_t) {}
  Bytes search(Bytes octets) {
    // Before naming, a gap is taken to end where a message starts.
    stream_.searching = static_cast<std::uint8_t>(stream_.searching & ~bit(way_));
    return octets;
  }
  bool go_on() const { return verdict == Verdict::open; }

  Verdict verdict = Verdict::open;

 private:
  Dissector const& row_;
  Stream& stream_;
  Direction way_;
};

/// Takes a segment of a stream that has no name yet.
void Dissection::guess(Segment const& segment, std::uint32_t row, std::uint32_t place) {
  auto& stream = streams_[row][place];
  auto const earlier = stream.held.length;
  auto const verdict = hold(segment, stream) ? judge(segment, row, stream) : Verdict::refused;
  if (verdict == Verdict::named) {
    read_held(segment.flow, row, place);
  } else if (verdict == Verdict::refused) {
    stream.held.length = earlier;  // this segment is passed on as it came
    pass_on(segment, row, place);
  }
}

/// The row does not know the flow after all: what was held is offered to the rows behind it (protocols may begin alike,
/// as all do that stand on the ISO transport), then the segment that told to all of them.
void Dissection::pass_on(Segment const& segment, std::uint32_t row, std::uint32_t place) {
  auto held = std::exchange(streams_[row][place].held, {});
  auto segments = forget(segment.flow, row, place);
  for_each_held(segment.flow, held, [&](Segment const& earlier) {
    if (earlier.payload.empty()) return;
    if (Slot::is_unknown(segment.flow.dissect_slot))
      try_unknown(earlier, segments, Slot::high(segment.flow.dissect_slot), row + 1);
    else
      on_segment(earlier);
  });
  buffers_.release(held);
  if (!Slot::is_unknown(segment.flow.dissect_slot)) return on_segment(segment);
  if (!segment.payload.empty()) try_unknown(segment, segments + 1, Slot::high(segment.flow.dissect_slot));
}

/// Asks the rows from `from` on whether they know the octets. The port's own row is always asked; the others on the
/// first segments, then each time the count reaches a power of two, or a thousand more.
void Dissection::try_unknown(Segment const& segment, std::uint32_t segments, std::uint32_t hinted, std::uint32_t from) {
  if (segments >= Slot::most) segments = longest_pause;
  segment.flow.dissect_slot = Slot::unknown(hinted, segments);
  auto best = Likeness::no;
  std::uint32_t chosen = 0;
  auto const ask = [&](std::uint32_t row) {
    auto const likeness = options_.rows[row]->probe(segment.payload, segment.way);
    if (likeness <= best) return;
    best = likeness;
    chosen = row;
  };
  if (hinted > from) ask(hinted - 1);
  bool const all = segments <= options_.tries || std::has_single_bit(segments) || segments % longest_pause == 0;
  for (std::uint32_t row = from; all && best != Likeness::certain && row < options_.rows.size(); ++row) {
    if (row + 1 != hinted && options_.rows[row]->transport == segment.flow.transport) ask(row);
  }
  if (best != Likeness::no) adopt(segment, chosen, best == Likeness::certain, segments);
}

void Dissection::adopt(Segment const& segment, std::uint32_t row, bool certain, std::uint32_t segments) {
  if (live_streams_ >= options_.most_streams) {
    ++counters_[row].sessions_refused;
    return;
  }
  auto const place = streams_[row].take();
  ++live_streams_;
  segment.flow.dissect_slot = Slot::stream(row, place);
  auto& stream = streams_[row][place];
  stream.segments = segments;
  auto const& dissector = *options_.rows[row];
  if ((segments > 1 || segment.gap != 0) && dissector.gap != nullptr) {
    // Something was said before that nobody read: the session does not start at the connection's start.
    for (auto way : {Direction::to_server, Direction::to_client}) dissector.gap(way, stream.session());
  }
  if (certain) {
    stream.named = 1;
    read(segment, row, place);
    return;
  }
  Segment first = segment;
  first.gap = 0;  // what was lost before the first message known is nobody's loss
  auto const verdict = hold(first, stream) ? judge(first, row, stream) : Verdict::refused;
  if (verdict == Verdict::named) read_held(segment.flow, row, place);
  if (verdict == Verdict::refused) forget(segment.flow, row, place);
}

Dissection::Verdict Dissection::judge(Segment const& segment, std::uint32_t row, Stream& stream) {
  auto const& dissector = *options_.rows[row];
  Judging judging(dissector, stream, segment.way);
  if (!dissector.has_frames()) {
    if (!segment.payload.empty()) judging.message(segment.payload);
  } else {
    assemble(segment, dissector, stream, judging);
  }
  return judging.verdict;
}

bool Dissection::hold(Segment const& segment, Stream& stream) {
  Held const header{.time = segment.time,
                    .frame = segment.frame,
                    .length = static_cast<std::uint32_t>(segment.payload.size()),
                    .gap = segment.gap,
                    .missing = segment.missing,
                    .way = segment.way,
                    .source_mac = segment.source_mac,
                    .destination_mac = segment.destination_mac,
                    .vlan_priority = segment.vlan_priority};
  std::uint8_t octets[sizeof header] = {};
  std::memcpy(octets, &header, sizeof header);
  auto const room = stream.held.length + sizeof header + segment.payload.size() <= options_.held_octets;
  auto const before = stream.held.length;
  if (room && buffers_.append(stream.held, octets) && buffers_.append(stream.held, segment.payload)) return true;
  stream.held.length = before;  // no header without its octets
  ++counters_[Slot::high(segment.flow.dissect_slot)].overflows;
  return false;
}

/// The flow has a name now: reads what was held, each segment as if it came now but with its own time and frame.
void Dissection::read_held(Flow& flow, std::uint32_t row, std::uint32_t place) {
  auto& stream = streams_[row][place];
  stream.named = 1;
  stream.searching = 0;
  for (auto& partial : stream.partial) buffers_.release(partial);
  for (auto& passing : stream.passing) passing = 0;
  auto held = std::exchange(stream.held, {});
  auto const slot = flow.dissect_slot;
  for_each_held(flow, held, [&](Segment const& segment) {
    if (flow.dissect_slot == slot && stream.named) return read(segment, row, place);
    on_segment(segment);
  });
  buffers_.release(held);
}

template <class Visit>
void Dissection::for_each_held(Flow& flow, Buffer const& buffer, Visit visit) {
  auto held = buffers_.view(buffer);
  while (held.size() >= sizeof(Held)) {
    Held header{};
    std::memcpy(&header, held.data(), sizeof header);
    held = held.subspan(sizeof header);
    visit(Segment{.time = header.time,
                  .frame = header.frame,
                  .flow = flow,
                  .way = header.way,
                  .payload = held.first(header.length),
                  .gap = header.gap,
                  .missing = header.missing,
                  .source_mac = header.source_mac,
                  .destination_mac = header.destination_mac,
                  .vlan_priority = header.vlan_priority});
    held = held.subspan(header.length);
  }
}

/// Makes the flow unknown again; returns the segments it had when the guess was made.
std::uint32_t Dissection::forget(Flow& flow, std::uint32_t row, std::uint32_t place) {
  auto const segments = streams_[row][place].segments;
  release(flow, row, place);
  flow.dissect_slot = Slot::unknown(hint(flow), segments);
  return segments;
}

/// The first row, from 1, that names a port of the flow, its ethertype or its IP protocol; 0 when there is none.
std::uint32_t Dissection::hint(Flow const& flow) const {
  auto const named = [&](std::uint16_t port) {
    switch (flow.transport) {
      case Transport::ethernet:
        return flow.ethertype == port;
      case Transport::icmp:
      case Transport::other:
        return flow.ip_protocol == port;
      default:
        return flow.server.port == port || flow.client.port == port;
    }
  };
  for (std::uint32_t row = 0; row < options_.rows.size(); ++row) {
    auto const& dissector = *options_.rows[row];
    if (dissector.transport != flow.transport) continue;
    for (auto port : dissector.ports) {
      if (named(port)) return row + 1;
    }
  }
  return 0;
}

}  // namespace greywatch::agent
