#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "agent/observation.hpp"

namespace greywatch::agent::mms {

/// A confirmed request that waits for its response, with what the response does not repeat.
struct Asked {
  std::uint32_t invoke_id;
  std::uint32_t object;  ///< Target::object of the request
  std::uint16_t count;   ///< Target::count, at most 65,535
  std::uint8_t service;
  std::uint8_t operation : 6;  ///< an Operation
  std::uint8_t way : 1;        ///< Direction of the request
  std::uint8_t used : 1;
};

/// What a flow remembers between messages. Zeroed octets are a fresh one.
class Session {
 public:
  static constexpr std::size_t most_asked = 8;

  /// Call before each message.
  void begin(Flow const& flow);

  /// Remembers a request; the oldest one is forgotten when there are too many.
  void ask(Asked const& request);
  /// The request of the other direction that has this invoke identifier; it is done with.
  std::optional<Asked> answer(std::uint32_t invoke_id, Direction way);
  /// The same, but the request stays: for cancelling it.
  std::optional<Asked> asked(std::uint32_t invoke_id, Direction way) const;
  /// Every request since the first one paired was seen and is remembered, so an answer to none is the peer's doing.
  bool complete() const { return complete_ && forgotten_ == 0; }
  /// An answer to no request was seen: it may be to one that was forgotten.
  void unmatched() { forgotten_ = forgotten_ > 0 ? static_cast<std::uint16_t>(forgotten_ - 1) : std::uint16_t{0}; }

  /// The association was initiated, or its start was not seen.
  bool initiated() const { return initiated_; }
  void set_initiated() { initiated_ = true; }

  /// Names of TASE.2 were seen on this association.
  bool tase2() const { return tase2_; }
  void set_tase2() { tase2_ = true; }

  void gap();

 private:
  std::array<Asked, most_asked> asked_;
  std::uint16_t forgotten_;
  std::uint8_t next_;
  bool begun_, complete_, initiated_, tase2_;
};

static_assert(std::is_trivially_copyable_v<Session> && sizeof(Session) <= 256);

}  // namespace greywatch::agent::mms
