#include "agent/dissect/dissection.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "agent/packet.hpp"

namespace greywatch::agent {

namespace {

constexpr std::uint32_t longest_pause = 1024;  // segments of an unknown flow between two tries of all rows

constexpr std::size_t index(Direction way) { return way == Direction::to_server ? 0 : 1; }
constexpr std::uint8_t bit(Direction way) { return way == Direction::to_server ? 1 : 2; }

/// A segment that waits for its flow's name; its octets follow.
struct Held {
  Time time;
  std::uint64_t frame;
  std::uint32_t length;
  std::uint32_t gap;
  std::uint32_t missing;
  Direction way;
  Mac source_mac, destination_mac;
};

/// The message at the front, by whichever framer the row has.
Frame frame_of(Dissector const& row, Stream& stream, Direction way, Bytes octets) {
  return row.frame_in != nullptr ? row.frame_in(octets, way, stream.session()) : row.frame(octets);
}

}  // namespace

/// Flow::dissect_slot: 0 for a new flow. With the top bit, an unknown one: seven bits of hint (row + 1, 0 for none), 24
/// of segments seen. Without, a stream: seven bits of row, 24 of its number. Flows that are no protocol so cost no
/// memory.
struct Dissection::Slot {
  static constexpr std::uint32_t places = 24, most = (1u << places) - 1, unknown_bit = 1u << 31;

  static std::uint32_t unknown(std::uint32_t hint, std::uint32_t segments) {
    return unknown_bit | hint << places | std::min(segments, most);
  }
  static std::uint32_t stream(std::uint32_t row, std::uint32_t number) { return row << places | number; }
  static bool is_unknown(std::uint32_t slot) { return slot == 0 || (slot & unknown_bit) != 0; }
  static std::uint32_t high(std::uint32_t slot) { return slot >> places & 127; }
  static std::uint32_t low(std::uint32_t slot) { return slot & most; }
};

/// What a dissector emits into while one segment is read.
class Dissection::Tap final : public Emitter {
 public:
  Tap(Dissection& engine, Segment const& segment, std::uint32_t row, Stream& stream)
      : counters_(engine.counters_[row]),
        engine_(engine),
        segment_(segment),
        row_(*engine.options_.rows[row]),
        stream_(stream),
        shared_(engine.shared_[row].get()) {}

  Observation begin() override {
    std::optional<double> const
        no_value;  // where no value is said, GCC clears the whole first, with a slow instruction
    return {.time = segment_.time,
            .frame = segment_.frame,
            .flow = segment_.flow,
            .way = segment_.way,
            .source_mac = segment_.source_mac,
            .destination_mac = segment_.destination_mac,
            .vlan_priority = segment_.vlan_priority,
            .protocol = row_.name,
            .habit = row_.habit,
            .value = no_value};
  }
  void emit(Observation const& observation) override {
    if (observation.malformed != nullptr && segment_.missing != 0 && !row_.has_frames()) {
      ++counters_.gaps;  // the capture cut the datagram: not its sender's fault
      return;
    }
    ++counters_.messages;
    if (observation.malformed != nullptr) {
      ++counters_.malformed[static_cast<std::size_t>(observation.malformed->defect)];
      add_trouble(1);
    } else {
      stream_.trouble = 0;
    }
    engine_.observations_.on_observation(observation);
  }
  void unknown(std::string_view table, std::uint32_t) override { counters_.unknown.add(table); }
  void tolerated(std::string_view deviation) override { counters_.tolerated.add(deviation); }

  Bytes kept() override { return engine_.buffers_.view(kept_buffer()); }
  bool keep(Bytes octets) override {
    bool const room = engine_.buffers_.append(kept_buffer(), octets);
    if (!room) ++counters_.overflows;
    return room;
  }
  void drop() override { engine_.buffers_.release(kept_buffer()); }
  void hand_on() override { stream_.handed_on = 1; }
  void* shared() override { return shared_; }
  void table_full() override { ++counters_.tables_full; }
  HashKey const& key() const override { return engine_.options_.key; }

  void add_trouble(unsigned weight) {
    stream_.trouble = static_cast<std::uint8_t>(std::min<unsigned>(stream_.trouble + weight, 255));
  }
  ProtocolCounters& counters_;

 private:
  Buffer& kept_buffer() { return stream_.kept[static_cast<std::size_t>(segment_.way)]; }

  Dissection& engine_;
  Segment const& segment_;
  Dissector const& row_;
  Stream& stream_;
  void* shared_;
};

/// Has messages read.
class Dissection::Reading {
 public:
  Reading(Dissection& engine, Segment const& segment, std::uint32_t number, Stream& stream)
      : tap_(engine, segment, number, stream),
        engine_(engine),
        row_(*engine.options_.rows[number]),
        stream_(stream),
        number_(number),
        way_(segment.way) {}

  void message(Bytes octets) {
    stream_.tentative = stream_.tentative & ~bit(way_) & 3;
    row_.read(octets, way_, stream_.session(), tap_);
  }
  /// A tentative start that proves wrong is still the same search, not another loss.
  void lost(Bytes octets, Frame const& frame) {
    bool const first = (stream_.tentative & bit(way_)) == 0;
    tap_.add_trouble(first ? 3 : 2);
    if (!first) return;
    ++tap_.counters_.resyncs;
    Malformed const why{frame.defect, frame.offset, "frame"};
    auto observation = tap_.begin();
    observation.role = way_ == Direction::to_server ? Role::request : Role::response;
    observation.status = Status::malformed;
    observation.malformed = &why;
    observation.octets = octets;
    tap_.emit(observation);
  }
  void overflow() { ++tap_.counters_.overflows; }
  void skipped(std::size_t octets) { tap_.counters_.skipped_octets += octets; }
  Bytes search(Bytes octets) {
    auto const found = engine_.search(octets, number_, stream_, way_);
    if (found.empty()) tap_.add_trouble(4);
    return found;
  }
  bool go_on() const { return stream_.handed_on == 0; }

 private:
  Tap tap_;
  Dissection& engine_;
  Dissector const& row_;
  Stream& stream_;
  std::uint32_t number_;
  Direction way_;
};

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

Dissection::Dissection(DissectionOptions const& options, ObservationSink& observations)
    : options_(options), observations_(observations), counters_(options.rows), buffers_(options.buffer_octets) {
  if (options.rows.size() > 126) throw std::invalid_argument("the registry has more than 126 rows");
  options_.most_streams = std::min<std::size_t>(options_.most_streams, Slot::most);
  options_.held_octets = std::min(options_.held_octets, BufferPool::page_octets);
  streams_.reserve(options.rows.size());
  shared_.reserve(options.rows.size());
  for (auto const* row : options.rows) {
    streams_.emplace_back(row->session_size);
    auto const words = (row->shared_size + 7) / 8;
    shared_.push_back(words != 0 ? std::make_unique<std::uint64_t[]>(words) : nullptr);
  }
}

void Dissection::approach(std::span<Flow const* const> flows) {
  std::array<Flow const*, PacketSink::most_at_once> wanted;  // all but those that are no protocol, as far as is known
  std::size_t count = 0;
  for (auto const* flow : flows.first(std::min(flows.size(), wanted.size()))) {
    auto const slot = flow->dissect_slot;
    if (!Slot::is_unknown(slot))
      streams_[Slot::high(slot)].prefetch(Slot::low(slot));
    else if (slot != 0)
      continue;
    wanted[count++] = flow;
  }
  observations_.approach(std::span(wanted).first(count));
}

/// Cuts a segment into messages. Whole ones are used where they lie; a tail is kept for the next segment. What is left
/// where `use` does not go on is returned.
template <class Use>
[[gnu::always_inline]] inline Bytes Dissection::assemble(Segment const& segment, Dissector const& row, Stream& stream,
                                                         Use& use) {
  auto const way = segment.way;
  auto& partial = stream.partial[index(way)];
  auto& passing = stream.passing[index(way)];
  if (segment.gap != 0) {
    if (segment.gap <= passing) {
      passing -= segment.gap;  // nothing that anybody wanted
    } else {
      passing = 0;
      buffers_.release(partial);
      stream.searching = static_cast<std::uint8_t>(stream.searching | bit(way));
    }
  }
  auto octets = segment.payload;
  auto const pass = [&] {
    auto const some = std::min<std::size_t>(passing, octets.size());
    passing -= static_cast<std::uint32_t>(some);
    octets = octets.subspan(some);
  };
  pass();
  if (partial.length != 0) {
    octets = complete_partial(octets, row, stream, way, use);
    pass();
  }
  while (!octets.empty() && use.go_on()) {
    if ((stream.searching & bit(way)) != 0) {
      octets = use.search(octets);
      if (octets.empty()) return {};
    }
    auto const frame = frame_of(row, stream, way, octets);
    auto const wanted = frame.wanted != 0 ? std::min(frame.wanted, frame.length) : frame.length;
    if (frame.verdict == Frame::Verdict::complete && wanted - 1 < octets.size()) {
      use.message(octets.first(wanted));
      octets = octets.subspan(wanted);
      if (wanted == frame.length) continue;
      passing = static_cast<std::uint32_t>(std::min<std::size_t>(frame.length - wanted, UINT32_MAX));
      pass();
    } else if (frame.verdict == Frame::Verdict::more && octets.size() < row.most) {
      if (buffers_.append(partial, octets)) return {};
      use.overflow();
      stream.searching = static_cast<std::uint8_t>(stream.searching | bit(way));
      return {};
    } else {
      use.lost(octets, frame);
      auto const skip =
          std::clamp<std::size_t>(frame.verdict == Frame::Verdict::lost ? frame.length : 1, 1, octets.size());
      use.skipped(skip);
      octets = octets.subspan(skip);
      stream.searching = static_cast<std::uint8_t>(stream.searching | bit(way));
    }
  }
  return octets;
}

/// Reads a segment of a named stream, inlined into on_segment: most of what comes is a whole message.
[[gnu::always_inline]] inline void Dissection::read_whole(Segment const& segment, std::uint32_t row,
                                                          std::uint32_t place) {
  auto& stream = streams_[row][place];
  Reading reading(*this, segment, row, stream);
  auto const& dissector = *options_.rows[row];
  if (segment.gap != 0) {
    ++counters_[row].gaps;
    if (dissector.gap != nullptr) dissector.gap(segment.way, stream.session());
  }
  Bytes left;
  if (dissector.has_frames()) {
    left = assemble(segment, dissector, stream, reading);
  } else if (!segment.payload.empty()) {
    reading.message(segment.payload);
  }
  if (stream.handed_on != 0) [[unlikely]]
    hand_on(segment, row, place, left);
}

void Dissection::on_segment(Segment const& segment) {
  if (segment.payload.empty() && segment.gap == 0) return;
  auto const slot = segment.flow.dissect_slot;
  if (Slot::is_unknown(slot)) {
    if (segment.payload.empty()) return;
    auto const row = slot == 0 ? hint(segment.flow) : Slot::high(slot);
    try_unknown(segment, Slot::low(slot) + 1, row);
    return;
  }
  auto const row = Slot::high(slot);
  auto const place = Slot::low(slot);
  auto& stream = streams_[row][place];
  if (stream.named) {
    read_whole(segment, row, place);
    if (segment.flow.dissect_slot == slot && stream.trouble >= options_.most_trouble) {
      ++counters_[row].withdrawn;
      forget(segment.flow, row, place);
    }
    return;
  }
  guess(segment, row, place);
}

/// Takes a segment of a stream that has no name yet.
void Dissection::guess(Segment const& segment, std::uint32_t row, std::uint32_t place) {
  auto& stream = streams_[row][place];
  auto verdict = hold(segment, stream) ? judge(segment, row, stream) : Verdict::refused;
  if (verdict == Verdict::named) {
    read_held(segment.flow, row, place);
  } else if (verdict == Verdict::refused) {
    pass_on(segment, row, place);
  }
}

/// The row does not know the flow after all: what was held is offered to the rows behind it (protocols may begin alike,
/// as all do that stand on the ISO transport), then the segment that told to all of them.
void Dissection::pass_on(Segment const& segment, std::uint32_t row, std::uint32_t place) {
  auto held = std::exchange(streams_[row][place].held, {});
  auto segments = forget(segment.flow, row, place);
  for_each_held(segment.flow, held, [&](Segment const& earlier) {
    if (earlier.frame == segment.frame || earlier.payload.empty()) return;
    if (Slot::is_unknown(segment.flow.dissect_slot))
      try_unknown(earlier, segments, Slot::high(segment.flow.dissect_slot), row + 1);
    else
      on_segment(earlier);
  });
  buffers_.release(held);
  if (!Slot::is_unknown(segment.flow.dissect_slot)) return on_segment(segment);
  if (!segment.payload.empty()) try_unknown(segment, segments + 1, Slot::high(segment.flow.dissect_slot));
}

void Dissection::on_close(Flow& flow) {
  if (!Slot::is_unknown(flow.dissect_slot)) {
    auto const row = Slot::high(flow.dissect_slot);
    auto const place = Slot::low(flow.dissect_slot);
    auto& stream = streams_[row][place];
    // One message and the protocol's own port: as much evidence as there will ever be, and what a scan leaves.
    if (!stream.named && stream.votes > 0 && hint(flow) == row + 1) read_held(flow, row, place);
  }
  if (auto const slot = flow.dissect_slot; !Slot::is_unknown(slot)) release(flow, Slot::high(slot), Slot::low(slot));
  flow.dissect_slot = 0;
  observations_.on_close(flow);
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

void Dissection::read(Segment const& segment, std::uint32_t row, std::uint32_t place) {
  read_whole(segment, row, place);
}

/// What follows the message just read is another protocol's.
void Dissection::hand_on(Segment const& segment, std::uint32_t row, std::uint32_t place, Bytes left) {
  release(segment.flow, row, place);
  segment.flow.dissect_slot = Slot::unknown(hint(segment.flow), 0);
  if (left.empty()) return;
  Segment rest = segment;
  rest.payload = left;
  rest.gap = 0;
  on_segment(rest);
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

/// Adds to the message begun earlier what it still lacks; returns what is left of `octets`.
template <class Use>
Bytes Dissection::complete_partial(Bytes octets, Dissector const& row, Stream& stream, Direction way, Use& use) {
  auto& partial = stream.partial[index(way)];
  auto const most = std::min(row.most, BufferPool::page_octets);
  while (!octets.empty()) {
    auto const had = partial.length;
    auto const known = frame_of(row, stream, way, buffers_.view(partial)).length;
    auto const wanted = (known > had ? std::min(known, most) : most) - had;
    auto const add = std::min(wanted, octets.size());
    if (!buffers_.append(partial, octets.first(add))) {
      use.overflow();
      buffers_.release(partial);
      stream.searching = static_cast<std::uint8_t>(stream.searching | bit(way));
      return octets;
    }
    auto const view = buffers_.view(partial);
    auto const frame = frame_of(row, stream, way, view);
    auto const wanted_whole = frame.wanted != 0 ? std::min(frame.wanted, frame.length) : frame.length;
    if (frame.verdict == Frame::Verdict::complete && frame.length > had && wanted_whole <= view.size()) {
      stream.passing[index(way)] = static_cast<std::uint32_t>(std::min<std::size_t>(frame.length - had, UINT32_MAX));
      use.message(view.first(wanted_whole));
      buffers_.release(partial);
      return octets;
    }
    if (frame.verdict == Frame::Verdict::more && view.size() < most) {
      octets = octets.subspan(add);
      continue;
    }
    use.lost(view, frame);
    use.skipped(had);
    buffers_.release(partial);
    stream.searching = static_cast<std::uint8_t>(stream.searching | bit(way));
    return octets;
  }
  return octets;
}

/// The octets from the next place on where a message may start; none when there is no such place. A merely plausible
/// start must be followed by another one, or end with the octets.
Bytes Dissection::search(Bytes octets, std::uint32_t number, Stream& stream, Direction way) {
  auto const& row = *options_.rows[number];
  for (std::size_t at = 0; at < octets.size(); ++at) {
    auto const from = octets.subspan(at);
    auto const likeness = row.probe(from, way);
    if (likeness == Likeness::no) continue;
    auto const frame = frame_of(row, stream, way, from);
    if (frame.verdict == Frame::Verdict::lost) continue;
    if (likeness == Likeness::plausible && frame.verdict == Frame::Verdict::complete && frame.length < from.size() &&
        row.probe(from.subspan(frame.length), way) == Likeness::no) {
      continue;
    }
    counters_[number].skipped_octets += at;
    stream.searching = static_cast<std::uint8_t>(stream.searching & ~bit(way));
    stream.tentative = (stream.tentative | bit(way)) & 3;
    return from;
  }
  counters_[number].skipped_octets += octets.size();
  return {};
}

bool Dissection::hold(Segment const& segment, Stream& stream) {
  Held const header{.time = segment.time,
                    .frame = segment.frame,
                    .length = static_cast<std::uint32_t>(segment.payload.size()),
                    .gap = segment.gap,
                    .missing = segment.missing,
                    .way = segment.way,
                    .source_mac = segment.source_mac,
                    .destination_mac = segment.destination_mac};
  std::uint8_t octets[sizeof header] = {};
  std::memcpy(octets, &header, sizeof header);
  auto const room = stream.held.length + sizeof header + segment.payload.size() <= options_.held_octets;
  if (room && buffers_.append(stream.held, octets) && buffers_.append(stream.held, segment.payload)) return true;
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
                  .destination_mac = header.destination_mac});
    held = held.subspan(header.length);
  }
}

void Dissection::release(Flow& flow, std::uint32_t row, std::uint32_t place) {
  auto& stream = streams_[row][place];
  if (auto const close = options_.rows[row]->close; close != nullptr && stream.named) {
    for (auto way : {Direction::to_server, Direction::to_client}) {
      Segment const end{.time = flow.last, .flow = flow, .way = way, .payload = {}};
      Tap tap(*this, end, row, stream);
      close(way, stream.session(), tap);
    }
  }
  for (auto& partial : stream.partial) buffers_.release(partial);
  for (auto& kept : stream.kept) buffers_.release(kept);
  buffers_.release(stream.held);
  streams_[row].give(place);
  --live_streams_;
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
