#include "agent/dissect/dissection.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "agent/dissect/assemble.hpp"
#include "agent/packet.hpp"

namespace greywatch::agent {

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

/// The octets from the next place on where a message may start; none when there is no such place. A merely plausible
/// start must be followed by another one, or end with the octets.
Bytes Dissection::search(Bytes octets, std::uint32_t number, Stream& stream, Direction way) {
  auto const& row = *options_.rows[number];
  for (std::size_t at = 0; at < octets.size(); ++at) {
    auto const from = octets.subspan(at);
    auto const likeness = row.probe(from, way);
    if (likeness == Likeness::no) continue;
    auto const frame = frame_of(row, stream, way, from);
    if (frame.verdict == Frame::Verdict::lost) {
      at += std::max<std::size_t>(frame.length, 1) - 1;
      continue;
    }
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

}  // namespace greywatch::agent
