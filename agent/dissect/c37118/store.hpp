#pragma once
#include <optional>

#include "agent/dissect/c37118/configuration.hpp"
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::c37118 {

/// A configuration frame 3 that comes in several frames, as far as it came. All zero is none.
struct Fragments {
  std::uint32_t octets;  ///< at the end of what is kept, also of those that are void
  std::uint16_t idcode;
  std::uint16_t next;  ///< CONT_IDX that must come; 0: none is open
};

/// The configurations of the streams that one end of a flow sends, by IDCODE: what Emitter keeps of that direction.
/// Each has a trailer behind it, so that the latest is found first; a configuration still in fragments has none yet.
class Store {
 public:
  Store(Emitter& emitter, Fragments& fragments) : emitter_(emitter), fragments_(fragments) {}

  /// The latest configuration of the stream. Borrows what is kept: valid until anything is put, taken or finished.
  std::optional<Configuration> find(std::uint16_t idcode) const;
  /// Keeps a configuration that was read from elsewhere. False when there is no room, even with all older ones
  /// forgotten.
  bool put(std::uint16_t idcode, Configuration const& configuration);

  /// Adds a fragment of a configuration frame 3 (what stands behind CONT_IDX), from the first (1) to the last (65535).
  /// Nothing before the last one, or when one is missing; else all of them, to be finished or abandoned next. IEEE
  /// C37.118.2-2011, table 11.
  Bytes take_fragment(std::uint16_t idcode, std::uint16_t cont_idx, Bytes octets);
  /// The fragments are this configuration: keeps it.
  bool finish_fragments(Configuration const& configuration);
  void abandon_fragments();

 private:
  struct Trailer;
  bool close(Trailer const& trailer);
  void make_room(std::size_t octets);

  Emitter& emitter_;
  Fragments& fragments_;
};

}  // namespace greywatch::agent::c37118
