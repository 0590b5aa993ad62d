#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "agent/dissect/rpc/interfaces.hpp"

namespace greywatch::agent::rpc {

/// Number of an interface: 0 is none known, then the table's, then those of Strangers.
inline constexpr std::uint8_t first_stranger = 128;

/// Interfaces that no table has, as binds named them, for all flows of a row: what is kept of a flow has but a number
/// of them. Lies in shared memory, zeroed octets at the start. The first ones stay; more are not remembered.
class Strangers {
 public:
  /// Its number; 0 when there is no room.
  std::uint8_t admit(Uuid const& uuid);
  Uuid const* find(std::uint8_t number) const;

 private:
  static constexpr std::size_t most = 100;
  std::array<Uuid, most> uuids_;
  std::uint8_t count_;
};

/// A call that waits for its answer.
struct Call {
  std::uint32_t id;
  std::uint16_t opnum;
  std::uint8_t channel;
  std::uint8_t interface;
};

/// What connections agreed on and asked for. One connection has one channel; where several share a flow, as pipes do,
/// each has its own number, from 1. Bounded: the oldest make room. Zeroed octets are a fresh one.
class Association {
 public:
  void bind(std::uint8_t channel, std::uint16_t context, std::uint8_t interface);
  /// The interface of a presentation context; 0 where its bind was not seen.
  std::uint8_t interface(std::uint8_t channel, std::uint16_t context) const;
  void ask(Call const& call);
  std::optional<Call> find(std::uint8_t channel, std::uint32_t call) const;
  void answered(std::uint8_t channel, std::uint32_t call);
  /// The channel is closed, or its number goes to another.
  void forget(std::uint8_t channel);
  /// Octets were lost: what was asked may have been answered. Contexts stand.
  void gap();

 private:
  static constexpr std::size_t most_contexts = 10, most_calls = 6;
  struct Context {
    std::uint16_t id;
    std::uint8_t channel;  ///< 0 is free
    std::uint8_t interface;
  };
  std::array<Context, most_contexts> contexts_;
  std::array<Call, most_calls> calls_;  ///< channel 0 is free
  std::uint8_t next_context_, next_call_;
};
static_assert(std::is_trivially_copyable_v<Association> && sizeof(Association) <= 96);

}  // namespace greywatch::agent::rpc
