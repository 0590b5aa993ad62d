#pragma once
#include <algorithm>
#include <cstdint>

#include "agent/dissect/dissection.hpp"

/// What the two halves of Dissection share, and nobody else: its slots, and how streams are cut into messages, as
/// templates that are inlined into the usual segment's way.
namespace greywatch::agent {

constexpr std::size_t index(Direction way) { return way == Direction::to_server ? 0 : 1; }
constexpr std::uint8_t bit(Direction way) { return way == Direction::to_server ? 1 : 2; }

/// The message at the front, by whichever framer the row has.
inline Frame frame_of(Dissector const& row, Stream& stream, Direction way, Bytes octets) {
  return row.frame_in != nullptr ? row.frame_in(octets, way, stream.session()) : row.frame(octets);
}

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

}  // namespace greywatch::agent
