#pragma once
#include <cstdint>
#include <optional>

#include "agent/net/counters.hpp"
#include "agent/net/digest.hpp"
#include "agent/net/flow_table.hpp"
#include "agent/net/load.hpp"
#include "agent/net/options.hpp"
#include "agent/net/stream_buffer.hpp"
#include "agent/segment.hpp"

namespace greywatch::agent {

constexpr Direction opposite(Direction way) {
  return way == Direction::to_server ? Direction::to_client : Direction::to_server;
}

/// The part of a TCP segment that later steps need (RFC 9293, 3.1). Borrows the packet.
struct TcpSegment {
  static constexpr std::uint8_t fin_flag = 0x01, syn_flag = 0x02, rst_flag = 0x04, psh_flag = 0x08, ack_flag = 0x10;

  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::uint8_t flags = 0;
  Bytes header, payload;
  std::uint32_t missing = 0;  ///< octets behind `payload` that the capture cut off
  std::uint32_t digest = 0;   ///< of `payload`

  bool has(std::uint8_t flag) const { return flags & flag; }
  bool opens() const { return has(syn_flag) && !has(ack_flag); }
};

/// `octets` hold a whole header of `header` octets. `digest` is left to the caller.
inline TcpSegment tcp_segment(Bytes octets, std::size_t header, std::uint32_t missing) {
  auto const* at = octets.data();
  return {.source_port = load_be16(at),
          .destination_port = load_be16(at + 2),
          .sequence = load_be32(at + 4),
          .acknowledgement = load_be32(at + 8),
          .flags = at[13],
          .header = octets.first(header),
          .payload = octets.subspan(header),
          .missing = missing};
}
inline std::size_t tcp_header_octets(std::uint8_t const* at) { return (at[12] >> 4) * 4u; }

/// Reads the header; `digest` is left to the caller. Nothing when it is broken; counted.
std::optional<TcpSegment> read_tcp(Bytes octets, std::uint32_t missing, NetworkCounters& counters);

/// Follows TCP connections and delivers each octet of their streams once and in order.
///
/// - What arrives first wins. A repetition is compared with the last three segments delivered, by digest, or with the
/// octets
///   that wait; when it differs the sink hears of a Conflict.
/// - A hole is skipped, and the next segment says so in `gap`, as soon as one of these holds: the receiver acknowledged
///   octets behind it that we have; the capture itself had cut them off; the stream's or the common buffer is full; it
///   is `hole_timeout` old. Several holes compete for the buffer: the oldest gives way.
/// - A sequence number outside of the window changes nothing unless the receiver acknowledges there, or acknowledges
/// nothing
///   at all, or it is the fourth in a row: then the stream goes on from it.
class Tcp {
 public:
  Tcp(NetworkOptions const& options, FlowTable& table, SegmentSink& sink, Digest const& digest,
      NetworkCounters& counters);

  /// Whether this SYN begins another connection than `entry`, on the same ports.
  bool begins_anew(FlowEntry& entry, Direction way, TcpSegment const& segment) const;
  /// May end the flow: `entry` is void afterwards.
  void take(FlowEntry& entry, Direction way, TcpSegment const& segment, Origin const& origin, Time time);
  /// Whether `take_usual` may take the segment.
  static bool is_usual(FlowEntry const& entry, TcpSegment const& segment) {
    return !(segment.flags & (TcpSegment::syn_flag | TcpSegment::rst_flag)) && entry.flow.state != FlowState::opening;
  }
  /// `take` of nearly all segments, inlined.
  [[gnu::always_inline]] void take_usual(FlowEntry& entry, Direction way, TcpSegment const& segment,
                                         Origin const& origin, Time time) {
    go_on(entry, way, segment, segment.sequence, origin, time);
  }

  /// Skips holes that are too old.
  void expire(Time now) {
    if (buffer_.oldest()) [[unlikely]]
      expire_holes(now);
  }
  /// Delivers what still waits, closes a flow of any transport and removes it, or keeps its tombstone if TCP itself
  /// closed it.
  void end(FlowEntry& entry, FlowState state, Time time);

 private:
  struct Chunk;  // what `data` works on: the rest of one segment
  enum class Wait { stored, retry, refused };

  void begin(FlowEntry& entry, Direction way, TcpSegment const& segment);
  void reset(FlowEntry& entry, Direction way, TcpSegment const& segment, Time time);
  void skip_acknowledged(FlowEntry& entry, Direction way, Time time, std::uint32_t acknowledged);
  /// In a connection that is open, `sequence` being the number of the first octet of the payload.
  [[gnu::always_inline]] void go_on(FlowEntry& entry, Direction way, TcpSegment const& segment, std::uint32_t sequence,
                                    Origin const& origin, Time time) {
    auto& mine = entry.stream(way);
    if (segment.has(TcpSegment::ack_flag)) {
      mine.acked = segment.acknowledgement;
      mine.ack_known = true;
      if (entry.stream(opposite(way)).hole) [[unlikely]]
        skip_acknowledged(entry, opposite(way), time, mine.acked);
    }
    bool const fin = segment.has(TcpSegment::fin_flag);
    if (segment.payload.empty() && !segment.missing && !fin) {
      if (mine.known && ahead_of(sequence, mine.next) == -1 && !mine.finished) ++counters_.tcp_keepalives;
      return settle(entry, time);  // the acknowledgement of the last FIN is still a packet of this flow
    }
    bool const next = mine.known && sequence == mine.next && !mine.hole && !mine.finished;
    if (segment.missing || fin || !next) [[unlikely]]  // with copies: what is usual stays in registers
      return take_apart(entry, way, TcpSegment(segment), sequence, Origin(origin), time);
    deliver(entry, way,
            {.time = time,
             .frame = origin.frame,
             .flow = entry.flow,
             .way = way,
             .payload = segment.payload,
             .source_mac = origin.source_mac,
             .destination_mac = origin.destination_mac},
            segment.digest);
  }
  void take_apart(FlowEntry& entry, Direction way, TcpSegment const& segment, std::uint32_t sequence,
                  Origin const& origin, Time time);
  void data(FlowEntry& entry, Direction way, Chunk& chunk);
  bool resynchronise(FlowEntry& entry, Direction way, Chunk& chunk);
  Wait wait(FlowEntry& entry, Direction way, Chunk const& chunk);
  void forget_delivered(FlowEntry& entry, Direction way, Chunk& chunk);
  void in_order(FlowEntry& entry, Direction way, Chunk& chunk);
  void deliver(FlowEntry& entry, Direction way, Segment const& segment, std::uint32_t digest) {
    auto& stream = entry.stream(way);
    stream.next += static_cast<std::uint32_t>(segment.payload.size());
    stream.cut = segment.missing != 0;
    stream.strikes = 0;
    if (segment.payload.empty()) return;
    stream.remember(digest, segment.payload.size());
    ++counters_.segments;
    counters_.segment_octets += segment.payload.size();
    sink_.on_segment(segment);
  }
  void deliver_block(FlowEntry& entry, Direction way, std::uint64_t filler, Time time);
  void drain(FlowEntry& entry, Direction way, std::uint64_t filler, Time time);
  /// Skips holes up to sequence number `until`, or all of them.
  void skip(FlowEntry& entry, Direction way, Time time, std::optional<std::uint32_t> until);
  bool skip_oldest(Time time, FlowEntry const* busy);
  void expire_holes(Time now);
  void settle(FlowEntry& entry, Time time) {
    if (entry.streams[0].finished && entry.streams[1].finished) end(entry, FlowState::finished, time);
  }
  void conflict(FlowEntry& entry, Direction way, Chunk const& chunk, Bytes payload);

  FlowTable& table_;
  SegmentSink& sink_;
  Digest const& digest_;
  NetworkCounters& counters_;
  StreamBuffer buffer_;
  std::size_t stream_octets_;
  std::int32_t window_;
  Duration hole_timeout_;
};

}  // namespace greywatch::agent
