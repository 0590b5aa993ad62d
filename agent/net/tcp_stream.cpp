#include <algorithm>
#include <limits>

#include "agent/net/tcp_chunk.hpp"

namespace greywatch::agent {
namespace {

/// A gap whose length nobody knows.
constexpr std::uint32_t unknown_gap = std::numeric_limits<std::uint32_t>::max();

/// Continues the stream at `sequence`, behind octets that were lost.
void jump(StreamEnd& stream, std::uint32_t sequence) {
  stream.next = sequence;
  stream.lengths = {};
  stream.cut = false;
}

}  // namespace

void Tcp::conflict(FlowEntry& entry, Direction way, Chunk const& chunk, Bytes payload) {
  ++counters_.tcp_conflicts;
  sink_.on_conflict({.time = chunk.time,
                     .frame = chunk.origin.frame,
                     .flow = entry.flow,
                     .way = way,
                     .payload = payload,
                     .source_mac = chunk.origin.source_mac,
                     .destination_mac = chunk.origin.destination_mac});
}

void Tcp::data(FlowEntry& entry, Direction way, Chunk& chunk) {
  auto& stream = entry.stream(way);
  if (!stream.known) {
    stream.known = true;
    stream.next = chunk.sequence;
    // The first we see of a connection may be its keep-alive: one octet that is no part of the stream.
    if (chunk.payload.size() == 1 && !chunk.pushed && !chunk.fin && !chunk.missing && entry.flow.midstream) {
      ++stream.next;
      ++counters_.tcp_keepalives;
      return;
    }
  }
  if (stream.finished) {
    if (ahead_of(chunk.end(), stream.next) > 0) ++counters_.tcp_after_fin;
    return;
  }
  auto const distance = ahead_of(chunk.sequence, stream.next);
  if ((distance > window_ || distance < -window_) && !resynchronise(entry, way, chunk)) return;

  while (!stream.finished && ahead_of(chunk.sequence, stream.next) > 0) {
    auto const& peer = entry.stream(opposite(way));
    auto const acked = ahead_of(peer.acked, chunk.sequence);
    bool const passed = peer.ack_known && acked >= 0 && acked <= window_;
    if (!stream.cut && !passed) {
      auto const waits = wait(entry, way, chunk);
      if (waits == Wait::stored) return;
      if (waits == Wait::retry) continue;
    }
    auto* const first = stream.hole ? buffer_.first(buffer_[stream.hole]) : nullptr;
    if (first && ahead_of(first->sequence, chunk.sequence) <= 0) {
      deliver_block(entry, way, 0, chunk.time);
      drain(entry, way, 0, chunk.time);
      continue;
    }
    chunk.gap = chunk.sequence - stream.next;
    ++counters_.tcp_gaps;
    counters_.tcp_gap_octets += chunk.gap;
    jump(stream, chunk.sequence);
  }
  if (stream.finished) return;  // a FIN that waited came first
  auto const fin_at = chunk.end();
  forget_delivered(entry, way, chunk);
  in_order(entry, way, chunk);
  if (chunk.fin && (stream.next == fin_at || stream.cut)) {
    stream.next = fin_at + 1;
    stream.finished = true;
  }
  if (stream.finished && stream.hole) {
    buffer_.close(stream.hole);
    stream.hole = 0;
    ++counters_.tcp_after_fin;
  }
}

bool Tcp::resynchronise(FlowEntry& entry, Direction way, Chunk& chunk) {
  constexpr std::int32_t near = 1 << 20;
  constexpr int most_strikes = 3;
  auto& stream = entry.stream(way);
  auto const& peer = entry.stream(opposite(way));
  auto const from_ack = ahead_of(chunk.sequence, peer.acked);
  bool const acknowledged = from_ack >= -near && from_ack <= near;
  if (peer.ack_known && !acknowledged && stream.strikes < most_strikes) {
    ++stream.strikes;
    ++counters_.tcp_out_of_window;
    return false;
  }
  skip(entry, way, chunk.time, std::nullopt);
  ++counters_.tcp_resynchronised;
  ++counters_.tcp_gaps;
  auto const ahead = ahead_of(chunk.sequence, stream.next);
  chunk.gap = ahead > 0 ? static_cast<std::uint32_t>(ahead) : unknown_gap;
  stream.finished = false;
  jump(stream, chunk.sequence);
  return true;
}

Tcp::Wait Tcp::wait(FlowEntry& entry, Direction way, Chunk const& chunk) {
  auto& stream = entry.stream(way);
  if (!stream.hole) {
    stream.hole = buffer_.open(entry.number, way, chunk.time);
    if (!stream.hole) {
      ++counters_.tcp_hole_table_full;
      return skip_oldest(chunk.time, &entry) ? Wait::retry : Wait::refused;
    }
  }
  auto& hole = buffer_[stream.hole];
  bool room = true;
  if (hole.blocks * Block::capacity + chunk.payload.size() > stream_octets_) {
    ++counters_.tcp_stream_full;
    room = false;
  } else if (!buffer_.has_room(chunk.payload.size())) {
    ++counters_.tcp_reassembly_full;
    bool const own = buffer_.oldest() == stream.hole && !hole.first;
    if (!own) return skip_oldest(chunk.time, &entry) ? Wait::retry : Wait::refused;
    room = false;
  }
  if (!room) {
    if (!hole.first && !hole.fin) {
      buffer_.close(stream.hole);
      stream.hole = 0;
    }
    return Wait::refused;
  }
  ++counters_.tcp_out_of_order;
  if (chunk.fin) hole.fin = chunk.end();
  if (!buffer_.insert(hole, chunk.sequence, chunk.payload, chunk.missing, chunk.origin)) {
    ++counters_.tcp_retransmissions;
    conflict(entry, way, chunk, chunk.payload);
  }
  return Wait::stored;
}

/// Takes off what was delivered before, after comparing it.
void Tcp::forget_delivered(FlowEntry& entry, Direction way, Chunk& chunk) {
  auto& stream = entry.stream(way);
  auto const behind = static_cast<std::uint32_t>(-ahead_of(chunk.sequence, stream.next));
  if (behind == 0) return;
  auto const old = chunk.payload.first(std::min<std::size_t>(behind, chunk.payload.size()));
  if (behind == 1 && chunk.payload.size() <= 1 && !chunk.missing && !chunk.fin) {
    ++counters_.tcp_keepalives;
    chunk.advance(old.size());
    return;
  }
  if (!old.empty()) {
    ++counters_.tcp_retransmissions;
    bool compared = false, same = true;
    std::uint32_t offset = behind;  // where the recorded segment ends, counted from chunk.sequence
    for (std::size_t i = 0; i < stream.lengths.size() && stream.lengths[i] && stream.lengths[i] <= offset; ++i) {
      auto const end = offset;
      offset -= stream.lengths[i];
      if (end > old.size()) continue;
      compared = true;
      same &= static_cast<std::uint32_t>(digest_(old.subspan(offset, end - offset))) == stream.digests[i];
    }
    if (!compared) ++counters_.tcp_retransmissions_unverified;
    if (!same) conflict(entry, way, chunk, old);
  }
  chunk.advance(old.size());
  // Of a retransmission that the capture had cut short the rest is as old as its front.
  if (chunk.payload.empty() && ahead_of(stream.next, chunk.sequence) > 0) {
    auto const skipped = std::min(chunk.missing, stream.next - chunk.sequence);
    chunk.missing -= skipped;
    chunk.sequence += skipped;
  }
}

/// Delivers the rest of the chunk, which begins at the next octet of the stream, and what waited for it.
void Tcp::in_order(FlowEntry& entry, Direction way, Chunk& chunk) {
  auto& stream = entry.stream(way);
  auto const filler = chunk.origin.frame;
  auto const give = [&](std::size_t octets) {
    auto const part = chunk.payload.first(octets);
    deliver(entry, way, chunk.segment(entry.flow, way, part), static_cast<std::uint32_t>(digest_(part)));
    chunk.advance(octets);
  };
  while (!chunk.payload.empty()) {
    auto* const first = stream.hole ? buffer_.first(buffer_[stream.hole]) : nullptr;
    std::size_t const room = first ? first->sequence - stream.next : chunk.payload.size();
    if (room >= chunk.payload.size()) {
      give(chunk.payload.size());
      break;
    }
    if (room) give(room);
    // What waits arrived first and stays as it is.
    auto const overlap = std::min<std::size_t>(first->length, chunk.payload.size());
    if (!std::ranges::equal(first->bytes().first(overlap), chunk.payload.first(overlap)))
      conflict(entry, way, chunk, chunk.payload.first(overlap));
    chunk.advance(overlap);
    deliver_block(entry, way, filler, chunk.time);
    if (ahead_of(stream.next, chunk.sequence) > 0) break;  // the block was longer than the rest
  }
  if (chunk.payload.empty() && chunk.missing && chunk.sequence == stream.next) stream.cut = true;
  drain(entry, way, filler, chunk.time);
}

void Tcp::deliver_block(FlowEntry& entry, Direction way, std::uint64_t filler, Time time) {
  auto& stream = entry.stream(way);
  auto& hole = buffer_[stream.hole];
  auto const& block = *buffer_.first(hole);
  auto const gap = block.sequence - stream.next;
  if (gap) {
    ++counters_.tcp_gaps;
    counters_.tcp_gap_octets += gap;
    jump(stream, block.sequence);
  }
  Segment const segment{.time = time,
                        .frame = std::max(filler, block.origin.frame),
                        .flow = entry.flow,
                        .way = way,
                        .payload = block.bytes(),
                        .gap = gap,
                        .missing = block.missing,
                        .source_mac = block.origin.source_mac,
                        .destination_mac = block.origin.destination_mac};
  deliver(entry, way, segment, static_cast<std::uint32_t>(digest_(segment.payload)));
  buffer_.pop(hole);
}

/// Delivers what waited and is next, and gives the hole back when nothing waits any more.
void Tcp::drain(FlowEntry& entry, Direction way, std::uint64_t filler, Time time) {
  auto& stream = entry.stream(way);
  if (!stream.hole) return;
  auto& hole = buffer_[stream.hole];
  while (auto const* first = buffer_.first(hole)) {
    if (first->sequence != stream.next && !stream.cut) return;
    deliver_block(entry, way, filler, time);
  }
  if (hole.fin && (*hole.fin == stream.next || stream.cut)) {
    stream.next = *hole.fin + 1;
    stream.finished = true;
    hole.fin.reset();
  }
  if (hole.fin && ahead_of(*hole.fin, stream.next) > 0) return;
  buffer_.close(stream.hole);
  stream.hole = 0;
}

void Tcp::skip(FlowEntry& entry, Direction way, Time time, std::optional<std::uint32_t> until) {
  auto& stream = entry.stream(way);
  while (stream.hole) {
    auto& hole = buffer_[stream.hole];
    auto const* first = buffer_.first(hole);
    auto const target = first ? first->sequence : hole.fin.value_or(stream.next);
    if (until && ahead_of(*until, target) < 0) return;
    if (first) {
      deliver_block(entry, way, 0, time);
    } else {
      auto const lost = target - stream.next;
      if (lost) ++counters_.tcp_gaps, counters_.tcp_gap_octets += lost;
      jump(stream, target);
    }
    drain(entry, way, 0, time);
  }
}

}  // namespace greywatch::agent
