#pragma once
#include <array>
#include <optional>

#include "agent/dissect/dissector.hpp"
#include "agent/dissect/s7comm/item.hpp"

namespace greywatch::agent::s7comm {

/// A job, or a request of user data, that waits for its response, with what the response does not repeat.
struct Pending {
  std::uint16_t reference = 0;
  std::uint8_t function = 0;  ///< of user data its group
  bool user_data : 1 = false;
  bool from_client : 1 = false;
  Subject subject;
};
static_assert(sizeof(Pending) == 16);

/// What a flow remembers between messages. Zeroed octets are a fresh one. Both ends may ask: a CPU fetches the blocks
/// of a download itself.
class Session {
 public:
  static constexpr std::size_t most_pending = 8;

  /// Remembers a request; the oldest one is forgotten when there are too many.
  void ask(Pending const& request);
  /// The request that a response answers, if it was seen. It is done with.
  std::optional<Pending> answer(std::uint16_t reference, bool user_data, Direction way);
  /// Every job of that end since the first one paired was seen, so an acknowledgement of none is the peer's doing.
  bool complete(Direction asked) const { return complete_[static_cast<std::size_t>(asked)]; }
  void gap(Direction way);

  /// Octets of the longest PDU that both ends agreed to; 0 while it is not known.
  std::uint16_t pdu_length = 0;
  /// The data unit whose parts are kept, by direction: one more than its number; 0 is none.
  std::array<std::uint16_t, 2> data_unit{};
  /// S7comm-plus: the next message of that direction goes on with this one's PDU.
  std::array<bool, 2> goes_on{};

 private:
  std::array<Pending, most_pending> pending_{};
  std::uint8_t count_ = 0;
  std::array<bool, 2> complete_{};
};

}  // namespace greywatch::agent::s7comm
