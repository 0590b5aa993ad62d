#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/modbus/adu.hpp"
#include "agent/dissect/modbus/pdu.hpp"

namespace greywatch::agent::modbus {

/// A request that waits for its response, with what the response does not repeat.
struct Pending {
  std::uint16_t transaction = 0;
  std::uint8_t unit = 0;
  std::uint8_t function = 0;
  std::uint16_t low = 0;   ///< the object's lower half
  std::uint16_t high = 0;  ///< the object's upper half; 5, 6: the value written; 23: the registers to read; 90: the
                           ///< UMAS function
  std::uint16_t count = 0;

  std::uint32_t object() const { return function == 20 || function == 21 ? std::uint32_t{high} << 16 | low : low; }
};

/// What a flow remembers between messages: who asks whom, and what was asked. Zeroed octets are a fresh one.
///
/// Which end is the Modbus client is first taken from the flow. A message that obeys the rules only in the other role
/// speaks against it, and is read in that role; one that obeys them only in its own speaks for it. Once the votes
/// against prevail the flow is turned: at the first one where the flow itself only guessed, after four where its SYN
/// was seen (a device that dials out and is then polled does so for good; a hostile client that sends a few responses
/// must not turn anything).
class Session {
 public:
  static constexpr std::size_t most_pending = 12;

  /// Call before each message.
  void begin(Flow const& flow);
  bool is_response(Direction way) const { return (way == Direction::to_client) != turned_; }
  void vote(bool fits);

  /// Remembers a request; the oldest one is forgotten when there are too many.
  void request(Mbap const& mbap, Pdu const& pdu);
  /// Finds the request that a response answers, if it was seen: the newest of its transaction and unit, of its function
  /// where there is one. That one and older ones of the same transaction are done with.
  void respond(Mbap const& mbap, std::uint8_t function, std::optional<Pending>& answered);
  /// Every request since the first one paired was seen, so a response to none is the peer's doing.
  bool complete() const { return complete_; }
  std::uint16_t last_transaction() const { return last_transaction_; }
  void gap();

 private:
  std::uint16_t last_transaction_ = 0;
  std::uint8_t count_ = 0;
  std::int8_t votes_ = 0;
  bool begun_ = false, turned_ = false, complete_ = false;
  std::array<Pending, most_pending>
      pending_{};  // last: few of them wait, and what stands before is in a line with them
};

}  // namespace greywatch::agent::modbus
