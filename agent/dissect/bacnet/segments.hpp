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
  std::uint32_t ahead = 0;   ///< bit n: the segment n + 1 after `next` has come
  std::uint16_t next = 0;    ///< the first segment that is missing, counted from 0 without turning over
  std::uint16_t begins = 0;  ///< octets in front of it in what is kept
  std::uint8_t end = 0;      ///< the number behind the last segment, turned over; of `ended` ones
  std::uint8_t invoke_id = 0;
  std::uint8_t touched = 0;  ///< when a segment came: Assembler::tick
  bool active : 1 = false;
  bool ended : 1 = false;      ///< the last segment has come
  bool to_client : 1 = false;  ///< its direction
  bool renewed : 1 = false;    ///< it was asked for again, or given up: a first segment begins another one
};

/// Messages of a flow that are put together at once, both directions counted.
using Assemblies = std::array<Assembly, 4>;
/// Of them in one direction, so that one leaves room for the other.
constexpr std::size_t most_assemblies_a_direction = 3;

/// Which message it is.
struct Begun {
  std::uint32_t place = 0;  ///< who speaks with whom, behind routers
  std::uint32_t unit = 0;   ///< of the target
  std::uint8_t invoke_id = 0, service = 0;
  Kind kind = Kind::confirmed_request;
};

/// Puts the segments of one direction together, as who receives them does: one that comes again is passed over, one
/// that comes early waits. ASHRAE 135, 5.2.2. All messages of a direction take 64 KiB at most, and segments may come
/// 32 places early. An Assembly that it takes is one of `all`, in its direction.
class Assembler {
 public:
  /// Octets that the row shares: a whole message is laid out there, and behind it what stays of the others.
  static constexpr std::size_t most = 2 * 65536;
  Assembler(Assemblies& all, Direction way, Emitter& emitter)
      : all_(all), emitter_(emitter), to_client_(way == Direction::to_client) {}

  /// The message that a segment is of; null: none that is being put together.
  Assembly* find(Apdu const& apdu, std::uint32_t place);
  /// Whether a segment of it begins another message with the same numbers.
  bool begins_anew(Assembly const& one, Apdu const& apdu) const;
  /// A message of which no segment came for a minute, or, where there is no room for another one, the one that waits
  /// longest. Null: there is none.
  Assembly* overdue(std::uint8_t now);
  Assembly* crowded_out(std::uint8_t now);
  /// Any message of this direction, or null.
  Assembly* any();
  /// Begins a message, of which nothing is kept yet. Null: there is no memory, which is counted. There must be room.
  Assembly* begin(Begun const& begun);
  /// What message it is.
  std::optional<Begun> begun(Assembly const& one) const;
  enum class Taken : std::uint8_t { kept, again, early, refused };
  /// Takes a segment of it. `refused`: there is no memory; `early`: it is too far ahead. Both are counted.
  Taken take(Assembly& one, Apdu const& apdu, std::uint8_t now);
  static bool is_whole(Assembly const& one) { return one.ended && one.end == static_cast<std::uint8_t>(one.next); }
  /// The parameters as far as they came without a hole; the message is done with. Borrows memory that the row shares.
  Bytes finish(Assembly& one);

  /// A clock of 8 s, for `now`.
  static std::uint8_t tick(Time time);

 private:
  bool is_mine(Assembly const& one) const { return one.active && one.to_client == to_client_; }
  std::uint8_t number(Assembly const& one) const { return static_cast<std::uint8_t>(&one - all_.data()); }
  bool keep(Assembly const& one, std::uint16_t index, Bytes body);
  std::size_t lay_out(Assembly const& one, std::uint8_t* to) const;
  void remove(Assembly& one, std::uint8_t* scratch);

  Assemblies& all_;
  Emitter& emitter_;
  bool to_client_;
};

}  // namespace greywatch::agent::bacnet
