#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/observation.hpp"
#include "common/hash.hpp"

namespace greywatch::agent {

/// How sure a probe is that octets begin a message of its protocol. `plausible` needs company: the registry names a
/// flow only after two consistent messages, or one `certain` one. A port alone is never proof.
enum class Likeness : std::uint8_t { no, more, plausible, certain };

/// What the framer says about the octets at the front of a stream.
struct Frame {
  enum class Verdict : std::uint8_t { complete, more, lost };
  Verdict verdict = Verdict::more;
  std::size_t length = 0;  ///< complete: octets of the first message; lost: octets to throw away before trying again
                           ///< (>= 1); more: octets that it takes to be complete, as far as known already, else 0
  Defect defect = Defect::bad_value;  ///< lost: what is wrong …
  std::uint16_t offset = 0;           ///< … and where, in octets from the front
  /// complete: octets of the front that `read` is given, at most `length`; 0 for all of them. Only they need to have
  /// arrived: the rest is passed over as it comes, so that long messages take no memory.
  std::size_t wanted = 0;
};

/// Where a dissector puts what it read. Fill an Observation and call `emit`; the caller set time, frame, flow and way.
class Emitter {
 public:
  virtual ~Emitter() = default;
  /// An observation with time, frame, flow, way and protocol set.
  virtual Observation begin() = 0;
  virtual void emit(Observation const& observation) = 0;
  /// An unknown code of the standard's tables, kept opaque: counted per protocol and code class.
  virtual void unknown(std::string_view table, std::uint32_t code) = 0;
  /// A deviation of real stacks that was let pass, named by a literal: counted per protocol.
  virtual void tolerated(std::string_view) {}

  /// What the dissector keeps of this flow between messages of the direction being read: parts of what comes in several
  /// messages, or a configuration that later messages are read by. Valid until the next keep or drop; gone with the
  /// flow. A gap leaves it as it was: `Dissector::gap` notes in the session that it is void, where it is.
  virtual Bytes kept() { return {}; }
  /// Adds octets to the end of what is kept, 64 KiB at most. False, with nothing changed, when there is no room, which
  /// is counted as an overflow.
  virtual bool keep(Bytes) { return false; }
  virtual void drop() {}

  /// After this message the flow goes on as another protocol, which is found by what it says, as of a flow that begins:
  /// what this row remembers of it ends here.
  virtual void hand_on() {}

  /// What the dissector remembers across flows: `Dissector::shared_size` octets, zeroed at the start, that all flows of
  /// the row share. Null where it asks for none.
  virtual void* shared() { return nullptr; }
  /// A table in `shared` was full: something is not remembered, or what still counted was forgotten for it. Counted per
  /// protocol.
  virtual void table_full() {}
  /// Secret of this process, for tables in `shared` that outsiders can fill.
  virtual HashKey const& key() const {
    static constexpr HashKey none;
    return none;
  }
};

/// One row of the registry. A protocol on several transports has a row for each, all with one name. All functions are
/// pure but for `session`, `session_size` zeroed octets that live as long as the flow, are trivially copyable, and hold
/// what must be known between messages (pending requests, sequence numbers).
struct Dissector {
  std::string_view name;  ///< network.protocol
  Transport transport;
  /// A hint: which row is tried first. Ports; ethertypes over Ethernet; of `icmp` and `other` IP protocol numbers.
  std::span<std::uint16_t const> ports;
  std::size_t session_size;  ///< octets; 0 is none
  /// Octets that all flows of the row share, for what belongs to no single one: who publishes what to a group address.
  /// Laid out as a session is, and bounded by itself: nothing is given back when a flow ends. See Emitter::shared.
  std::size_t shared_size = 0;
  std::size_t most;  ///< octets of the longest message of the standard: bounds the buffer of a stream

  /// Does this look like a message of the protocol? Looks at the first octets of one direction.
  Likeness (*probe)(Bytes octets, Direction way);
  /// How long is the message at the front? Null for datagrams. After `lost` the stream is searched for the next start.
  Frame (*frame)(Bytes octets);
  /// Reads one framed message (whole, as `frame` cut it) and emits what was said, malformed messages included.
  void (*read)(Bytes message, Direction way, void* session, Emitter& emitter);
  /// Octets were lost in this direction, or said before the flow had a name: forget what depends on them. May be null.
  void (*gap)(Direction way, void* session);

  Habit habit = Habit::all;
  Words words = {};                  ///< how findings speak of it
  std::span<Rule const> rules = {};  ///< every code that its Violations name

  /// The flow ends, or is withdrawn: emits what still waits in what was kept of this direction. May be null.
  void (*close)(Direction way, void* session, Emitter& emitter) = nullptr;

  /// Instead of `frame`, where lengths depend on what was said before: of an answer on what was asked, of a packet on
  /// keys that were taken into use. Sees the session as `read` left it; zeroed octets while the flow has no name.
  Frame (*frame_in)(Bytes octets, Direction way, void const* session) = nullptr;

  bool has_frames() const { return frame != nullptr || frame_in != nullptr; }
};

}  // namespace greywatch::agent
