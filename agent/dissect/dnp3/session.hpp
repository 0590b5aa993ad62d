#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/dnp3/application.hpp"
#include "agent/dissect/dnp3/link.hpp"
#include "agent/dissect/violations.hpp"

namespace greywatch::agent::dnp3 {

using Violations = ViolationList<6>;

/// A request that waits for its response, with what the response does not repeat.
struct Pending {
  std::uint16_t unit;
  std::uint8_t sequence, function;
  std::uint32_t object;       ///< lower half of Target::object
  std::uint16_t object_high;  ///< upper half
  std::uint16_t count;        ///< at most what fits

  Target target() const {
    return {.unit = unit, .object = std::uint64_t{object_high} << 32 | object, .count = count, .name = {}};
  }
};

/// The fragment being put together from the segments of one direction. The octets are kept by the engine.
struct Assembly {
  bool open;
  std::uint8_t next_sequence;
  std::uint16_t destination, source;
};

/// What a transport segment does to the assembly of its direction. IEEE 1815-2012, 8.2.
enum class Step : std::uint8_t {
  whole,   ///< first and last in one
  begins,  ///< what was there before is void
  adds,    ///< the next one
  ends,    ///< the last one
  astray,  ///< belongs to nothing that was seen to begin
};

/// What a flow remembers between messages. Zeroed octets are a fresh one.
class Session {
 public:
  static constexpr std::size_t most_pending = 6, most_outstations = 6;

  /// Takes the header of a link frame: who speaks as a master, and under which address, does not change.
  void take(Link const& link, Direction way, Violations& violations);
  Step take(Link const& link, TransportHeader transport, Direction way);
  void void_assembly(Direction way) { assemblies_[index(way)] = {}; }

  /// Remembers a request, and judges selections.
  void request(Fragment const& fragment, Target const& target, Violations& violations);
  /// The request that a response answers, if it was seen. Fragments of one response have numbers that
  /// follow. 4.2.2.4.5.
  std::optional<Pending> respond(Fragment const& fragment, std::uint16_t unit, Violations& violations);
  /// Takes the internal indications of an outstation: what has come up since the last ones.
  void indicate(std::uint16_t indications, std::uint16_t unit, Violations& violations);

  void gap(Direction way);

 private:
  static constexpr std::size_t index(Direction way) { return static_cast<std::size_t>(way); }
  void select(Fragment const& fragment, Target const& target);
  void operate(Fragment const& fragment, Target const& target, Violations& violations);

  struct Outstation {
    std::uint16_t unit, iin;
  };
  /// What was selected last on this flow: 4.4.4 asks the same objects, with the next number, of the same outstation.
  struct Selection {
    std::uint32_t objects;  ///< hash of their octets
    std::uint32_t first;    ///< lower half of Target::object
    std::uint16_t unit;
    std::uint8_t sequence;
    bool valid;
  };
  struct Side {
    bool seen, dir;
    std::uint16_t source;
  };

  std::array<Pending, most_pending> pending_;
  std::array<Outstation, most_outstations> outstations_;
  Selection selection_;
  std::array<Assembly, 2> assemblies_;
  std::array<Side, 2> sides_;
  std::uint8_t pending_count_, outstation_count_, last_sequence_;
  bool complete_;  ///< every request since the first one paired was seen, so a response to none is somebody's doing
  bool whole_;     ///< a request was seen and none was lost since
  bool restart_asked_;
};

}  // namespace greywatch::agent::dnp3
