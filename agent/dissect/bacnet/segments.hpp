#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/bacnet/apdu.hpp"
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::bacnet {

/// How far the segments of a message are put together. All zero: there is none. What message it is stands in front of
/// its segments in what the dissector keeps of the flow.
struct Assembly {
  std::uint32_t ahead = 0;  ///< bit n: the segment n + 1 after `next` has come
  std::uint16_t next = 0;   ///< the first segment that is missing, counted from 0 without turning over
  std::uint16_t count = 0;  ///< segments that there are; 0: the last one has not come
  std::uint8_t invoke_id = 0;
  bool active = false;
  bool renewed = false;  ///< it was asked for again, or given up: a first segment begins another one
};

/// Which message it is.
struct Begun {
  std::uint32_t place = 0;  ///< who speaks with whom, behind routers
  std::uint32_t unit = 0;   ///< of the target
  std::uint8_t invoke_id = 0, service = 0;
  Kind kind = Kind::confirmed_request;
};

/// Puts the segments of one direction together, as who receives them does: one that comes again is passed over, one
/// that comes early waits. ASHRAE 135, 5.2.2. One message at a time; a message takes 64 KiB at most, and segments may
/// come 64 places early.
class Assembler {
 public:
  static constexpr std::size_t most = 65536;  ///< octets that the row shares: a whole message is laid out there
  Assembler(Assembly& state, Emitter& emitter) : state_(state), emitter_(emitter) {}

  /// Whether a segment is of the message that is being put together.
  bool belongs(Apdu const& apdu, std::uint32_t place) const;
  /// Whether it begins another message with the same numbers.
  bool begins_anew(Apdu const& apdu) const;
  /// Begins a message, of which nothing is kept yet. What there was before must have been told.
  void begin(Begun const& begun);
  /// The message that is being put together.
  std::optional<Begun> begun() const;
  enum class Taken : std::uint8_t { kept, again, early, refused };
  /// Takes a segment that belongs. `refused`: there is no memory; `early`: it is too far ahead. Both are counted.
  Taken take(Apdu const& apdu);

  bool is_whole() const { return state_.active && state_.count != 0 && state_.next >= state_.count; }
  std::uint16_t segments() const { return state_.next; }
  /// The parameters as far as they came without a hole; the message is done with. Borrows memory that the row shares.
  Bytes finish();

 private:
  bool keep(std::uint16_t index, Bytes body);

  Assembly& state_;
  Emitter& emitter_;
};

}  // namespace greywatch::agent::bacnet
