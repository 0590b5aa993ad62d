#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "agent/dissect/buffer_pool.hpp"
#include "agent/dissect/dissection_counters.hpp"
#include "agent/dissect/dissector.hpp"
#include "agent/dissect/registry.hpp"
#include "agent/dissect/stream_pool.hpp"

namespace greywatch::agent {

/// Bounds of the engine. The defaults keep 100,000 live Modbus flows below 24 MiB.
struct DissectionOptions {
  std::span<Dissector const* const> rows = registry();
  std::size_t most_streams = 131'072;  ///< flows with a name or a candidate; at least what the flow table holds
  std::size_t buffer_octets = 4 * 1024 * 1024;  ///< partial and held messages, all flows together
  std::size_t held_octets = 8192;               ///< of one flow before it has a name
  std::uint32_t tries = 16;                     ///< segments of an unknown flow on which every row is tried
  HashKey key = {};                             ///< secret of the process, see Emitter::key
  std::uint8_t most_trouble = 16;  ///< when a guess is withdrawn: a malformed message weighs 1, lost framing 4
};

/// Finds the protocol of each flow by its content, cuts streams into messages and has them read.
///
/// A flow is named after one `certain` or two consecutive `plausible` messages of a row; a port only decides which row
/// is asked first, and a flow on a row's port is asked on each segment for good, others ever more rarely. Messages seen
/// before naming are held and then read with their own time and frame; those of a flow that closes after one plausible
/// message on the row's own port are read then. A name that brings only trouble is withdrawn and the flow is probed
/// again; so is one that a dissector hands on. Lost framing is itself an observation (malformed, field "frame"); octets
/// lost by the capture are not.
///
/// Runs on the capture thread. Allocates only while the number of live streams grows past what it ever was.
class Dissection : public SegmentSink {
 public:
  /// Throws std::invalid_argument when there are more than 126 rows. `observations` must outlive this.
  Dissection(DissectionOptions const& options, ObservationSink& observations);

  void approach(std::span<Flow const* const> flows) override;
  void on_segment(Segment const& segment) override;
  void on_close(Flow& flow) override;

  DissectionCounters const& counters() const { return counters_; }
  std::size_t live_streams() const { return live_streams_; }

 private:
  struct Slot;
  class Tap;
  class Reading;
  class Judging;
  enum class Verdict : std::uint8_t { open, named, refused };

  void try_unknown(Segment const& segment, std::uint32_t segments, std::uint32_t hint, std::uint32_t from = 0);
  void pass_on(Segment const& segment, std::uint32_t row, std::uint32_t place);
  void adopt(Segment const& segment, std::uint32_t row, bool certain, std::uint32_t segments);
  void read(Segment const& segment, std::uint32_t row, std::uint32_t place);
  void read_whole(Segment const& segment, std::uint32_t row, std::uint32_t place);
  [[gnu::noinline]] void guess(Segment const& segment, std::uint32_t row, std::uint32_t place);
  void hand_on(Segment const& segment, std::uint32_t row, std::uint32_t place, Bytes left);
  Verdict judge(Segment const& segment, std::uint32_t row, Stream& stream);
  bool hold(Segment const& segment, Stream& stream);
  void read_held(Flow& flow, std::uint32_t row, std::uint32_t place);
  template <class Visit>
  void for_each_held(Flow& flow, Buffer const& buffer, Visit visit);
  void release(Flow& flow, std::uint32_t row, std::uint32_t place);
  std::uint32_t forget(Flow& flow, std::uint32_t row, std::uint32_t place);

  template <class Use>
  Bytes assemble(Segment const& segment, Dissector const& row, Stream& stream, Use& use);
  template <class Use>
  Bytes complete_partial(Bytes octets, Dissector const& row, Stream& stream, Direction way, Use& use);
  Bytes search(Bytes octets, std::uint32_t row, Stream& stream, Direction way);
  std::uint32_t hint(Flow const& flow) const;

  DissectionOptions options_;
  ObservationSink& observations_;
  DissectionCounters counters_;
  BufferPool buffers_;
  std::vector<StreamPool> streams_;                       ///< by row
  std::vector<std::unique_ptr<std::uint64_t[]>> shared_;  ///< by row, null where it asks for none
  std::size_t live_streams_ = 0;
};

}  // namespace greywatch::agent
